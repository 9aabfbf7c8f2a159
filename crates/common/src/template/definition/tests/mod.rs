//! Definitions of templates: what is valid, what is not and why.

mod bases;
mod differences;
mod examples;
mod generator;
mod reading;
mod round_trip;
mod rules;

use serde_json::Value;

use super::{TemplateDefinition, TemplateFault};

/// The template with other values at these pointers; the last key is added if it is missing, and `-` appends to a list.
fn with(mut template: Value, values: &[(&str, Value)]) -> Value {
    for (pointer, value) in values {
        let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
        let parent = template.pointer_mut(parent).expect("the parent exists");
        match parent {
            Value::Object(fields) => {
                fields.insert(key.to_owned(), value.clone());
            }
            Value::Array(items) if key == "-" => items.push(value.clone()),
            Value::Array(items) => items[key.parse::<usize>().expect("an index")] = value.clone(),
            other => panic!("{pointer} is in {other}"),
        }
    }
    template
}

fn faults(template: &Value) -> Vec<TemplateFault> {
    TemplateDefinition::parse(template)
        .err()
        .unwrap_or_default()
}

/// The broken rules and their places.
fn broken(template: &Value) -> Vec<(&'static str, String)> {
    let faults = faults(template).into_iter();
    faults.map(|fault| (fault.rule, fault.pointer)).collect()
}
