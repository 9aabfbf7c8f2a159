//! Which texts are masked, which are kept, and that one event is one line.

use std::io::Write;
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use serde_json::Value;
use tracing_subscriber::Registry;
use tracing_subscriber::layer::SubscriberExt;

use super::*;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn written(settings: &LogSettings, log: impl FnOnce()) -> String {
    let lines = Lines::default();
    let layer = LogLayer::new(settings.format, Box::new(lines.clone()));
    let subscriber = Registry::default().with(layer.filtered(settings));
    tracing::subscriber::with_default(subscriber, log);
    let bytes = lines.0.lock().unwrap().clone();
    String::from_utf8(bytes).unwrap()
}

fn at(level: Level) -> LogSettings {
    LogSettings {
        level,
        dependencies: level,
        ..LogSettings::default()
    }
}

#[test]
fn an_event_is_one_json_line_with_the_fields_of_its_spans() {
    let text = written(&at(Level::Info), || {
        let span = tracing::info_span!("handler", trace.id = "4bf92f3577b34da6a3ce929d0e0e4736");
        let _entered = span.enter();
        tracing::warn!(business.id = %uuid::Uuid::nil(), duration_ms = 1_234_567_890_u64, "two\r\nlines");
    });
    assert_eq!(text.lines().count(), 1);
    let line: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(line["level"], "warn");
    assert_eq!(line["message"], "two\r\nlines");
    assert_eq!(line["span"], "handler");
    assert_eq!(line["trace.id"], "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(line["business.id"], "00000000-0000-0000-0000-000000000000");
    assert_eq!(line["duration_ms"], 1_234_567_890_u64);
    assert!(line["target"].as_str().unwrap().starts_with("bootstrap"));
}

#[test]
fn no_field_passes_for_a_fixed_key() {
    let text = written(&at(Level::Info), || {
        tracing::info!(level = "error", timestamp = "never", "said");
    });
    let line: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(line["level"], "info");
    assert_ne!(line["timestamp"], "never");
}

#[test]
fn a_line_of_text_is_one_line_too_and_steers_no_terminal() {
    let settings = LogSettings {
        format: Format::Text,
        ..at(Level::Info)
    };
    let text = written(&settings, || {
        tracing::info!(name = "a\nb\u{1b}[31m", "c\r\n\u{9b}2J");
    });
    assert_eq!(text.lines().count(), 1);
    assert!(!text.contains(['\u{1b}', '\u{9b}']));
}

#[test]
fn dependencies_that_print_the_wire_never_log_below_their_cap() {
    let text = written(&at(Level::Trace), || {
        tracing::trace!(target: "hyper::proto", "bytes");
        tracing::debug!(target: "tokio_postgres::prepare", "bytes");
        tracing::debug!(target: "reqwest::connect", "bytes");
        tracing::warn!(target: "lapin::returned_messages", "a whole message");
        tracing::trace!(target: "bootstrap::somewhere", "ours");
        tracing::trace!(target: "some_crate", "theirs");
        tracing::info!(target: "hyper::proto", "told");
    });
    assert!(
        !text.contains("bytes") && !text.contains("a whole message"),
        "{text}"
    );
    assert!(text.contains("ours") && text.contains("theirs") && text.contains("told"));
}

#[test]
fn what_is_no_http_is_no_error() {
    let text = written(&at(Level::Info), || {
        tracing::error!(target: "actix_http::h1::dispatcher", "stream error: invalid Header provided");
        tracing::error!(target: "actix_http::other", "told");
    });
    assert!(
        !text.contains("stream error") && text.contains("told"),
        "{text}"
    );
}

#[test]
fn the_cap_cannot_be_lifted_crate_by_crate() {
    let mut settings = at(Level::Info);
    settings.crates.insert("lapin".to_owned(), Level::Trace);
    settings
        .crates
        .insert("template-sync".to_owned(), Level::Debug);
    let text = written(&settings, || {
        tracing::trace!(target: "lapin::frames", "bytes");
        tracing::debug!(target: "template_sync::apply", "ours");
    });
    assert!(!text.contains("bytes") && text.contains("ours"), "{text}");
}

#[test]
fn nothing_personal_passes_wherever_it_stands() {
    let personal = [
        "+22670123456",
        "22670123456",
        "70123456",
        "70 12 34 56",
        "+226 70 12 34 56",
        "+226-70-12-34-56",
        "tel:22670123456.",
        "wa22670123456",
        "wamid.HBgLMjI2NzAxMjM0NTYVAgARGBI5QTNDQTVCM0Q0Q0Q2RTY3RTcA",
        "EAAGm0PX4ZCpsBAKZCZBdsomething0123456789",
        "Bearer abc.def-ghi",
        "amqp://djigba:hunter2@host/%2f",
        "access_token=abcdef&x=1",
        "{\"password\": \"hunter2\"}",
        "djb_01900000000070008000000000000001_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    ];
    for text in personal {
        let line = written(&at(Level::Info), || {
            let span = tracing::info_span!("span", span_field = text);
            let _entered = span.enter();
            tracing::info!(field = text, debug = ?text, "before {text} after");
        });
        for part in [
            "70123456", "12 34", "12-34", "HBgL", "0PX4", "abc.def", "hunter2", "abcdef", "aaaa",
        ] {
            assert!(!line.contains(part), "{text} shows in {line}");
        }
        assert!(
            line.contains("before ") && line.contains(" after"),
            "{line}"
        );
    }
}

#[test]
fn a_phone_number_as_a_number_is_masked_and_a_measure_is_not() {
    let line = written(&at(Level::Info), || {
        tracing::info!(
            to = 22_670_123_456_u64,
            from = 70_123_456_i64,
            size_bytes = 22_670_123_456_u64,
            code = 131_049,
            "x"
        );
    });
    let line: Value = serde_json::from_str(&line).unwrap();
    assert_eq!(line["to"], "[masked number]");
    assert_eq!(line["from"], "[masked number]");
    assert_eq!(line["size_bytes"], 22_670_123_456_u64);
    assert_eq!(line["code"], 131_049);
}

#[test]
fn ids_times_and_addresses_stay() {
    let harmless = [
        "102290129340398",
        "1022901293403981",
        "2026-11-23T17:12:00.123Z",
        "127.0.0.1:15672",
        "01929b5e-0000-7000-8000-123456789012",
        "12345678-1234-1234-1234-123456789012",
        "0af7651916cd43dd8448eb211c80319c",
        "d1.0190000000007000800000000000000101900000000070008000000000000001000112345678901234567890123456789abc",
        "http://127.0.0.1:22964/healthz",
        "131049",
    ];
    for text in harmless {
        assert_eq!(redact(text), text);
    }
}

proptest! {
    #[test]
    fn no_phone_number_of_burkina_faso_passes(
        national in 50_000_000_u64..80_000_000,
        form in 0_usize..6,
        before in "[ a-zA-Z=:\"({,.;/]{0,10}",
        after in "[ a-zA-Z=:\")},.;/]{0,10}",
    ) {
        let digits = national.to_string();
        let pairs: Vec<_> = digits.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap()).collect();
        let number = match form {
            0 => format!("+226{digits}"),
            1 => format!("226{digits}"),
            2 => digits.clone(),
            3 => format!("00226{digits}"),
            4 => format!("+226 {}", pairs.join(" ")),
            _ => format!("+226 {}", pairs.join("-")),
        };
        let text = format!("{before}{number}{after}");
        let masked = redact(&text);
        prop_assert!(!masked.contains(&digits) && !masked.contains(&pairs[1..].join(" ")), "{}", masked);
    }

    #[test]
    fn masking_never_fails_and_is_stable(text: String) {
        let once = redact(&text).into_owned();
        prop_assert_eq!(redact(&once), once.clone());
    }

    #[test]
    fn every_event_is_one_line(message: String, value: String) {
        for format in [Format::Json, Format::Text] {
            let settings = LogSettings { format, ..at(Level::Info) };
            let text = written(&settings, || tracing::info!(value, "{message}"));
            prop_assert_eq!(text.matches('\n').count(), 1, "{}", text);
        }
    }
}
