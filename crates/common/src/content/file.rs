//! Documents, pictures and videos, with their captions.

use serde::{Deserialize, Serialize};

use super::faults::Faults;
use crate::ids::{MediaId, MetaMediaId};
use crate::media::{FILENAME_RULE, is_filename};

/// The most characters of a caption (Meta, `OpenAPI` file, `MediaObject_1`).
const LONGEST_CAPTION: usize = 1_024;

/// The id of a file: ours until the message is posted, then Meta's. The database stores ours.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FileId {
    /// Our id.
    Kept(MediaId),
    /// Meta's id, for the number that the message is sent from.
    AtMeta(MetaMediaId),
}

/// A file to open, such as a receipt as PDF.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Which file.
    pub id: FileId,
    /// The text below it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
    /// The name under which the recipient sees it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
}

/// A picture or a video. Meta accepts no file name for either.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visual {
    /// Which file.
    pub id: FileId,
    /// The text below it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caption: Option<String>,
}

impl FileId {
    /// Our id, unless it was replaced by Meta's.
    pub(super) const fn kept(&self) -> Option<MediaId> {
        match self {
            Self::Kept(id) => Some(*id),
            Self::AtMeta(_) => None,
        }
    }
}

impl Document {
    pub(super) fn check(&self, faults: &mut Faults) {
        check_caption(self.caption.as_deref(), faults);
        if !self.filename.as_deref().is_none_or(is_filename) {
            faults.add("/filename", FILENAME_RULE);
        }
    }
}

impl Visual {
    pub(super) fn check(&self, faults: &mut Faults) {
        check_caption(self.caption.as_deref(), faults);
    }
}

fn check_caption(caption: Option<&str>, faults: &mut Faults) {
    if let Some(caption) = caption {
        faults.text("/caption", caption, LONGEST_CAPTION);
    }
}
