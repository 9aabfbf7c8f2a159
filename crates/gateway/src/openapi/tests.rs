//! Rules for the whole document.

use std::collections::BTreeSet;

use common::access::PermissionSet;

use super::*;

fn operations(paths: &Value) -> BTreeSet<(String, String)> {
    let paths = paths.as_object().unwrap();
    let operation = |(path, item): (&String, &Value)| {
        let methods = item.as_object().unwrap().keys();
        methods
            .map(|method| (path.clone(), method.clone()))
            .collect::<Vec<_>>()
    };
    paths.iter().flat_map(operation).collect()
}

#[test]
fn every_operation_has_an_id_of_its_own_a_key_a_permission_and_a_problem() {
    let document: Value = serde_json::from_str(&openapi()).unwrap();
    assert_eq!(document["openapi"], "3.1.0");
    let mut ids = BTreeSet::new();
    for (path, method) in operations(&document["paths"]) {
        let operation = &document["paths"][&path][&method];
        assert!(
            ids.insert(operation["operationId"].as_str().unwrap().to_owned()),
            "{path}"
        );
        assert!(operation["summary"].is_string(), "{method} {path}");
        assert!(
            !operation["security"].as_array().unwrap().is_empty(),
            "{method} {path}"
        );
        let permission = operation["x-permission"].as_str().unwrap();
        assert!(
            PermissionSet::all()
                .iter()
                .any(|it| it.as_str() == permission),
            "{method} {path}"
        );
        assert!(
            operation["responses"]["default"].is_object(),
            "{method} {path}"
        );
        for parameter in path
            .split('/')
            .filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
        {
            let named = |given: &&Value| given["name"] == parameter && given["in"] == "path";
            assert_eq!(
                operation["parameters"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .filter(named)
                    .count(),
                1,
                "{path}"
            );
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    let document: Value = serde_json::from_str(&openapi()).unwrap();
    let text = openapi();
    for part in text.split("\"$ref\": \"#").skip(1) {
        let pointer = part.split('"').next().unwrap();
        assert!(document.pointer(pointer).is_some(), "{pointer}");
    }
}

#[test]
fn files_are_bytes_in_every_form_in_which_they_come() {
    let document: Value = serde_json::from_str(&openapi()).unwrap();
    for path in ["/v1/media", "/v1/businesses/{business_id}/media"] {
        let forms = &document["paths"][path]["post"]["requestBody"]["content"];
        let bytes = json!({ "type": "string", "format": "binary", "minLength": 1 });
        for media_type in common::media::MediaType::all() {
            assert_eq!(forms[media_type.as_str()]["schema"], bytes, "{path}");
        }
        let form = &forms["multipart/form-data"]["schema"];
        assert_eq!(form["properties"]["file"], bytes);
        assert_eq!(form["required"], json!(["file"]));
    }
    for (path, method) in operations(&document["paths"]) {
        let body = document["paths"][&path][&method]["requestBody"].to_string();
        let is_bytes_one_by_one = body.contains("\"array\"") && body.contains("int32");
        assert!(!is_bytes_one_by_one, "{method} {path}");
    }
}

#[test]
fn what_creates_takes_an_idempotency_key() {
    let document: Value = serde_json::from_str(&openapi()).unwrap();
    for (path, method) in operations(&document["paths"]) {
        let operation = &document["paths"][&path][&method];
        let creates = method == "post" && operation["responses"].get("201").is_some();
        let takes = operation.to_string().contains("Idempotency-Key\"");
        assert!(!creates || takes, "{method} {path}");
    }
}
