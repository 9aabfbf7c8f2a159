//! What annotations cannot express: fields of a body that exclude each other, and the values of parameters.

use common::campaign::SkipReason;
use common::message::MessageState;
use common::template::PublicationState;
use serde_json::{Map, Value, json};

use super::set;

/// The fields of the recipient.
const RECIPIENTS: [&str; 2] = ["to", "recipient"];
/// The fields of the content of a message.
const CONTENTS: [&str; 7] = [
    "template",
    "text",
    "location",
    "interactive",
    "document",
    "image",
    "video",
];
/// The fields of an action, and the type that each belongs to.
const ACTIONS: [(&str, &[&str]); 3] = [
    ("button", &["buttons"]),
    ("list", &["button", "sections"]),
    ("cta_url", &["name", "parameters"]),
];

/// Adds the rules to a complete document.
pub(super) fn add(document: &mut Value) {
    let recipients = |schema: &Value| json!({ "oneOf": branches(schema, &RECIPIENTS, &[]) });
    constrain(document, "ContactToErase", |schema| {
        json!([recipients(schema)])
    });
    constrain(document, "MessageToSend", |schema| {
        let contents = branches(schema, &CONTENTS, &[("variables", "template")]);
        json!([recipients(schema), { "oneOf": contents }])
    });
    let action = document.pointer("/components/schemas/ActionToSend");
    let actions = actions(&action.cloned().unwrap_or_default());
    constrain(
        document,
        "InteractiveToSend",
        |_| json!([{ "oneOf": actions }]),
    );
    let source = document.pointer_mut("/components/schemas/VariableSource/oneOf");
    for form in source.and_then(Value::as_array_mut).into_iter().flatten() {
        form["additionalProperties"] = json!(false);
    }
    let operations = document.get_mut("paths").and_then(Value::as_object_mut);
    for path in operations.into_iter().flat_map(|paths| paths.values_mut()) {
        let operations = path.as_object_mut().into_iter();
        operations
            .flat_map(|path| path.values_mut())
            .for_each(refine);
    }
}

/// Adds `allOf` to the schema of a body.
fn constrain(document: &mut Value, name: &str, rules: impl FnOnce(&Value) -> Value) {
    let schema = document.pointer_mut(&format!("/components/schemas/{name}"));
    if let Some(schema) = schema.filter(|schema| schema.is_object()) {
        schema["allOf"] = rules(schema);
    }
}

/// One branch for each of the fields: it is present, and the others are not. Companions are allowed with their owner
/// only.
fn branches(schema: &Value, fields: &[&str], companions: &[(&str, &str)]) -> Vec<Value> {
    let branch = |field: &&str| {
        let others = fields.iter().filter(|other| *other != field).copied();
        let strangers = companions.iter().filter(|(_, owner)| owner != field);
        let absent = others.chain(strangers.map(|(companion, _)| *companion));
        present(schema, &[field], absent)
    };
    fields.iter().map(branch).collect()
}

/// One branch for each type of an interactive message.
fn actions(action: &Value) -> Vec<Value> {
    let branch = |(kind, own): &(&str, &[&str])| {
        let others = ACTIONS.iter().filter(|(other, _)| other != kind);
        let absent = others.flat_map(|(_, fields)| fields.iter().copied());
        json!({ "properties": {
            "type": { "const": kind },
            "action": present(action, own, absent),
        } })
    };
    ACTIONS.iter().map(branch).collect()
}

/// An object that has some of the schema's fields, not null, and lacks others.
fn present<'a>(schema: &Value, fields: &[&str], absent: impl Iterator<Item = &'a str>) -> Value {
    let mut properties = Map::new();
    for name in absent {
        properties.insert(name.to_owned(), json!({ "type": "null" }));
    }
    for name in fields {
        let own = schema.pointer(&format!("/properties/{name}"));
        let own = own.map(not_null).unwrap_or_default();
        properties.insert((*name).to_owned(), own);
    }
    json!({ "required": fields, "properties": properties })
}

