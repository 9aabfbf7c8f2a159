//! Files that messages carry: their media types, how long a file can be used, and its id in a request to Meta.

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::ids::{MediaId, MetaMediaId, time_of_uuid};

/// How long a file can be used in new messages.
const USABLE: TimeDelta = TimeDelta::days(30);
/// How long after its upload a message with the file may still wait to be sent. The file itself is kept until then, on
/// whichever day of its month it was uploaded: 70 days from the first of the month are 39 from its last day.
const SENDABLE: TimeDelta = TimeDelta::days(37);

/// The maximum number of characters of a file name. Meta states no limit; this limit is ours.
pub const LONGEST_FILENAME: usize = 128;
/// The rule that [`is_filename`] checks, as a text for problems.
pub const FILENAME_RULE: &str = "should have 1 to 128 characters, no slash and no line break";

/// How the recipient's device presents a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MediaKind {
    /// A file to open, such as a PDF.
    Document,
    /// A picture.
    Image,
    /// A video.
    Video,
}

/// The state of a message's file at Meta, for the number that the message is sent from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediaAtMeta {
    /// Meta does not have it, or not for long enough.
    NotUploaded,
    /// Meta has it under this id.
    Uploaded(MetaMediaId),
    /// It cannot be uploaded: Meta refused it with this code; without a code, the file is no longer stored.
    Refused(Option<i32>),
}

/// A media type that Meta accepts (Meta, media reference). Audio and stickers are omitted, because none of our messages
/// carries them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MediaType(&'static (&'static str, MediaKind));

static TYPES: [(&str, MediaKind); 12] = [
    ("application/pdf", MediaKind::Document),
    ("text/plain", MediaKind::Document),
    ("application/msword", MediaKind::Document),
    ("application/vnd.ms-excel", MediaKind::Document),
    ("application/vnd.ms-powerpoint", MediaKind::Document),
    (
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        MediaKind::Document,
    ),
    (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        MediaKind::Document,
    ),
    (
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        MediaKind::Document,
    ),
    ("image/jpeg", MediaKind::Image),
    ("image/png", MediaKind::Image),
    ("video/mp4", MediaKind::Video),
    ("video/3gpp", MediaKind::Video),
];

/// Other names that programs send for the same types.
const OTHER_NAMES: [(&str, &str); 5] = [
    ("application/x-pdf", "application/pdf"),
    ("image/jpg", "image/jpeg"),
    ("image/pjpeg", "image/jpeg"),
    ("image/x-png", "image/png"),
    ("video/3gp", "video/3gpp"),
];

impl MediaKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Document, Self::Image, Self::Video];

    /// Meta's value for it in a message, which is also ours.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Document => "document",
            Self::Image => "image",
            Self::Video => "video",
        }
    }

    /// The kind of a header's `format` in a template.
    #[must_use]
    pub fn of_header(format: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.as_str().eq_ignore_ascii_case(format))
    }

    /// The maximum number of bytes that Meta accepts, with its megabytes read as millions (Meta, media reference).
    #[must_use]
    pub const fn most_bytes(self) -> usize {
        match self {
            Self::Document => 100_000_000,
            Self::Image => 5_000_000,
            Self::Video => 16_000_000,
        }
    }
}

impl MediaAtMeta {
    /// Meta's id of the file.
    #[must_use]
    pub fn id(&self) -> Option<MetaMediaId> {
        match self {
            Self::Uploaded(id) => Some(id.clone()),
            Self::NotUploaded | Self::Refused(_) => None,
        }
    }
}

impl MediaType {
    /// Every type.
    pub fn all() -> impl Iterator<Item = Self> {
        TYPES.iter().map(Self)
    }

    /// The type of a `Content-Type`, whatever its parameters; `None` for a type that is not supported.
    #[must_use]
    pub fn of_content_type(text: &str) -> Option<Self> {
        let essence = text.split(';').next().unwrap_or_default().trim();
        let other = OTHER_NAMES
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(essence));
        let essence = other.map_or(essence, |(_, name)| name);
        Self::all().find(|known| known.as_str().eq_ignore_ascii_case(essence))
    }

    /// The type of a file name's extension; `None` for a type that is not supported.
    #[must_use]
    pub fn of_filename(name: &str) -> Option<Self> {
        let (_, end) = name.rsplit_once('.')?;
        Self::of_content_type(match end.to_ascii_lowercase().as_str() {
            "pdf" => "application/pdf",
            "txt" => "text/plain",
            "doc" => "application/msword",
            "xls" => "application/vnd.ms-excel",
            "ppt" => "application/vnd.ms-powerpoint",
            "docx" => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            "pptx" => "application/vnd.openxmlformats-officedocument.presentationml.presentation",
            "jpg" | "jpeg" => "image/jpeg",
            "png" => "image/png",
            "mp4" => "video/mp4",
            "3gp" => "video/3gpp",
            _ => return None,
        })
    }

    /// The value of a `Content-Type`, without parameters.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.0.0
    }

    /// The kind that it is shown as.
    #[must_use]
    pub const fn kind(self) -> MediaKind {
        self.0.1
    }

    /// Whether the header of a template accepts it: of documents only PDF (Meta, `OpenAPI` file, `DocumentParameter`).
    #[must_use]
    pub fn suits_header(self, kind: MediaKind) -> bool {
        self.kind() == kind && (kind != MediaKind::Document || self.as_str() == "application/pdf")
    }
}

