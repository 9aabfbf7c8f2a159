//! Bodies: the text of a template or of a card.

use serde_json::Value;

use super::check::Check;
use super::example;
use super::fields::Fields;
use super::rules::text::{VARIABLE_ADJACENT, VARIABLE_AT_END, VARIABLE_AT_START, VARIABLE_RATIO};
use super::worded::Worded;
use crate::template::text::literals;

/// The longest body of most templates, in characters.
pub(super) const LONGEST: usize = 1_024;
/// The longest body beside a limited-time offer.
pub(super) const LONGEST_OF_OFFER: usize = 600;
/// The longest body of a card, and of a template that shows a single product.
pub(super) const LONGEST_OF_CARD: usize = 160;

/// The main text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Body(Worded);

impl Body {
    /// Reads a component of the type BODY.
    pub(super) fn read(fields: &Fields<'_>, longest: usize, check: &mut Check) -> Option<Self> {
        fields.allow(&["type", "text", "example"], check);
        let worded = Worded::read(fields, example::BODY, longest, check);
        // The places of the variables are known as soon as their braces match, which is when there is a text.
        if let Some(text) = fields.value("text").and_then(Value::as_str) {
            check_places(text, &fields.at("text"), check);
        }
        worded.map(Self)
    }

    pub(super) fn to_meta(&self) -> Value {
        self.0.to_meta("BODY", None, example::BODY)
    }
}

/// Checks where the variables are among the other words.
fn check_places(text: &str, at: &str, check: &mut Check) {
    let literals = literals(text);
    let [first, between @ .., last] = literals.as_slice() else {
        return;
    };
    if first.trim().is_empty() {
        check.refuse(&VARIABLE_AT_START, at);
    }
    if last.trim().is_empty() {
        check.refuse(&VARIABLE_AT_END, at);
    }
    if between.iter().any(String::is_empty) {
        check.refuse(&VARIABLE_ADJACENT, at);
    }
    // Meta does not publish its limit. What is refused here is beyond any: a text with more variables than words.
    let variables = literals.len().saturating_sub(1);
    let words = literals.iter().map(|literal| words(literal)).sum();
    if variables > words {
        check.refuse_with(
            &VARIABLE_RATIO,
            at,
            &[("found", &variables), ("words", &words)],
        );
    }
}

fn words(text: &str) -> usize {
    let words = text.split_whitespace();
    words
        .filter(|word| word.contains(char::is_alphanumeric))
        .count()
}