/// The schema without null.
fn not_null(schema: &Value) -> Value {
    let is_null = |schema: &&Value| schema["type"] == "null";
    if let Some(forms) = schema["oneOf"].as_array() {
        let form = forms.iter().find(|form| !is_null(form));
        return json!({ "$ref": form.map(|form| &form["$ref"]) });
    }
    let types = schema["type"].as_array().into_iter().flatten();
    let word = types.into_iter().find(|word| *word != "null");
    json!({ "type": word.unwrap_or(&schema["type"]) })
}

/// Rules for single parameters and bodies of calls.
fn refine(operation: &mut Value) {
    let id = operation.get("operationId").and_then(Value::as_str);
    let of_publications = id.is_some_and(|id| id.starts_with("list_publications"));
    let parameters = operation
        .get_mut("parameters")
        .and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten() {
        let words = match parameter["name"].as_str() {
            Some("state") if of_publications => {
                json!(PublicationState::ALL.map(PublicationState::as_str))
            }
            Some("state") => json!(MessageState::ALL.map(MessageState::as_str)),
            Some("reason") => json!(SkipReason::ALL.map(SkipReason::as_str)),
            _ => continue,
        };
        set(parameter, &["schema", "enum"], words);
    }
    if let Some(file) = operation.pointer_mut("/requestBody/content/text~1csv/schema") {
        file["minLength"] = json!(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::openapi::complete;

    #[test]
    fn a_message_has_one_recipient_and_one_content() {
        let document = complete();
        let rules = &document["components"]["schemas"]["MessageToSend"]["allOf"];
        let to = json!({
            "required": ["to"],
            "properties": { "to": { "type": "string" }, "recipient": { "type": "null" } },
        });
        assert_eq!(rules[0]["oneOf"][0], to);
        let contents = rules[1]["oneOf"].as_array().unwrap();
        assert_eq!(contents.len(), CONTENTS.len());
        for (content, name) in contents.iter().zip(CONTENTS) {
            assert_eq!(content["required"], json!([name]));
            let fields = content["properties"].as_object().unwrap();
            assert!(fields[name]["$ref"].is_string(), "{name}");
            // Variables are allowed with a template only.
            assert_eq!(fields.contains_key("variables"), name != "template");
            assert!(CONTENTS.iter().all(|other| fields.contains_key(*other)));
        }
    }

    #[test]
    fn an_action_has_the_fields_of_its_type() {
        let document = complete();
        let rules = &document["components"]["schemas"]["InteractiveToSend"]["allOf"];
        let list = &rules[0]["oneOf"][1]["properties"];
        assert_eq!(list["type"]["const"], "list");
        assert_eq!(list["action"]["required"], json!(["button", "sections"]));
        let fields = &list["action"]["properties"];
        assert_eq!(fields["sections"], json!({ "type": "array" }));
        assert_eq!(fields["parameters"], json!({ "type": "null" }));
    }

    #[test]
    fn variables_are_texts_in_a_message_and_have_one_source_in_a_campaign() {
        let document = complete();
        let schemas = &document["components"]["schemas"];
        let of_message = schemas["MessageToSend"]["properties"]["variables"].to_string();
        assert!(
            of_message.contains(r#""additionalProperties":{"type":"string"}"#),
            "{of_message}"
        );
        let of_campaign = &schemas["CampaignToPrepare"]["properties"]["variables"];
        let source = &of_campaign["additionalProperties"]["$ref"];
        assert_eq!(source, "#/components/schemas/VariableSource");
        for form in schemas["VariableSource"]["oneOf"].as_array().unwrap() {
            assert_eq!(form["additionalProperties"], false);
        }
    }

    #[test]
    fn parameters_that_take_words_name_them() {
        let document = complete();
        for (path, name, word) in [
            ("/v1/messages", "state", "delivered"),
            (
                "/v1/campaigns/{campaign_id}/skipped-recipients",
                "reason",
                "duplicate",
            ),
        ] {
            let parameters = document["paths"][path]["get"]["parameters"].as_array();
            let parameter = parameters
                .unwrap()
                .iter()
                .find(|given| given["name"] == name);
            let words = parameter.unwrap()["schema"]["enum"].as_array().unwrap();
            assert!(words.iter().any(|known| known == word), "{name}");
        }
    }
}
