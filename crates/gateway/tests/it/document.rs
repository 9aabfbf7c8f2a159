//! The operations of the OpenAPI document, and where each of them takes an id.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};

/// The pattern of Meta's ids.
const META_ID: &str = "^[0-9]{1,32}$";

/// One operation of the document.
pub(crate) struct Operation {
    /// Without the suffix by which the form for the platform differs.
    pub(crate) name: String,
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) has_body: bool,
    /// Whether it requires the platform's key.
    pub(crate) platform_only: bool,
    /// Whether it returns pages of a list.
    pub(crate) is_list: bool,
    /// Every id that it takes. Other parameters of the path, such as the number of a version, are none.
    pub(crate) ids: Vec<IdParameter>,
}

/// Where an operation takes an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum IdParameter {
    /// The name of the parameter.
    Path(String),
    /// The name of the parameter.
    Query(String),
    /// The JSON pointer; in an array, to the first item.
    Body(String),
}

pub(crate) fn operations() -> Vec<Operation> {
    let document: Value = serde_json::from_str(&gateway::openapi()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let of_path = |(path, item): (&String, &Value)| {
        let operations = item.as_object().unwrap().iter();
        let operations = operations.map(|(method, it)| operation(&document, path, method, it));
        operations.collect::<Vec<_>>()
    };
    paths.iter().flat_map(of_path).collect()
}

fn operation(document: &Value, path: &str, method: &str, described: &Value) -> Operation {
    let id = described["operationId"].as_str().unwrap();
    let parameters = described["parameters"].as_array().cloned();
    let parameters = parameters.unwrap_or_default();
    let mut ids: Vec<IdParameter> = parameters.iter().filter_map(id_parameter).collect();
    let mut pointers = BTreeSet::new();
    let body = &described["requestBody"]["content"]["application/json"]["schema"];
    collect_ids(document, body, "", &mut pointers);
    ids.extend(pointers.into_iter().map(IdParameter::Body));
    Operation {
        name: id.trim_end_matches("_for_business").to_owned(),
        method: method.to_ascii_uppercase().parse().unwrap(),
        path: path.to_owned(),
        has_body: described["requestBody"].is_object(),
        platform_only: described["security"] == json!([{ "platform_key": [] }]),
        is_list: parameters.iter().any(|it| it["name"] == "limit"),
        ids,
    }
}

fn id_parameter(parameter: &Value) -> Option<IdParameter> {
    let name = parameter["name"].as_str().unwrap().to_owned();
    match parameter["in"].as_str() {
        Some("path") if name.ends_with("_id") => Some(IdParameter::Path(name)),
        Some("query") if is_id(&parameter["schema"]) || name.ends_with("_id") => {
            Some(IdParameter::Query(name))
        }
        _ => None,
    }
}

fn is_id(schema: &Value) -> bool {
    schema["format"] == "uuid" || schema["pattern"] == META_ID
}

/// Adds the pointers of all ids that a schema has.
fn collect_ids(document: &Value, schema: &Value, pointer: &str, ids: &mut BTreeSet<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let target = document.pointer(reference.trim_start_matches('#'));
        return collect_ids(document, target.unwrap(), pointer, ids);
    }
    if is_id(schema) {
        ids.insert(pointer.to_owned());
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        collect_ids(document, property, &format!("{pointer}/{name}"), ids);
    }
    if schema["items"].is_object() {
        collect_ids(document, &schema["items"], &format!("{pointer}/0"), ids);
    }
    for form in ["oneOf", "anyOf", "allOf"] {
        for part in schema[form].as_array().into_iter().flatten() {
            collect_ids(document, part, pointer, ids);
        }
    }
}
