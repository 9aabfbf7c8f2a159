//! Which values Meta gets for the variables of a text, in which order. The test applies Meta's rule: one parameter for
//! each distinct variable, and the n-th replaces `{{n}}`.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::*;
use super::{compose, read, variables};

const NAMES: [&str; 12] = [
    "prenom", "code", "montant", "date", "heure", "lieu", "nom_2", "a", "b", "zz", "total", "_x",
];

/// The parts of a text: the number of a variable, the spaces within its braces, and the text that follows it.
type Pieces = Vec<(usize, usize, String)>;

fn text(pieces: &Pieces, name: impl Fn(usize) -> String) -> String {
    let piece = |(variable, spaces, after): &(usize, usize, String)| {
        let space = " ".repeat(*spaces);
        format!("{{{{{space}{}{space}}}}}{after}", name(*variable))
    };
    format!("Bonjour {}", pieces.iter().map(piece).collect::<String>())
}

fn value(variable: usize) -> String {
    format!("valeur {variable} {{{{1}}}}")
}

fn as_read(pieces: &Pieces) -> String {
    let piece =
        |(variable, _, after): &(usize, usize, String)| format!("{}{after}", value(*variable));
    format!("Bonjour {}", pieces.iter().map(piece).collect::<String>())
}

/// The text as a client reads it, by Meta's rule for numbers and for names.
fn filled_in_by_meta(pieces: &Pieces, parameters: &[Value]) -> String {
    let of = |variable: usize| {
        let named = |parameter: &&Value| parameter["parameter_name"] == NAMES[variable - 1];
        let parameter = parameters.iter().find(named);
        let parameter = parameter.unwrap_or_else(|| &parameters[variable - 1]);
        parameter["text"].as_str().unwrap().to_owned()
    };
    let piece = |(variable, _, after): &(usize, usize, String)| format!("{}{after}", of(*variable));
    format!("Bonjour {}", pieces.iter().map(piece).collect::<String>())
}

/// Texts with the variables 1 to n, each at least once, in any order.
fn pieces() -> impl Strategy<Value = (usize, Pieces)> {
    (1_usize..=12)
        .prop_flat_map(|count| {
            let repeated = prop::collection::vec(1..=count, 0..6);
            let order = repeated.prop_map(move |more| (1..=count).chain(more).collect::<Vec<_>>());
            (Just(count), order.prop_shuffle())
        })
        .prop_flat_map(|(count, order)| {
            let len = order.len();
            let spaces = prop::collection::vec(0_usize..3, len);
            let after = prop::collection::vec("[ a-zé,.}!]{0,6}", len);
            (Just(count), Just(order), spaces, after)
        })
        .prop_map(|(count, order, spaces, after)| {
            let pieces = order.into_iter().zip(spaces).zip(after);
            (
                count,
                pieces
                    .map(|((variable, spaces), after)| (variable, spaces, after))
                    .collect(),
            )
        })
}

proptest! {
    #[test]
    fn any_order_and_repetition_of_numbers_gets_the_right_values((count, pieces) in pieces()) {
        let body = text(&pieces, |variable| variable.to_string());
        let template = json!([{"type": "BODY", "text": body}]);
        let shape = read(&template).unwrap();
        let asked: Vec<String> = (1..=count).map(|variable| variable.to_string()).collect();
        prop_assert_eq!(shape.variable_names(), asked.clone());
        let given = asked.into_iter().zip((1..).map(value)).collect();
        let composed = compose(&shape, &given).unwrap();
        prop_assert_eq!(composed.preview(&template).body, as_read(&pieces));
        prop_assert_eq!(preview(&template, &given).body, as_read(&pieces));
        let parameters = composed.components[0]["parameters"].as_array().unwrap();
        prop_assert_eq!(parameters.len(), count);
        prop_assert_eq!(filled_in_by_meta(&pieces, parameters), as_read(&pieces));
    }

    #[test]
    fn any_order_and_repetition_of_names_gets_the_right_values((count, pieces) in pieces()) {
        let body = text(&pieces, |variable| NAMES[variable - 1].to_owned());
        let components = json!([{"type": "BODY", "text": body}]);
        let shape = TemplateShape::read(&components, "NAMED", &Category::Marketing).unwrap();
        let given = (1..=count).map(|variable| (NAMES[variable - 1].to_owned(), value(variable))).collect();
        let composed = compose(&shape, &given).unwrap();
        prop_assert_eq!(composed.preview(&components).body, as_read(&pieces));
        let parameters = composed.components[0]["parameters"].as_array().unwrap();
        prop_assert_eq!(parameters.len(), count);
        prop_assert_eq!(filled_in_by_meta(&pieces, parameters), as_read(&pieces));
    }

    #[test]
    fn numbers_with_a_gap_are_refused(count in 2_u32..9, missing in any::<prop::sample::Index>()) {
        let missing = u32::try_from(missing.index(usize::try_from(count).unwrap() - 1)).unwrap();
        let numbers = (1..=count).filter(|number| *number != missing + 1);
        let body: String = numbers.map(|number| format!(" et {{{{{number}}}}}")).collect();
        let refused = read(&json!([{"type": "BODY", "text": body}])).unwrap_err();
        prop_assert_eq!(refused.reason, UnsupportedReason::Numbering);
    }

    #[test]
    fn any_text_is_read(text in "[{} 0-9a-zé_]{0,40}", named in any::<bool>()) {
        let format = if named { "NAMED" } else { "POSITIONAL" };
        let components = json!([{"type": "BODY", "text": text}]);
        let _ = TemplateShape::read(&components, format, &Category::Utility);
    }

    #[test]
    fn a_body_is_as_long_as_its_client_reads_it(once in 1_usize..700, twice in 1_usize..700) {
        let body = "Bonjour {{2}}, {{ 1 }} et {{2}}.";
        let shape = read(&json!([{"type": "BODY", "text": body}])).unwrap();
        let given = [("1", "é".repeat(once)), ("2", "é".repeat(twice))];
        let given = given.map(|(name, value)| (name.to_owned(), value)).into();
        let fits = "Bonjour ,  et .".chars().count() + once + 2 * twice <= 1_024;
        prop_assert_eq!(compose(&shape, &given).is_ok(), fits);
    }
}

