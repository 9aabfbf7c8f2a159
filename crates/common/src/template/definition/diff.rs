//! What differs between two versions of a template.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

/// One place where two JSON values differ.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The place, as a JSON pointer.
    pub pointer: String,
    /// What was there; `None` if there was nothing.
    pub old: Option<Value>,
    /// What is there now; `None` if there is nothing any more.
    pub new: Option<Value>,
}

/// The smallest places at which the two values differ, in their order. Items of lists are compared by their index.
#[must_use]
pub fn diff(old: &Value, new: &Value) -> Vec<Difference> {
    let mut differences = Vec::new();
    compare(Some(old), Some(new), "", &mut differences);
    differences
}

fn compare(old: Option<&Value>, new: Option<&Value>, pointer: &str, into: &mut Vec<Difference>) {
    match (old, new) {
        (Some(Value::Object(a)), Some(Value::Object(b))) => {
            let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for key in keys {
                let escaped = key.replace('~', "~0").replace('/', "~1");
                compare(
                    a.get(key),
                    b.get(key),
                    &format!("{pointer}/{escaped}"),
                    into,
                );
            }
        }
        (Some(Value::Array(a)), Some(Value::Array(b))) => {
            for index in 0..a.len().max(b.len()) {
                compare(
                    a.get(index),
                    b.get(index),
                    &format!("{pointer}/{index}"),
                    into,
                );
            }
        }
        (old, new) if old == new => {}
        (old, new) => into.push(Difference {
            pointer: pointer.to_owned(),
            old: old.cloned(),
            new: new.cloned(),
        }),
    }
}
//! The differences between two versions of a template, for people to see what was changed.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;

/// A place where two versions differ.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// The place, as a JSON pointer such as `/components/0/text`.
    pub pointer: String,
    /// What the old version has there; `None` when it has nothing.
    pub old: Option<Value>,
    /// What the new version has there; `None` when it has nothing.
    pub new: Option<Value>,
}

/// The places where two definitions differ, each as deep in the JSON as possible, in the order of the old one's keys.
#[must_use]
pub fn diff(old: &Value, new: &Value) -> Vec<Difference> {
    let mut found = Vec::new();
    compare("", (Some(old), Some(new)), &mut found);
    found
}

fn compare(pointer: &str, sides: (Option<&Value>, Option<&Value>), found: &mut Vec<Difference>) {
    match sides {
        (old, new) if old == new => {}
        (Some(Value::Object(old)), Some(Value::Object(new))) => {
            let keys: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
            for key in keys {
                let escaped = key.replace('~', "~0").replace('/', "~1");
                let pointer = format!("{pointer}/{escaped}");
                compare(&pointer, (old.get(key), new.get(key)), found);
            }
        }
        (Some(Value::Array(old)), Some(Value::Array(new))) => {
            for index in 0..old.len().max(new.len()) {
                let pointer = format!("{pointer}/{index}");
                compare(&pointer, (old.get(index), new.get(index)), found);
            }
        }
        (old, new) => found.push(Difference {
            pointer: pointer.to_owned(),
            old: old.cloned(),
            new: new.cloned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn each_change_is_named_where_it_is() {
        let old = json!({ "name": "offre", "components": [{ "text": "Un" }, { "text": "Deux" }], "a/b": 1 });
        let new =
            json!({ "name": "offre", "components": [{ "text": "Une" }], "category": "UTILITY" });
        let found: Vec<_> = diff(&old, &new)
            .into_iter()
            .map(|it| (it.pointer, it.old, it.new))
            .collect();
        let expected = [
            ("/a~1b", Some(json!(1)), None),
            ("/category", None, Some(json!("UTILITY"))),
            ("/components/0/text", Some(json!("Un")), Some(json!("Une"))),
            ("/components/1", Some(json!({ "text": "Deux" })), None),
        ];
        let expected = expected.map(|(pointer, old, new)| (pointer.to_owned(), old, new));
        assert_eq!(found, expected);
    }

    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![Just(Value::Null), any::<i8>().prop_map(|it| json!(it))];
        leaf.prop_recursive(3, 20, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::Array),
                prop::collection::btree_map("[a-c/~]", inner, 0..3)
                    .prop_map(|it| Value::Object(it.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn equal_values_have_no_difference_and_others_name_what_each_side_has(old in json(), new in json()) {
            let found = diff(&old, &new);
            prop_assert_eq!(found.is_empty(), old == new);
            for difference in found {
                prop_assert_eq!(old.pointer(&difference.pointer), difference.old.as_ref());
                prop_assert_eq!(new.pointer(&difference.pointer), difference.new.as_ref());
            }
        }
    }
}
