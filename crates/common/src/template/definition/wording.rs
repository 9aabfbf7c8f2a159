//! Rules for single texts: how long they may be and which characters they may have.

use unicode_properties::emoji::{EmojiStatus, UnicodeEmoji};

use super::check::Check;
use super::rules::Rule;
use super::rules::text::TEXT_LENGTH;

/// What Meta refuses in headers and in the texts of buttons, which have one line and no formatting.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlainLine {
    pub(super) line_break: &'static Rule,
    pub(super) formatting: &'static Rule,
    pub(super) emoji: &'static Rule,
}

impl PlainLine {
    /// Reports what a text has that one plain line has not.
    pub(super) fn require(self, text: &str, pointer: &str, check: &mut Check) {
        if text.contains(['\n', '\r']) {
            check.refuse(self.line_break, pointer);
        }
        if has_formatting(text) {
            check.refuse(self.formatting, pointer);
        }
        if has_emoji(text) {
            check.refuse(self.emoji, pointer);
        }
    }
}

/// Reports a text that is too long. Meta counts characters.
pub(super) fn require_length(text: &str, limit: usize, pointer: &str, check: &mut Check) {
    let found = text.chars().count();
    if found > limit {
        check.refuse_with(
            &TEXT_LENGTH,
            pointer,
            &[("found", &found), ("limit", &limit)],
        );
    }
}

/// Asterisks are refused wherever they are. The other signs only format what is between two of them, so that one alone
/// is left to Meta.
fn has_formatting(text: &str) -> bool {
    let is_twice = |sign: char| text.matches(sign).count() > 1;
    text.contains('*') || ['_', '~', '`'].into_iter().any(is_twice)
}

/// Signs such as © and digits are emoji only if the variation selector says so.
fn has_emoji(text: &str) -> bool {
    const EMOJI_VARIATION: char = '\u{fe0f}';
    text.chars().any(|c| {
        c == EMOJI_VARIATION
            || matches!(
                c.emoji_status(),
                EmojiStatus::EmojiPresentation
                    | EmojiStatus::EmojiPresentationAndModifierBase
                    | EmojiStatus::EmojiPresentationAndEmojiComponent
                    | EmojiStatus::EmojiPresentationAndModifierAndEmojiComponent
            )
    })
}
