//! Filling templates in, as in Meta's reference.

mod carousels;
mod codes;
mod filled;
mod flows;
mod offers;
mod parameters;
mod places;
mod unsupported;
mod warnings;

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::*;

fn read(components: &Value) -> Result<TemplateShape, Unsupported> {
    TemplateShape::read(components, "POSITIONAL", &Category::Utility)
}

fn now() -> DateTime<Utc> {
    "2026-12-01T12:00:00Z".parse().unwrap()
}

fn compose(shape: &TemplateShape, variables: &Variables) -> Result<Composed, ComposeError> {
    super::compose(shape, variables, now())
}

fn variables(pairs: &[(&str, &str)]) -> Variables {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

fn ticket() -> TemplateShape {
    let components = json!([
        {"type": "HEADER", "format": "TEXT", "text": "Commande {{1}}"},
        {"type": "BODY", "text": "Merci {{1}}, total {{2}} FCFA."},
        {"type": "FOOTER", "text": "Boutique Faso"},
        {"type": "BUTTONS", "buttons": [
            {"type": "QUICK_REPLY", "text": "Stop"},
            {"type": "URL", "text": "Voir", "url": "https://boutique.example/t/{{1}}"}]}
    ]);
    read(&components).unwrap()
}

#[test]
fn a_positional_template_is_filled_in_part_by_part() {
    let given = variables(&[
        ("header.1", "A7"),
        ("1", "Awa"),
        ("2", "12 500"),
        ("button.1", "a7"),
    ]);
    let filled = compose(&ticket(), &given).unwrap().components;
    assert_eq!(
        filled,
        json!([
            {"type": "header", "parameters": [{"type": "text", "text": "A7"}]},
            {"type": "body", "parameters": [{"type": "text", "text": "Awa"}, {"type": "text", "text": "12 500"}]},
            {"type": "button", "sub_type": "url", "index": "1", "parameters": [{"type": "text", "text": "a7"}]}
        ])
    );
}

#[test]
fn a_named_template_names_each_parameter() {
    let components = json!([{"type": "BODY", "text": "Bonjour {{prenom}} !"}]);
    let shape = TemplateShape::read(&components, "NAMED", &Category::Utility).unwrap();
    let filled = compose(&shape, &variables(&[("prenom", "Awa")]))
        .unwrap()
        .components;
    assert_eq!(filled[0]["parameters"][0]["parameter_name"], "prenom");
}

#[test]
fn what_is_wrong_names_its_variable() {
    let full = [
        ("header.1", "A7"),
        ("1", "Awa"),
        ("2", "12 500"),
        ("button.1", "a7"),
    ];
    let with = |name: &str, value: &str| {
        let mut given = variables(&full);
        given.insert(name.to_owned(), value.to_owned());
        compose(&ticket(), &given).unwrap_err()
    };
    assert_eq!(
        with("2", " "),
        ComposeError::Missing {
            name: "2".to_owned()
        }
    );
    assert_eq!(
        with("3", "x"),
        ComposeError::Unexpected {
            name: "3".to_owned()
        }
    );
    assert_eq!(
        with("1", "Awa\nK."),
        ComposeError::Layout {
            name: "1".to_owned()
        }
    );
    assert!(matches!(
        with("1", &"a".repeat(1024)),
        ComposeError::TooLong { .. }
    ));
}

fn with_header(format: &str) -> TemplateShape {
    let components = json!([
        {"type": "HEADER", "format": format, "example": {"header_handle": ["https://scontent.example/a.pdf"]}},
        {"type": "BODY", "text": "Bonjour {{1}}."}
    ]);
    read(&components).unwrap()
}

#[test]
fn a_header_of_media_takes_a_file_of_ours_and_a_document_its_name() {
    let id = "0197a2b8-1c00-7000-8000-00000000002a";
    let shape = with_header("DOCUMENT");
    assert_eq!(shape.variable_names(), ["header.document", "1"]);
    let given = [("header.document", id), ("1", "Awa")];
    let filled = compose(&shape, &variables(&given)).unwrap().components;
    assert_eq!(
        filled[0],
        json!({"type": "header", "parameters": [{"type": "document", "document": {"id": id}}]})
    );
    let named = [&given[..], &[("header.filename", "ticket.pdf")]].concat();
    let filled = compose(&shape, &variables(&named)).unwrap().components;
    assert_eq!(
        filled[0]["parameters"][0]["document"]["filename"],
        "ticket.pdf"
    );
    let given = variables(&named);
    let file = shape.files(&given).next().unwrap();
    assert_eq!(
        (file.variable, file.media_id.to_string()),
        ("header.document", id.to_owned())
    );
    assert_eq!(file.filename_variable().unwrap(), "header.filename");
    assert_eq!(compose(&shape, &given).unwrap().media_ids, [file.media_id]);
    let shouted = [("header.image", id.to_uppercase()), ("1", "Awa".to_owned())];
    let shouted = shouted.map(|(name, value)| (name.to_owned(), value)).into();
    let filled = compose(&with_header("IMAGE"), &shouted).unwrap().components;
    assert_eq!(
        filled[0]["parameters"][0],
        json!({"type": "image", "image": {"id": id}})
    );
}

#[test]
fn what_is_wrong_with_a_file_names_its_variable() {
    let id = "0197a2b8-1c00-7000-8000-00000000002a";
    let refused = |format, pairs: &[(&str, &str)]| {
        compose(&with_header(format), &variables(pairs)).unwrap_err()
    };
    let missing = refused("IMAGE", &[("1", "Awa")]);
    assert_eq!(
        missing,
        ComposeError::Missing {
            name: "header.image".to_owned()
        }
    );
    let no_id = refused("VIDEO", &[("1", "Awa"), ("header.video", "film.mp4")]);
    assert_eq!(
        no_id,
        ComposeError::NoMediaId {
            name: "header.video".to_owned()
        }
    );
    let name = ("header.filename", "a.png");
    let of_image = refused("IMAGE", &[("1", "Awa"), ("header.image", id), name]);
    assert_eq!(of_image.variable(), "header.filename");
    let long = "n".repeat(129);
    let document = [("1", "Awa"), ("header.document", id)];
    for name in ["", "a\nb", &long] {
        let given = [&document[..], &[("header.filename", name)]].concat();
        assert_eq!(refused("DOCUMENT", &given).variable(), "header.filename");
    }
}

#[test]
fn only_approved_reinstated_and_flagged_templates_are_sendable() {
    for (word, sendable) in [
        ("approved", true),
        ("REINSTATED", true),
        ("FLAGGED", true),
        ("PAUSED", false),
        ("NEW", false),
    ] {
        assert_eq!(
            TemplateStatus::from_meta(word).is_sendable(),
            sendable,
            "{word}"
        );
    }
}