/// Whether the text is a valid file name on any device.
#[must_use]
pub fn is_filename(name: &str) -> bool {
    let is_odd = |char: char| char.is_control() || matches!(char, '/' | '\\');
    name.chars().count() <= LONGEST_FILENAME && !name.contains(is_odd) && !name.trim().is_empty()
}

/// Until when new messages may use a file.
#[must_use]
pub fn usable_until(media_id: MediaId) -> Option<DateTime<Utc>> {
    Some(time_of_uuid(media_id.as_uuid())? + USABLE)
}

/// Until when a message with the file may wait to be sent.
#[must_use]
pub fn sendable_until(media_id: MediaId) -> Option<DateTime<Utc>> {
    Some(time_of_uuid(media_id.as_uuid())? + SENDABLE)
}

/// Meta's name for data that a flow gets as it is.
const OF_A_FLOW: &str = "flow_action_data";

/// Replaces our id of a file by Meta's in a request to Meta, in each `id` that holds ours. The data of a flow is the
/// caller's and stays as it is.
pub fn put_meta_id(content: &mut Value, ours: MediaId, theirs: &MetaMediaId) {
    put(content, &ours.to_string(), theirs.as_str());
}

fn put(content: &mut Value, ours: &str, theirs: &str) {
    match content {
        Value::Array(items) => items.iter_mut().for_each(|item| put(item, ours, theirs)),
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::String(text) if name == "id" && text == ours => {
                        theirs.clone_into(text);
                    }
                    _ if name == OF_A_FLOW => {}
                    value => put(value, ours, theirs),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_content_type_is_read_without_its_parameters() {
        let read = |text| MediaType::of_content_type(text).map(MediaType::as_str);
        assert_eq!(read("Application/PDF; name=a"), Some("application/pdf"));
        assert_eq!(read("text/plain;charset=utf-8"), Some("text/plain"));
        assert_eq!(read("image/jpg"), Some("image/jpeg"));
        assert_eq!(read("video/3gp; codecs=h263"), Some("video/3gpp"));
        for other in ["", "application/zip", "image/svg+xml", "image/webp"] {
            assert_eq!(read(other), None, "{other}");
        }
    }

    #[test]
    fn every_type_has_an_end_of_names() {
        let names = [
            "a.pdf",
            "a.TXT",
            "a.doc",
            "a.xls",
            "a.ppt",
            "a.docx",
            "a.xlsx",
            "a.pptx",
            "Photo.JPEG",
            "a.png",
            "a.b.mp4",
            "a.3gp",
        ];
        let read = names.map(|name| MediaType::of_filename(name).unwrap());
        assert!(MediaType::all().all(|known| read.contains(&known)));
        for name in ["", "pdf", "a.zip", "a.pdf.exe"] {
            assert_eq!(MediaType::of_filename(name), None, "{name}");
        }
    }

    #[test]
    fn the_header_of_a_document_takes_pdf_alone() {
        let suits = |text, kind| MediaType::of_content_type(text).unwrap().suits_header(kind);
        assert!(suits("application/pdf", MediaKind::Document));
        assert!(!suits("text/plain", MediaKind::Document));
        assert!(!suits("application/pdf", MediaKind::Image));
        assert!(suits("image/png", MediaKind::Image));
    }

    #[test]
    fn a_name_is_one_line_of_1_to_128_characters_without_slashes() {
        let longest = "é".repeat(LONGEST_FILENAME);
        for name in ["ticket-2041.pdf", "Reçu d'Awa.pdf", longest.as_str()] {
            assert!(is_filename(name), "{name}");
        }
        let too_long = format!("{longest}.");
        for name in ["", "  ", "a/b.pdf", "a\\b.pdf", "a\nb.pdf", &too_long] {
            assert!(!is_filename(name), "{name:?}");
        }
        assert!(FILENAME_RULE.contains(&LONGEST_FILENAME.to_string()));
    }

    #[test]
    fn metas_id_stands_where_ours_stood_and_nowhere_else() {
        let ours = MediaId::from_uuid(Uuid::from_u128(7));
        let (text, other) = (ours.to_string(), Uuid::from_u128(8).to_string());
        let mut content = json!([
            {"type": "header", "parameters": [{"type": "document", "document": {"id": text, "filename": text}}]},
            {"type": "body", "parameters": [{"type": "text", "text": text}, {"id": other}]},
            {"type": "button", "parameters": [{"action": {"flow_action_data": {"id": text}}}]},
        ]);
        put_meta_id(&mut content, ours, &"1037543291543636".parse().unwrap());
        assert_eq!(
            content,
            json!([
                {"type": "header", "parameters":
                    [{"type": "document", "document": {"id": "1037543291543636", "filename": text}}]},
                {"type": "body", "parameters": [{"type": "text", "text": text}, {"id": other}]},
                {"type": "button", "parameters": [{"action": {"flow_action_data": {"id": text}}}]},
            ])
        );
    }

    #[test]
    fn a_message_may_wait_for_longer_than_one_may_be_made() {
        let id = MediaId::new("2026-11-30T12:00:00Z".parse().unwrap());
        assert_eq!(
            usable_until(id).unwrap().to_rfc3339(),
            "2026-12-30T12:00:00+00:00"
        );
        assert!(sendable_until(id) > usable_until(id));
    }
}
