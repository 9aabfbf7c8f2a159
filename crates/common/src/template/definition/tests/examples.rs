//! Every example of Meta's OpenAPI file and every shape of its reference is valid, or breaks the rules listed here.

use serde_json::Value;

use super::{TemplateDefinition, broken};

static OPENAPI: &str = include_str!("fixtures/openapi.json");
static REFERENCE: &str = include_str!("fixtures/reference.json");

/// Examples that Meta itself would not take: their names are placeholders, or they name the app as Meta no longer
/// allows.
const INVALID: [(&str, &str, &str); 5] = [
    (
        "Create Flow Template Message by Flow JSON",
        "name.characters",
        "/name",
    ),
    (
        "Create Flow Template Message by ID",
        "name.characters",
        "/name",
    ),
    (
        "Create Flow Template Message by Name",
        "name.characters",
        "/name",
    ),
    (
        "Create authentication template w/ OTP one-tap autofill button",
        "apps.outside",
        "/components/2/buttons/0",
    ),
    (
        "Create catalog template",
        "apps.outside",
        "/components/2/buttons/0",
    ),
];

fn examples(fixture: &str) -> Vec<(String, Value)> {
    let examples: Vec<Value> = serde_json::from_str(fixture).expect("JSON");
    let examples = examples.into_iter();
    examples
        .map(|example| {
            let title = example["title"].as_str().expect("a title").to_owned();
            (title, example["template"].clone())
        })
        .collect()
}

#[test]
fn the_examples_of_the_openapi_file_are_valid_or_listed() {
    let examples = examples(OPENAPI);
    assert_eq!(examples.len(), 12);
    for (title, template) in examples {
        let listed = INVALID.iter().find(|(invalid, ..)| *invalid == title);
        let expected: Vec<(&str, String)> = listed
            .map(|(_, rule, pointer)| (*rule, (*pointer).to_owned()))
            .into_iter()
            .collect();
        assert_eq!(broken(&template), expected, "{title}");
    }
}

#[test]
fn the_flow_examples_are_valid_once_they_have_a_name() {
    let flows = examples(OPENAPI)
        .into_iter()
        .filter(|(title, _)| title.contains("Flow"));
    for (title, mut template) in flows {
        template["name"] = Value::from("offer");
        assert_eq!(broken(&template), [], "{title}");
    }
}

#[test]
fn the_shapes_of_the_reference_are_written_as_they_were_read() {
    for (title, template) in examples(REFERENCE) {
        let definition = TemplateDefinition::parse(&template);
        let definition = definition.unwrap_or_else(|faults| panic!("{title}: {faults:?}"));
        assert_eq!(definition.to_meta(), template, "{title}");
    }
}

#[test]
fn the_examples_of_the_openapi_file_survive_a_round_trip() {
    let definitions = examples(OPENAPI).into_iter();
    let definitions = definitions.filter_map(|(_, it)| TemplateDefinition::parse(&it).ok());
    let definitions: Vec<TemplateDefinition> = definitions.collect();
    assert_eq!(definitions.len(), 12 - INVALID.len());
    for definition in definitions {
        assert_eq!(
            TemplateDefinition::parse(&definition.to_meta()),
            Ok(definition)
        );
    }
}
