//! Differences of two versions.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::{Difference, diff};
use template_cases::bases::utility;
use template_cases::template;
use template_cases::with;

#[test]
fn equal_versions_have_no_difference() {
    assert_eq!(diff(&utility(), &utility()), []);
}

#[test]
fn differences_are_the_smallest_places_in_their_order() {
    let new = with(
        utility(),
        &[
            ("/category", json!("MARKETING")),
            ("/components/3/buttons/-", json!({"type": "QUICK_REPLY"})),
            (
                "/components/0",
                json!({"type": "HEADER", "format": "LOCATION"}),
            ),
        ],
    );
    let differences = diff(&utility(), &new);
    let pointers: Vec<&str> = differences.iter().map(|it| it.pointer.as_str()).collect();
    let expected = [
        "/category",
        "/components/0/example",
        "/components/0/format",
        "/components/0/text",
        "/components/3/buttons/3",
    ];
    assert_eq!(pointers, expected);
    let category = Difference {
        pointer: "/category".to_owned(),
        old: Some(json!("UTILITY")),
        new: Some(json!("MARKETING")),
    };
    assert_eq!(differences[0], category);
    assert_eq!(differences[3].new, None);
    assert_eq!(differences[4].old, None);
}

#[test]
fn keys_are_escaped_as_json_pointers_require() {
    let differences = diff(&json!({"a/b~c": 1}), &json!({"a/b~c": 2}));
    assert_eq!(differences[0].pointer, "/a~1b~0c");
}

proptest! {
    #[test]
    fn each_difference_is_what_the_versions_have_there(old in template(), new in template()) {
        let differences = diff(&old, &new);
        prop_assert_eq!(differences.is_empty(), old == new);
        for difference in differences {
            let at = |version: &Value| version.pointer(&difference.pointer).cloned();
            prop_assert_eq!(&at(&old), &difference.old);
            prop_assert_eq!(&at(&new), &difference.new);
            prop_assert_ne!(&difference.old, &difference.new);
        }
    }
}
