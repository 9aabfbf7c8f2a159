//! The words by which a client opts out, opts in again, or asks for help, in French and English.
//!
//! They count only when they are the whole message, so that "je ne peux pas stopper" is not an opt-out; courtesy words,
//! emoji and repetition around them change nothing. The words themselves are data, in `words.txt` beside this file, and
//! `corpus.txt` shows what is taken for what.

mod folding;
mod lexicon;
mod phrase;
#[cfg(test)]
mod tests;
mod typo;

use folding::words;
use lexicon::LEXICON;

use crate::serialize::serialize_as;

/// What a client asked for by a message that says nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keyword {
    /// No more messages of the purposes that an opt-out covers.
    OptOut,
    /// Messages again, after an opt-out.
    OptIn,
    /// A person wants to talk to the business.
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

    /// The stable word in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OptOut => "opt_out",
            Self::OptIn => "opt_in",
            Self::Support => "support",
        }
    }
}

/// The keyword that a text consists of, if it does. One typo is forgiven, in an opt-out only: nobody is written to again
/// because of a typo.
#[must_use]
pub fn recognise(text: &str) -> Option<Keyword> {
    let words = LEXICON.without_courtesies(&words(text));
    LEXICON.exact(&words).or_else(|| LEXICON.mistyped(&words))
}
