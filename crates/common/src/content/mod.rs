//! What a message says that is no template: Meta's own objects, typed, and the limits of their fields (Meta, messages
//! reference).
//!
//! Such a message may leave only while the customer service window is open (`common::message::window`).

mod faults;
mod interactive;
mod location;
mod text;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use faults::ContentFault;
pub use interactive::{
    CallToAction, CtaParameters, CtaUrl, Frame, Header, Interactive, List, ListRow, ReplyButton,
    ReplyButtons, ReplyId, ReplyWord, Section, TextWord, Words,
};
pub use location::Location;
pub use text::Text;

use faults::Faults;

/// The content of a message that is no template. A further kind, such as `document` or `image`, is a variant here: its
/// name is Meta's word for the type, and what it serialises to is Meta's object of that name.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FreeForm {
    /// Plain text.
    Text(Text),
    /// A place on the map.
    Location(Location),
    /// Buttons, a list, or a link behind a button.
    Interactive(Interactive),
}

impl FreeForm {
    /// Meta's word for the type, which is also the name of its object.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Location(_) => "location",
            Self::Interactive(_) => "interactive",
        }
    }

    /// All that Meta would refuse it for; empty when nothing.
    #[must_use]
    pub fn faults(&self) -> Vec<ContentFault> {
        let mut faults = Faults::within(format!("/{}", self.kind()));
        match self {
            Self::Text(text) => text.check(&mut faults),
            Self::Location(location) => location.check(&mut faults),
            Self::Interactive(interactive) => interactive.check(&mut faults),
        }
        faults.into_all()
    }
}

/// The kind alone: what is said is for the recipient.
impl fmt::Debug for FreeForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FreeForm").field(&self.kind()).finish()
    }
}

#[cfg(test)]
mod tests;
