//! The files of ours that a definition gives as samples of headers, in the places where Meta takes upload handles.

use serde_json::Value;

use crate::ids::MediaId;
use crate::media::MediaKind;

/// One of our files, as the sample of a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleFile {
    /// Where it stands, as a JSON pointer such as `/components/0/example/header_handle/0`.
    pub pointer: String,
    /// The file.
    pub media_id: MediaId,
    /// The kind of file that the header takes; `None` when its format is not known.
    pub kind: Option<MediaKind>,
}

/// The sample files of a template's definition, those of a carousel's cards included. A handle of Meta's own is none.
#[must_use]
pub fn sample_files(definition: &Value) -> Vec<SampleFile> {
    let mut found = Vec::new();
    collect(definition, "", &mut found);
    found
}

fn collect(part: &Value, pointer: &str, found: &mut Vec<SampleFile>) {
    for (index, component) in array(part, "components") {
        let pointer = format!("{pointer}/components/{index}");
        for (card_index, card) in array(component, "cards") {
            collect(card, &format!("{pointer}/cards/{card_index}"), found);
        }
        let format = component.get("format").and_then(Value::as_str);
        let kind = format.and_then(MediaKind::of_header);
        let example = component.get("example").unwrap_or(&Value::Null);
        for (handle_index, handle) in array(example, "header_handle") {
            let media_id = handle.as_str().and_then(|text| text.parse().ok());
            found.extend(media_id.map(|media_id| SampleFile {
                pointer: format!("{pointer}/example/header_handle/{handle_index}"),
                media_id,
                kind,
            }));
        }
    }
}

fn array<'v>(object: &'v Value, key: &str) -> impl Iterator<Item = (usize, &'v Value)> {
    let items = object.get(key).and_then(Value::as_array);
    items.into_iter().flatten().enumerate()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn files_are_found_in_headers_and_in_cards_and_handles_of_meta_are_left() {
        let id = "01993c2f-8a00-7000-8000-000000000001";
        let header = |format: &str, handle: &str| json!({ "type": "HEADER", "format": format, "example": { "header_handle": [handle] } });
        let definition = json!({ "components": [
            header("IMAGE", "4::aW1hZ2UvcG5n:ARb"),
            { "type": "BODY", "text": "Bonjour" },
            { "type": "CAROUSEL", "cards": [
                { "components": [header("video", id)] },
                { "components": [{ "type": "BODY" }, header("LOCATION", id)] },
            ] },
        ] });
        let found: Vec<_> = sample_files(&definition)
            .into_iter()
            .map(|file| (file.pointer, file.media_id.to_string(), file.kind))
            .collect();
        let place = |card, component| {
            format!("/components/2/cards/{card}/components/{component}/example/header_handle/0")
        };
        assert_eq!(
            found,
            [
                (place(0, 0), id.to_owned(), Some(MediaKind::Video)),
                (place(1, 1), id.to_owned(), None),
            ]
        );
        assert!(sample_files(&json!({ "components": 7 })).is_empty());
    }
}
