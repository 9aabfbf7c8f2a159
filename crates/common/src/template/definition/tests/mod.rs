//! Definitions of templates: what is valid, what is not and why.

mod differences;
mod examples;
mod reading;
mod round_trip;
mod rules;

use serde_json::Value;

use super::{TemplateDefinition, TemplateFault};

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
