//! Templates that break one rule of texts, variables and examples.

use serde_json::{Value, json};

use crate::bases::{carousel, named, offer, utility};
use crate::{Case, with};

const BODY: &str = "/components/1/text";
const HEADER: &str = "/components/0/text";

/// With this body and these examples.
fn body(text: &str, examples: &[&str]) -> Value {
    let example = match examples {
        [] => Value::Null,
        examples => json!({"body_text": [examples]}),
    };
    let body = json!({"type": "BODY", "text": text, "example": example});
    with(utility(), &[("/components/1", body)])
}

fn named_body(text: &str) -> Value {
    with(named(), &[("/components/0/text", json!(text))])
}

/// With this header without variables.
fn header(text: &str) -> Value {
    let header = json!({"type": "HEADER", "format": "TEXT", "text": text});
    with(utility(), &[("/components/0", header)])
}

pub(crate) fn cases() -> Vec<Case> {
    [
        lengths(),
        lengths_of_buttons(),
        filled_lengths(),
        variables(),
        names_and_numbers(),
        examples(),
        headers(),
    ]
    .concat()
}

fn lengths() -> Vec<Case> {
    vec![
        ("text.length", BODY, body(&"é".repeat(1_025), &[])),
        ("text.length", HEADER, header(&"é".repeat(61))),
        (
            "text.length",
            "/components/2/text",
            of(utility(), "/components/2/text", 61),
        ),
        (
            "text.length",
            "/components/2/text",
            of(offer(), "/components/2/text", 601),
        ),
        (
            "text.length",
            "/components/1/limited_time_offer/text",
            of(offer(), "/components/1/limited_time_offer/text", 17),
        ),
        (
            "text.length",
            "/components/1/cards/0/components/1/text",
            of(carousel(), "/components/1/cards/0/components/1/text", 161),
        ),
    ]
}

fn lengths_of_buttons() -> Vec<Case> {
    vec![
        (
            "text.length",
            "/components/3/buttons/0/text",
            of(utility(), "/components/3/buttons/0/text", 26),
        ),
        (
            "text.length",
            "/components/3/buttons/2/phone_number",
            of(utility(), "/components/3/buttons/2/phone_number", 21),
        ),
        (
            "text.length",
            "/components/3/buttons/0/example",
            of(offer(), "/components/3/buttons/0/example", 16),
        ),
        (
            "text.length",
            "/components/3/buttons/1/url",
            of(offer(), "/components/3/buttons/1/url", 2_001),
        ),
    ]
}

fn filled_lengths() -> Vec<Case> {
    let long = "a".repeat(1_020);
    let link = "/components/3/buttons/1";
    vec![
        ("text.filled_length", BODY, body("Bonjour {{1}}.", &[&long])),
        (
            "text.filled_length",
            "/components/3/buttons/1/url",
            with(
                utility(),
                &[(&format!("{link}/example/0"), json!("a".repeat(1_990)))],
            ),
        ),
        (
            "text.filled_length",
            "/components/3/buttons/1/url",
            with(
                utility(),
                &[(
                    &format!("{link}/example/0"),
                    json!(format!("https://{}", "a".repeat(2_000))),
                )],
            ),
        ),
    ]
}

/// The template with a text of this length at a place.
fn of(base: Value, at: &str, length: usize) -> Value {
    with(base, &[(at, json!("é".repeat(length)))])
}

fn variables() -> Vec<Case> {
    vec![
        ("variable.braces", BODY, body("Bonjour {{1}, merci.", &[])),
        ("variable.braces", BODY, body("Bonjour 1}}, merci.", &[])),
        (
            "variable.braces",
            BODY,
            body("Bonjour {{ 1 }}, merci.", &["Awa"]),
        ),
        (
            "variable.characters",
            BODY,
            body("Bonjour {{#1}}, merci.", &["Awa"]),
        ),
        (
            "variable.characters",
            "/components/0/text",
            named_body("Bonjour {{prix_$}}, merci."),
        ),
        (
            "variable.at_start",
            BODY,
            body(" {{1}}, merci beaucoup.", &["Awa"]),
        ),
        (
            "variable.at_end",
            BODY,
            body("Merci beaucoup {{1}}\n", &["Awa"]),
        ),
        (
            "variable.adjacent",
            BODY,
            body("Bonjour {{1}}{{2}}, merci beaucoup.", &["Awa", "K."]),
        ),
        (
            "variable.ratio",
            BODY,
            body("Oui {{1}}, {{2}}, {{3}} !", &["a", "b", "c"]),
        ),
    ]
}

fn names_and_numbers() -> Vec<Case> {
    vec![
        (
            "variable.number",
            BODY,
            body("Bonjour {{prenom}}, merci.", &["Awa"]),
        ),
        (
            "variable.sequence",
            BODY,
            body("Bonjour {{1}} et {{3}}, merci.", &["Awa", "Ali"]),
        ),
        (
            "variable.sequence",
            BODY,
            body("Bonjour {{01}}, merci.", &["Awa"]),
        ),
        (
            "variable.name",
            "/components/0/text",
            named_body("Bonjour {{Prenom}}, merci."),
        ),
        (
            "variable.name",
            "/components/0/text",
            named_body("Bonjour {{1}}, merci."),
        ),
    ]
}

fn examples() -> Vec<Case> {
    let unexpected = json!({"param_name": "nom", "example": "K."});
    let list = "/components/0/example/body_text_named_params/-";
    let missing = "/components/1/example";
    vec![
        (
            "example.missing",
            missing,
            body("Bonjour {{1}}, merci.", &[]),
        ),
        (
            "example.missing",
            missing,
            with(
                utility(),
                &[("/components/1/example", json!({"body_text": [[]]}))],
            ),
        ),
        (
            "example.missing",
            "/components/1/example/body_text/0/0",
            body("Bonjour {{1}}, merci.", &[" "]),
        ),
        (
            "example.missing",
            "/components/0/example",
            named_body("Bonjour {{prenom}}, merci {{nom}} aussi."),
        ),
        (
            "example.count",
            missing,
            body("Bonjour {{1}}, merci.", &["Awa", "Ali"]),
        ),
        ("example.count", missing, body("Bonjour à tous.", &["Awa"])),
        (
            "example.unexpected",
            "/components/0/example/body_text_named_params/1",
            with(named(), &[(list, unexpected)]),
        ),
    ]
}

fn headers() -> Vec<Case> {
    let two = json!({"type": "HEADER", "format": "TEXT", "text": "De {{1}} à {{2}}", "example": {"header_text": ["a", "b"]}});
    vec![
        (
            "header.variables",
            HEADER,
            with(utility(), &[("/components/0", two)]),
        ),
        ("header.line_break", HEADER, header("Bonjour\nà tous")),
        ("header.formatting", HEADER, header("Prix * 2")),
        ("header.formatting", HEADER, header("Très _bon_ prix")),
        ("header.emoji", HEADER, header("Bonjour 👋🏾")),
        ("header.emoji", HEADER, header("Bonjour ☎️")),
        (
            "footer.variables",
            "/components/2/text",
            with(utility(), &[("/components/2/text", json!("Merci {{1}}"))]),
        ),
    ]
}
