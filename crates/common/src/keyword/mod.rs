//! The keywords by which a client opts out, opts in again, or asks for help, in French and English.
//!
//! They count only when they are the whole message, so that "je ne peux pas stopper" is not an opt-out; courtesy words,
//! emoji and repetition around them change nothing. The phrases are data, in `words.txt` beside this file, and
//! `corpus.txt` lists examples with the keyword that each one means.

mod folding;
mod lexicon;
mod phrase;
#[cfg(test)]
mod tests;
mod typo;

use folding::words;
use lexicon::LEXICON;

use crate::serialize::serialize_as;

/// The request of a client whose message consists of nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keyword {
    /// No more messages of the categories that an opt-out covers.
    OptOut,
    /// Messages again, after an opt-out.
    OptIn,
    /// The client wants to talk to a person at the business.
    Support,
}

serialize_as!(Keyword, as_str);

impl Keyword {
    /// Every keyword.
    pub const ALL: [Self; 3] = [Self::OptOut, Self::OptIn, Self::Support];

    /// The stable number in the database.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::OptOut => 1,
            Self::OptIn => 2,
            Self::Support => 3,
        }
    }

    /// The stable value in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OptOut => "opt_out",
            Self::OptIn => "opt_in",
            Self::Support => "support",
        }
    }
}

/// The keyword that a text consists of, if any. One typo is accepted in an opt-out only: a typo must not start messages
/// again.
#[must_use]
pub fn recognise(text: &str) -> Option<Keyword> {
    let words = LEXICON.without_courtesies(&words(text));
    LEXICON.exact(&words).or_else(|| LEXICON.mistyped(&words))
}
