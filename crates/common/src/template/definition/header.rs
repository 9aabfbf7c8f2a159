//! Headers: a text, a sample of a file, a place or a product above the body.

use serde_json::{Value, json};

use super::check::Check;
use super::example;
use super::fields::Fields;
use super::rules::fields::VALUE_UNKNOWN;
use super::rules::parts::{HEADER_GIF, HEADER_SAMPLE};
use super::rules::text::{HEADER_EMOJI, HEADER_FORMATTING, HEADER_LINE_BREAK, HEADER_VARIABLES};
use super::worded::Worded;
use super::wording::PlainLine;
use crate::template::category::Category;
use crate::template::text::literals;

const LONGEST_TEXT: usize = 60;
const FORMATS: &str = "TEXT, IMAGE, VIDEO, DOCUMENT, GIF, LOCATION, PRODUCT";
const PLAIN: PlainLine = PlainLine {
    line_break: &HEADER_LINE_BREAK,
    formatting: &HEADER_FORMATTING,
    emoji: &HEADER_EMOJI,
};

/// What is above the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Header {
    Text(Worded),
    /// A file, of which Meta wants to see a sample.
    File(FileFormat, Sample),
    /// A place, which is given when the message is sent.
    Location,
    /// A product of the catalogue, which is given when the message is sent.
    Product,
}

/// The kinds of files in headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FileFormat {
    Image,
    Video,
    Document,
    /// Only through the Marketing Messages API.
    Gif,
}

/// The handle of a file that was uploaded as a sample, or the id of one of our files that is still to be uploaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Sample(String);

impl Header {
    /// Reads a component of the type HEADER.
    pub(super) fn read(fields: &Fields<'_>, check: &mut Check) -> Option<Self> {
        let format = fields.required_word("format", check)?;
        match format.as_str() {
            "TEXT" => read_text(fields, check).map(Self::Text),
            "IMAGE" => read_file(FileFormat::Image, fields, check),
            "VIDEO" => read_file(FileFormat::Video, fields, check),
            "DOCUMENT" => read_file(FileFormat::Document, fields, check),
            "GIF" => read_file(FileFormat::Gif, fields, check),
            "LOCATION" => read_bare(Self::Location, fields, check),
            "PRODUCT" => read_bare(Self::Product, fields, check),
            _ => {
                check.refuse_with(
                    &VALUE_UNKNOWN,
                    &fields.at("format"),
                    &[("found", &format), ("allowed", &FORMATS)],
                );
                None
            }
        }
    }

    /// Whether it is a picture or a video, as some templates require.
    pub(super) const fn is_picture_or_video(&self) -> bool {
        matches!(self, Self::File(FileFormat::Image | FileFormat::Video, _))
    }

    /// Whether it is built like the other: cards of a carousel must be alike.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.format() == other.format()
    }

    const fn format(&self) -> &'static str {
        match self {
            Self::Text(_) => "TEXT",
            Self::File(FileFormat::Image, _) => "IMAGE",
            Self::File(FileFormat::Video, _) => "VIDEO",
            Self::File(FileFormat::Document, _) => "DOCUMENT",
            Self::File(FileFormat::Gif, _) => "GIF",
            Self::Location => "LOCATION",
            Self::Product => "PRODUCT",
        }
    }

    pub(super) fn to_meta(&self) -> Value {
        let format = self.format();
        match self {
            Self::Text(text) => text.to_meta("HEADER", Some(format), example::HEADER),
            Self::File(_, Sample(handle)) => json!({
                "type": "HEADER", "format": format, "example": {"header_handle": [handle]}
            }),
            Self::Location | Self::Product => json!({"type": "HEADER", "format": format}),
        }
    }
}

fn read_text(fields: &Fields<'_>, check: &mut Check) -> Option<Worded> {
    fields.allow(&["type", "format", "text", "example"], check);
    let worded = Worded::read(fields, example::HEADER, LONGEST_TEXT, check);
    let at = fields.at("text");
    let literals = literals(
        fields
            .value("text")
            .and_then(Value::as_str)
            .unwrap_or_default(),
    );
    PLAIN.require(&literals.concat(), &at, check);
    if literals.len() > 2 {
        check.refuse(&HEADER_VARIABLES, &at);
    }
    worded
}

fn read_file(format: FileFormat, fields: &Fields<'_>, check: &mut Check) -> Option<Header> {
    fields.allow(&["type", "format", "example"], check);
    if format == FileFormat::Gif && !check.may_be(&Category::Marketing) {
        check.refuse(&HEADER_GIF, &fields.at("format"));
    }
    let handles = fields.object("example", check).and_then(|example| {
        example.allow(&["header_handle"], check);
        example.list("header_handle", check)
    });
    let handles = handles.unwrap_or_default();
    let handle = match handles.as_slice() {
        [handle] => handle.text(check)?,
        _ => "",
    };
    if handle.trim().is_empty() {
        check.refuse(&HEADER_SAMPLE, &fields.at("example"));
        return None;
    }
    Some(Header::File(format, Sample(handle.to_owned())))
}

fn read_bare(header: Header, fields: &Fields<'_>, check: &mut Check) -> Option<Header> {
    fields.allow(&["type", "format"], check);
    Some(header)
}
