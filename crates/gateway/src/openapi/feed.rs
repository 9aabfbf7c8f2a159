//! The schemas of the event feed: one for each type of event, generated from `common::feed`.

use common::feed::{EventType, Field, FieldValue, Presence};
use serde_json::{Map, Value, json};

use super::set;
use crate::api::events::Event;

const DESCRIPTION: &str = "An event; `type` says what happened. Later versions may add types, fields and values: \
ignore those that you do not know. `x-version` of a type rises only if its data change in another way.";

/// Replaces the schema of an event by one for each type.
pub(super) fn add(document: &mut Value) {
    let event = document.pointer("/components/schemas/Event").cloned();
    let event = event.unwrap_or_default();
    let (mut one_of, mut mapping) = (Vec::new(), Map::new());
    for event_type in EventType::ALL.iter().copied() {
        let name = schema_name(event_type);
        let reference = format!("#/components/schemas/{name}");
        let schema = schema(&event, event_type);
        set(document, &["components", "schemas", &name], schema);
        one_of.push(json!({ "$ref": reference }));
        mapping.insert(event_type.as_str().to_owned(), json!(reference));
    }
    let any = json!({
        "description": DESCRIPTION,
        "oneOf": one_of,
        "discriminator": { "propertyName": "type", "mapping": mapping },
    });
    set(document, &["components", "schemas", "Event"], any);
}

/// `MessageSentEvent` for `message.sent`.
fn schema_name(event_type: EventType) -> String {
    let capitalised = |part: &str| {
        let mut letters = part.chars();
        let first = letters.next().map(|letter| letter.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    let parts = event_type.as_str().split(['.', '_']).map(capitalised);
    parts.chain(["Event".to_owned()]).collect()
}

/// The schema of an event, restricted to a type.
fn schema(event: &Value, event_type: EventType) -> Value {
    let mut schema = event.clone();
    let name = json!({ "type": "string", "const": event_type.as_str() });
    for (path, value) in [
        (vec!["description"], json!(event_type.meaning())),
        (vec!["x-version"], json!(event_type.version())),
        (vec!["example"], Event::example(event_type)),
        (vec!["properties", "type"], name),
        (vec!["properties", "data"], data(event_type)),
    ] {
        set(&mut schema, &path, value);
    }
    let subjects = event_type.subjects();
    for (name, presence) in [
        ("message_id", subjects.message),
        ("campaign_id", subjects.campaign),
        ("inbound_message_id", subjects.inbound),
    ] {
        narrow(&mut schema, name, presence);
    }
    schema
}

/// Marks an id as given or null.
fn narrow(schema: &mut Value, name: &str, presence: Presence) {
    match presence {
        Presence::Always => {
            set(schema, &["properties", name, "type"], json!("string"));
            let required = schema.get_mut("required").and_then(Value::as_array_mut);
            required
                .into_iter()
                .for_each(|names| names.push(json!(name)));
        }
        Presence::Sometimes => {}
        Presence::Never => set(schema, &["properties", name], json!({ "type": "null" })),
    }
}

fn data(event_type: EventType) -> Value {
    let fields = event_type.fields();
    let required = fields.iter().filter(|field| field.is_required);
    let required: Vec<&str> = required.map(|field| field.name).collect();
    let properties: Map<String, Value> = fields
        .iter()
        .map(|field| (field.name.to_owned(), property(field)))
        .collect();
    json!({ "type": "object", "properties": properties, "required": required })
}

fn property(field: &Field) -> Value {
    let mut schema = match &field.value {
        FieldValue::Integer => json!({ "type": "integer" }),
        FieldValue::Text => json!({ "type": "string" }),
        FieldValue::Uuid => json!({ "type": "string", "format": "uuid" }),
        FieldValue::MetaId => json!({ "type": "string", "pattern": "^[0-9]{1,32}$" }),
        FieldValue::Time => json!({ "type": "string", "format": "date-time" }),
        FieldValue::Explanation => json!({
            "type": "object",
            "properties": { "en": { "type": "string" }, "fr": { "type": "string" } },
            "required": ["en", "fr"],
        }),
        FieldValue::OneOf(values) => json!({ "type": "string", "enum": values }),
    };
    set(&mut schema, &["description"], json!(field.meaning));
    if field.is_nullable {
        allow_null(&mut schema);
    }
    schema
}

fn allow_null(schema: &mut Value) {
    let own = schema.get("type").cloned();
    set(schema, &["type"], json!([own, "null"]));
    let values = schema.get_mut("enum").and_then(Value::as_array_mut);
    values
        .into_iter()
        .for_each(|values| values.push(Value::Null));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openapi::complete;

    fn schema_of(document: &Value, event_type: EventType) -> Value {
        document["components"]["schemas"][schema_name(event_type)].clone()
    }

    #[test]
    fn every_type_has_a_schema_that_its_example_fits() {
        let document = complete();
        let mapping = &document["components"]["schemas"]["Event"]["discriminator"]["mapping"];
        for event_type in EventType::ALL.iter().copied() {
            let schema = schema_of(&document, event_type);
            let reference = format!("#/components/schemas/{}", schema_name(event_type));
            assert_eq!(mapping[event_type.as_str()], reference);
            assert_eq!(schema["properties"]["type"]["const"], event_type.as_str());
            assert_eq!(schema["example"]["type"], event_type.as_str());
            let example = schema["example"].as_object().unwrap();
            let properties = schema["properties"].as_object().unwrap();
            assert!(example.keys().eq(properties.keys()), "{event_type:?}");
            for name in schema["required"].as_array().unwrap() {
                let value = &example[name.as_str().unwrap()];
                assert!(!value.is_null(), "{event_type:?}: {name}");
            }
        }
        let types = document["components"]["schemas"]["Event"]["oneOf"].as_array();
        assert_eq!(types.unwrap().len(), EventType::ALL.len());
    }

    #[test]
    fn a_schema_says_which_ids_and_fields_are_given() {
        let document = complete();
        let held = schema_of(&document, EventType::MessageHeld);
        let properties = &held["properties"];
        assert_eq!(properties["message_id"]["type"], "string");
        assert_eq!(properties["campaign_id"]["type"], json!(["string", "null"]));
        assert_eq!(properties["inbound_message_id"], json!({ "type": "null" }));
        assert!(
            held["required"]
                .as_array()
                .unwrap()
                .contains(&json!("message_id"))
        );
        let data = &properties["data"];
        assert_eq!(data["required"], json!(["reason"]));
        assert_eq!(
            data["properties"]["error_code"]["type"],
            json!(["integer", "null"])
        );
        let reasons = data["properties"]["reason"]["enum"].as_array().unwrap();
        assert!(reasons.contains(&json!("messaging_limit")));
    }

    #[test]
    fn a_name_that_may_be_missing_may_be_null_in_its_list_of_values() {
        let document = complete();
        let received = schema_of(&document, EventType::InboundReceived);
        let keyword = &received["properties"]["data"]["properties"]["keyword"];
        assert_eq!(
            keyword["enum"],
            json!(["opt_out", "opt_in", "support", null])
        );
        assert_eq!(keyword["type"], json!(["string", "null"]));
    }
}
