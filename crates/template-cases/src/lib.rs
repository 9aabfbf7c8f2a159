//! Templates for tests, as Meta's JSON: valid ones of every kind, and for each rule of Meta's ones that break it alone.
//!
//! It knows neither the product's validator nor the simulator, so that both can be tested with the same templates: what the one
//! accepts the other accepts, and what breaks a rule is refused by both.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "only tests use it, and they should fail"
)]

pub mod bases;
mod buttons;
mod code;
mod frame;
mod generator;
mod parts;
mod text;

use serde_json::Value;

pub use generator::template;

/// A rule, where it is broken (a JSON pointer), and a template that breaks it alone.
pub type Case = (&'static str, &'static str, Value);

/// At least one case for each rule.
#[must_use]
pub fn cases() -> Vec<Case> {
    [
        frame::cases(),
        text::cases(),
        parts::cases(),
        buttons::cases(),
        code::cases(),
    ]
    .concat()
}

/// The template with other values at these pointers; the last key is added if it is missing, and `-` appends to a list.
///
/// # Panics
/// When a pointer leads nowhere.
#[must_use]
pub fn with(mut template: Value, values: &[(&str, Value)]) -> Value {
    for (pointer, value) in values {
        let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
        let parent = template.pointer_mut(parent).expect("the parent exists");
        match parent {
            Value::Object(fields) => {
                fields.insert(key.to_owned(), value.clone());
            }
            Value::Array(items) if key == "-" => items.push(value.clone()),
            Value::Array(items) => items[key.parse::<usize>().expect("an index")] = value.clone(),
            other => panic!("{pointer} is in {other}"),
        }
    }
    template
}
