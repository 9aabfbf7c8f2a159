//! The texts on buttons.

use serde::Serialize;

use super::check::Check;
use super::fields::Fields;
use super::rules::buttons::{LABEL_EMOJI, LABEL_FORMATTING, LABEL_LINE_BREAK, LABEL_VARIABLE};
use super::wording::{PlainLine, require_length};

const LONGEST: usize = 25;
const PLAIN: PlainLine = PlainLine {
    line_break: &LABEL_LINE_BREAK,
    formatting: &LABEL_FORMATTING,
    emoji: &LABEL_EMOJI,
};

/// The text on a button: one short plain line without variables.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Label(String);

impl Label {
    /// Reads the label in `key`, if it is there.
    pub(super) fn read(fields: &Fields<'_>, key: &str, check: &mut Check) -> Option<Self> {
        match fields.has(key) {
            true => Self::required(fields, key, check),
            false => None,
        }
    }

    /// Reads the label in `key`, which must be there.
    pub(super) fn required(fields: &Fields<'_>, key: &str, check: &mut Check) -> Option<Self> {
        let text = fields.required_text(key, check)?;
        let at = fields.at(key);
        require_length(text, LONGEST, &at, check);
        match text.contains("{{") {
            true => check.refuse(&LABEL_VARIABLE, &at),
            false => PLAIN.require(text, &at, check),
        }
        Some(Self(text.to_owned()))
    }
}
