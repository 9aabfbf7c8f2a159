//! Writes events as lines. Every value, of the event and of its spans, is redacted only when it is written: most spans
//! are never written, and redaction is expensive.

use std::fmt;
use std::io::Write;
use std::sync::{Mutex, PoisonError};

use chrono::SecondsFormat;
use common::clock::Clock;
use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{LookupSpan, Scope};

use super::redaction::{could_be_a_phone_number, redact};
use super::settings::{Format, LogSettings};
use crate::clock::SystemClock;

/// Suffixes of the names of numeric fields: their numbers are never phone numbers.
const MEASURES: [&str; 9] = [
    "_ms", "_us", "_ns", "_seconds", "_bytes", "_rows", "_count", "_total", ".line",
];

/// The destination of lines.
pub type LineWriter = Box<dyn Write + Send>;

/// A layer that writes one line per event.
pub struct LogLayer {
    format: Format,
    writer: Mutex<LineWriter>,
}

/// The fields of a span or an event as they were given: they must not be shown before [`Fields::redacted`].
#[derive(Clone, Default)]
struct Fields(Map<String, Value>);

impl LogLayer {
    /// A layer that writes lines in the given form.
    #[must_use]
    pub fn new(format: Format, writer: LineWriter) -> Self {
        Self {
            format,
            writer: Mutex::new(writer),
        }
    }

    /// The layer with the levels of the settings.
    pub fn filtered<S>(self, settings: &LogSettings) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'span> LookupSpan<'span>,
    {
        self.with_filter(settings.targets())
    }

    fn line(
        &self,
        metadata: &Metadata<'_>,
        spans: Map<String, Value>,
        mut fields: Map<String, Value>,
    ) -> String {
        let message = fields.remove("message").unwrap_or_default();
        let at = SystemClock
            .now()
            .to_rfc3339_opts(SecondsFormat::Millis, true);
        let level = metadata.level().as_str();
        let target = metadata.target();
        let mut all = spans;
        all.append(&mut fields);
        match self.format {
            Format::Json => {
                // The fixed keys are inserted last, so that no field can replace one of them.
                let mut line = all;
                line.insert("timestamp".to_owned(), Value::String(at));
                line.insert("level".to_owned(), Value::String(level.to_lowercase()));
                line.insert("target".to_owned(), Value::String(target.to_owned()));
                line.insert("message".to_owned(), message);
                format!("{}\n", Value::Object(line))
            }
            Format::Text => {
                let mut line = format!("{at} {level:>5} {target}: {}", bare(&message));
                for (name, value) in &all {
                    line.push_str(&format!(" {name}={value}"));
                }
                line.push('\n');
                line
            }
        }
    }
}

impl<S> Layer<S> for LogLayer
where
    S: Subscriber + for<'span> LookupSpan<'span>,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            let mut fields = Fields::default();
            attributes.record(&mut fields);
            span.extensions_mut().insert(fields);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            let mut extensions = span.extensions_mut();
            if let Some(fields) = extensions.get_mut::<Fields>() {
                values.record(fields);
            }
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let mut spans = Map::new();
        for span in context
            .event_scope(event)
            .into_iter()
            .flat_map(Scope::from_root)
        {
            spans.insert("span".to_owned(), Value::String(span.name().to_owned()));
            if let Some(of_span) = span.extensions().get::<Fields>() {
                spans.extend(of_span.clone().redacted());
            }
        }
        let line = self.line(event.metadata(), spans, fields.redacted());
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        // There is no other place to report that the log cannot be written.
        drop(
            writer
                .write_all(line.as_bytes())
                .and_then(|()| writer.flush()),
        );
    }
}

impl Fields {
    /// The fields in redacted form.
    fn redacted(mut self) -> Map<String, Value> {
        for value in self.0.values_mut() {
            if let Value::String(text) = value {
                *text = redact(text).into_owned();
            }
        }
        self.0
    }

    fn text(&mut self, field: &Field, text: String) {
        self.put(field, Value::String(text));
    }

    fn number(&mut self, field: &Field, magnitude: u128, number: impl Into<Value>) {
        let measure = MEASURES.iter().any(|end| field.name().ends_with(end));
        if !measure && could_be_a_phone_number(magnitude) {
            self.put(field, Value::String("[masked number]".to_owned()));
        } else {
            self.put(field, number.into());
        }
    }

    fn put(&mut self, field: &Field, value: Value) {
        self.0.insert(field.name().to_owned(), value);
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.text(field, format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field, value.to_owned());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, Value::Bool(value));
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, Value::from(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.number(field, u128::from(value.unsigned_abs()), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.number(field, u128::from(value), value);
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.number(field, value.unsigned_abs(), value.to_string());
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.number(field, value, value.to_string());
    }
}

impl fmt::Debug for LogLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LogLayer({:?})", self.format)
    }
}

/// A message without the quotes of JSON, on one line.
fn bare(message: &Value) -> String {
    match message {
        Value::String(text) => text.replace('\n', "\\n").replace('\r', "\\r"),
        other => other.to_string(),
    }
}
