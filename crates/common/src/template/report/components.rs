//! The texts of an edited template as a webhook reports them.
//!
//! The webhook names neither samples nor all parts of buttons and carousels, so only the texts are replaced, and the
//! template is read from Meta afterwards.

use serde_json::{Value, json};

/// The texts of a template (Meta, webhooks reference: `message_template_components_update`). A text that is absent is not
/// part of the template.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ReportedComponents {
    /// Of the header, if it is a text.
    pub header: Option<String>,
    /// Of the body.
    pub body: String,
    /// Of the footer.
    pub footer: Option<String>,
}

impl ReportedComponents {
    /// The texts of stored components; `None` without a body.
    pub(super) fn of(components: &Value) -> Option<Self> {
        let parts = components.as_array()?;
        let text = |kind| {
            let part = parts.iter().find(|part| is(part, kind))?;
            part.get("text")?.as_str().map(str::to_owned)
        };
        Some(Self {
            header: text("HEADER"),
            body: text("BODY")?,
            footer: text("FOOTER"),
        })
    }

    /// The texts without the header, if the stored header is a file.
    pub(super) fn beside_the_file_of(&self, components: &Value) -> Self {
        let parts = components.as_array().map_or(&[][..], Vec::as_slice);
        let has_file = parts
            .iter()
            .any(|part| is(part, "HEADER") && !is_text(part));
        Self {
            header: self.header.clone().filter(|_| !has_file),
            ..self.clone()
        }
    }

    /// Replaces the texts in stored components: header first, then the body and the footer, then all others in their
    /// order. A header that is a file stays.
    pub(super) fn replace_in(&self, components: &mut Value) {
        let parts = components.as_array_mut().map(std::mem::take);
        let mut parts = parts.unwrap_or_default();
        let mut take = |kind| {
            let at = parts.iter().position(|part| is(part, kind))?;
            Some(parts.remove(at))
        };
        let (header, body, _) = (take("HEADER"), take("BODY"), take("FOOTER"));
        let mut replaced: Vec<Value> = header.filter(|part| !is_text(part)).into_iter().collect();
        if let (true, Some(text)) = (replaced.is_empty(), &self.header) {
            replaced.push(json!({"type": "HEADER", "format": "TEXT", "text": text}));
        }
        let mut body = body.unwrap_or_else(|| json!({"type": "BODY"}));
        if let Some(members) = body.as_object_mut() {
            members.insert("text".to_owned(), json!(self.body));
        }
        replaced.push(body);
        if let Some(text) = &self.footer {
            replaced.push(json!({"type": "FOOTER", "text": text}));
        }
        replaced.append(&mut parts);
        *components = Value::Array(replaced);
    }
}

fn is(part: &Value, kind: &str) -> bool {
    says(part, "type", kind)
}

fn is_text(part: &Value) -> bool {
    part.get("format").is_none() || says(part, "format", "TEXT")
}

fn says(part: &Value, key: &str, value: &str) -> bool {
    let told = part.get(key).and_then(Value::as_str);
    told.is_some_and(|told| told.eq_ignore_ascii_case(value))
}