#[test]
fn numbers_are_sent_in_their_order_in_header_body_and_link() {
    let shape = read(&json!([
        {"type": "HEADER", "format": "TEXT", "text": "{{2}} pour {{1}}"},
        {"type": "BODY", "text": "La commande {{2}} de {{1}}, {{1}} !"},
        {"type": "BUTTONS", "buttons": [
            {"type": "PHONE_NUMBER", "text": "Appeler"},
            {"type": "URL", "text": "Voir", "url": "https://x.example/{{1}}/{{1}}"}]}
    ]))
    .unwrap();
    assert_eq!(
        shape.variable_names(),
        ["header.1", "header.2", "1", "2", "button.1"]
    );
    let given = variables(&[
        ("header.1", "a"),
        ("header.2", "b"),
        ("1", "Awa"),
        ("2", "C-860"),
        ("button.1", "c860"),
    ]);
    let text = |text: &str| json!({"type": "text", "text": text});
    assert_eq!(
        compose(&shape, &given).unwrap().components,
        json!([
            {"type": "header", "parameters": [text("a"), text("b")]},
            {"type": "body", "parameters": [text("Awa"), text("C-860")]},
            {"type": "button", "sub_type": "url", "index": "1", "parameters": [text("c860")]}
        ])
    );
}

#[test]
fn ten_comes_after_nine() {
    let body: String = (1..=10).rev().map(|n| format!("{{{{{n}}}}} ")).collect();
    let shape = read(&json!([{"type": "BODY", "text": body}])).unwrap();
    assert_eq!(shape.variable_names().last().unwrap(), "10");
}

#[test]
fn what_is_no_variable_asks_for_nothing() {
    for body in ["Bonjour", "", "{1}", "{{1", "1}}", "}}{{", "{ {1} }"] {
        let shape = read(&json!([{"type": "BODY", "text": body}])).unwrap();
        assert!(shape.variable_names().is_empty(), "{body}");
    }
    for body in [
        "{{1}}",
        "{{{1}}}",
        "{{ {{1}} }}",
        "}} {{1}}",
        "{{\u{a0}1 }}",
    ] {
        let shape = read(&json!([{"type": "BODY", "text": body}])).unwrap();
        assert_eq!(shape.variable_names(), ["1"], "{body}");
    }
}

#[test]
fn variables_that_meta_would_not_fill_in_are_refused_with_the_reason() {
    use UnsupportedReason::{Link, Naming, Numbering};
    let of = |kind: &str, text: &str| json!([{"type": kind, "text": text}]);
    let link = json!([{"type": "BUTTONS", "buttons": [{"type": "URL", "url": "https://x.example/{{1}}/{{2}}"}]}]);
    for (components, format, part, reason) in [
        (
            of("BODY", "{{1}} et {{3}}"),
            "POSITIONAL",
            "BODY",
            Numbering,
        ),
        (
            of("BODY", "{{0}} et {{1}}"),
            "POSITIONAL",
            "BODY",
            Numbering,
        ),
        (of("BODY", "{{0}}"), "POSITIONAL", "BODY", Numbering),
        (of("BODY", "{{2}}"), "POSITIONAL", "BODY", Numbering),
        (of("BODY", "{{01}}"), "POSITIONAL", "BODY", Numbering),
        (of("BODY", "{{+1}}"), "POSITIONAL", "BODY", Numbering),
        (of("BODY", "{{}}"), "POSITIONAL", "BODY", Numbering),
        (of("BODY", "{{prenom}}"), "POSITIONAL", "BODY", Numbering),
        (
            of("BODY", "{{99999999999}}"),
            "POSITIONAL",
            "BODY",
            Numbering,
        ),
        (
            of("HEADER", "{{1}} {{3}}"),
            "POSITIONAL",
            "HEADER",
            Numbering,
        ),
        (of("BODY", "{{}}"), "NAMED", "BODY", Naming),
        (of("BODY", "{{le prénom}}"), "NAMED", "BODY", Naming),
        (link, "POSITIONAL", "URL button", Link),
    ] {
        let refused = TemplateShape::read(&components, format, &Category::Utility).unwrap_err();
        assert_eq!(
            (refused.part.as_str(), refused.reason),
            (part, reason),
            "{components}"
        );
        let reason = refused.to_string();
        assert!(
            reason.starts_with(&format!("the template's {part} has ")),
            "{reason}"
        );
    }
}
