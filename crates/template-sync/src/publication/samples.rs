//! Sample files of a template: our file ids in the definition are replaced by Meta's handles.

use std::collections::BTreeMap;

use common::ids::MediaId;
use serde_json::Value;
use uuid::Uuid;

const HANDLES: &str = "header_handle";

/// The files of ours that a definition names.
pub(super) fn files_of(definition: &Value) -> Vec<MediaId> {
    let mut files = Vec::new();
    // Replacing nothing visits every handle.
    visit(&mut definition.clone(), &mut |handle| {
        files.extend(file_id(handle));
    });
    files.sort_unstable();
    files.dedup();
    files
}

/// The definition with Meta's handles in the places of our files.
pub(super) fn with_handles(definition: &Value, handles: &BTreeMap<MediaId, String>) -> Value {
    let mut definition = definition.clone();
    visit(&mut definition, &mut |text| {
        if let Some(handle) = file_id(text).and_then(|file| handles.get(&file)) {
            handle.clone_into(text);
        }
    });
    definition
}

fn file_id(handle: &str) -> Option<MediaId> {
    Uuid::parse_str(handle).ok().map(MediaId::from_uuid)
}

/// Visits each text in a list of handles, wherever it is: in the header or in the cards of a carousel.
fn visit(value: &mut Value, on_handle: &mut impl FnMut(&mut String)) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| visit(item, on_handle)),
        Value::Object(fields) => {
            for (name, value) in fields {
                match value {
                    Value::Array(handles) if name == HANDLES => {
                        for handle in handles {
                            if let Value::String(text) = handle {
                                on_handle(text);
                            }
                        }
                    }
                    value => visit(value, on_handle),
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const IMAGE: &str = "01993c2f-8a00-7000-8000-000000000001";
    const VIDEO: &str = "01993c2f-8a00-7000-8000-000000000002";

    fn header(handle: &str) -> Value {
        json!({"type": "HEADER", "format": "IMAGE", "example": {"header_handle": [handle]}})
    }

    fn definition(image: &str, video: &str) -> Value {
        let cards = json!([{"components": [header(video)]}, {"components": [header(image)]}]);
        json!({"components": [header(image), {"type": "BODY", "text": IMAGE}, {"type": "CAROUSEL", "cards": cards}]})
    }

    #[test]
    fn each_file_is_named_once_and_replaced_everywhere() {
        let ours = definition(IMAGE, VIDEO);
        let files = files_of(&ours);
        assert_eq!(files.len(), 2);
        let handles = files.iter().map(|file| {
            let handle = if file.to_string() == IMAGE {
                "4::image"
            } else {
                "4::video"
            };
            (*file, handle.to_owned())
        });
        let theirs = with_handles(&ours, &handles.collect());
        assert_eq!(theirs, definition("4::image", "4::video"));
    }

    #[test]
    fn handles_of_meta_are_left_as_they_are() {
        let theirs = definition("4::image", "4::video");
        assert!(files_of(&theirs).is_empty());
        assert_eq!(with_handles(&theirs, &BTreeMap::new()), theirs);
    }
}
