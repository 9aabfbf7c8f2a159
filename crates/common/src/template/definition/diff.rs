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
