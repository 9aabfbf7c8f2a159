//! The content of messages without a template: Meta's own objects, typed, and the limits of their fields (Meta,
//! messages reference).
//!
//! Such a message may be sent only while the customer service window is open (`common::message::window`).

mod faults;
mod file;
mod interactive;
mod location;
mod text;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use faults::ContentFault;
pub use file::{Document, FileId, Visual};
pub use interactive::{
    CallToAction, CtaParameters, CtaUrl, Frame, Header, Interactive, List, ListRow, ReplyButton,
    ReplyButtons, ReplyId, ReplyWord, Section, TextWord, Words,
};
pub use location::Location;
pub use text::Text;

use crate::ids::{MediaId, MetaMediaId};
use crate::media::MediaKind;
use faults::Faults;

/// The content of a message without a template. A further kind, such as `contacts`, is a variant here: its name is
/// Meta's name of the type, and it serialises to Meta's object of that name.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FreeForm {
    /// Plain text.
    Text(Text),
    /// A location.
    Location(Location),
    /// Buttons, a list, or a link behind a button.
    Interactive(Interactive),
    /// A file to open.
    Document(Document),
    /// A picture.
    Image(Visual),
    /// A video.
    Video(Visual),
}

impl FreeForm {
    /// Meta's name of the type, which is also the name of its object.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Location(_) => "location",
            Self::Interactive(_) => "interactive",
            Self::Document(_) => MediaKind::Document.as_str(),
            Self::Image(_) => MediaKind::Image.as_str(),
            Self::Video(_) => MediaKind::Video.as_str(),
        }
    }

    /// The text that the recipient reads first; `None` when it has none.
    #[must_use]
    pub fn words(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(&text.body),
            Self::Location(location) => location.name.as_deref(),
            Self::Interactive(interactive) => Some(interactive.words()),
            Self::Document(document) => document.caption.as_deref(),
            Self::Image(visual) | Self::Video(visual) => visual.caption.as_deref(),
        }
    }

    /// The fields that Meta would refuse; empty when there are none.
    #[must_use]
    pub fn faults(&self) -> Vec<ContentFault> {
        let mut faults = Faults::within(format!("/{}", self.kind()));
        match self {
            Self::Text(text) => text.check(&mut faults),
            Self::Location(location) => location.check(&mut faults),
            Self::Interactive(interactive) => interactive.check(&mut faults),
            Self::Document(document) => document.check(&mut faults),
            Self::Image(visual) | Self::Video(visual) => visual.check(&mut faults),
        }
        faults.into_all()
    }

    /// The kind and our id of its file; `None` when it has no file.
    #[must_use]
    pub const fn media(&self) -> Option<(MediaKind, MediaId)> {
        let (kind, id) = match self {
            Self::Document(document) => (MediaKind::Document, &document.id),
            Self::Image(image) => (MediaKind::Image, &image.id),
            Self::Video(video) => (MediaKind::Video, &video.id),
            Self::Text(_) | Self::Location(_) | Self::Interactive(_) => return None,
        };
        match id.kept() {
            Some(id) => Some((kind, id)),
            None => None,
        }
    }

    /// Replaces our id of the file by Meta's.
    pub fn put_meta_id(&mut self, ours: MediaId, theirs: &MetaMediaId) {
        let id = match self {
            Self::Document(document) => &mut document.id,
            Self::Image(visual) | Self::Video(visual) => &mut visual.id,
            Self::Text(_) | Self::Location(_) | Self::Interactive(_) => return,
        };
        if id.kept() == Some(ours) {
            *id = FileId::AtMeta(theirs.clone());
        }
    }

    /// Sets the file name of a document that has none to the name that the file was uploaded with.
    #[must_use]
    pub fn named(mut self, filename: Option<&str>) -> Self {
        if let Self::Document(document) = &mut self
            && document.filename.is_none()
        {
            document.filename = filename.map(str::to_owned);
        }
        self
    }
}

/// Prints the kind only: the content is for the recipient.
impl fmt::Debug for FreeForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FreeForm").field(&self.kind()).finish()
    }
}

#[cfg(test)]
mod tests;
