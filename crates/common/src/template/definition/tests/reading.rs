//! What is read leniently, and what callers learn of a definition.

use serde_json::{Value, json};

use super::{TemplateDefinition, broken, faults};
use template_cases::bases::{code, marketing, named, utility};
use template_cases::with;

fn read(template: &Value) -> TemplateDefinition {
    TemplateDefinition::parse(template).unwrap_or_else(|faults| panic!("{faults:?}"))
}

#[test]
fn meta_words_are_read_in_any_case_and_written_in_upper_case() {
    let template = json!({"name": "a", "language": "fr", "category": "utility", "parameter_format": "named", "components": [
        {"type": "buttons", "buttons": [{"type": "quick_reply", "text": "Merci"}]},
        {"type": "body", "text": "Bonjour."}
    ]});
    let written = read(&template).to_meta();
    let expected = json!({"name": "a", "language": "fr", "category": "UTILITY", "parameter_format": "NAMED", "components": [
        {"type": "BODY", "text": "Bonjour."},
        {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Merci"}]}
    ]});
    assert_eq!(written, expected);
}

#[test]
fn examples_of_a_body_may_be_a_list_in_a_list_a_list_or_a_text() {
    let body = "/components/1";
    let nested = json!({"type": "BODY", "text": "Bonjour {{1}}, merci.", "example": {"body_text": [["Awa"]]}});
    let expected = read(&with(utility(), &[(body, nested)]));
    for example in [json!(["Awa"]), json!("Awa")] {
        let short = json!({"type": "BODY", "text": "Bonjour {{1}}, merci.", "example": {"body_text": example}});
        assert_eq!(read(&with(utility(), &[(body, short)])), expected);
    }
}

#[test]
fn integers_of_json_may_have_a_fraction_of_zero() {
    let whole = read(&with(
        code(),
        &[("/components/1/code_expiration_minutes", json!(5.0))],
    ));
    assert_eq!(whole, read(&code()));
}

#[test]
fn null_stands_for_what_is_not_there() {
    let template = with(
        utility(),
        &[
            ("/parameter_format", Value::Null),
            ("/allow_category_change", Value::Null),
        ],
    );
    assert_eq!(read(&template), read(&utility()));
}

#[test]
fn a_variable_may_come_twice_and_in_any_order() {
    let body = json!({"type": "BODY", "text": "Bonjour {{2}}, commande {{1}} pour {{2}}, merci.", "example": {"body_text": [["A7", "Awa"]]}});
    assert_eq!(broken(&with(utility(), &[("/components/1", body)])), []);
}

#[test]
fn a_link_of_a_template_with_names_takes_a_number_or_a_name() {
    for variable in ["1", "code"] {
        let url = format!("https://boutique.example/{{{{{variable}}}}}");
        let buttons = json!({"type": "BUTTONS", "buttons": [{"type": "URL", "text": "Voir", "url": url, "example": ["a"]}]});
        assert_eq!(broken(&with(named(), &[("/components/-", buttons)])), []);
    }
}

#[test]
fn every_broken_rule_is_reported_at_once() {
    let template = with(
        utility(),
        &[
            ("/name", json!("Order Ready")),
            ("/language", json!("en-us")),
            ("/components/0/text", json!("*Commande* {{1}}")),
            ("/components/1/text", json!("{{1}}{{2}}")),
            ("/components/3/buttons/0/text", json!("🙏")),
            ("/components/3/buttons/1/url", json!("https://wa.me/1")),
        ],
    );
    let rules: Vec<&str> = broken(&template).iter().map(|(rule, _)| *rule).collect();
    let expected = [
        "name.characters",
        "language.spelling",
        "header.formatting",
        "variable.at_start",
        "variable.at_end",
        "variable.adjacent",
        "variable.ratio",
        "label.emoji",
        "link.whatsapp",
        "link.example_unexpected",
    ];
    assert_eq!(rules, expected);
}

#[test]
fn at_most_a_hundred_faults_are_reported() {
    let keys: serde_json::Map<String, Value> =
        (0..150).map(|n| (format!("key_{n}"), json!(n))).collect();
    assert_eq!(faults(&Value::Object(keys)).len(), 100);
}

#[test]
fn a_fault_says_what_meta_would_say_and_what_to_do_in_two_languages() {
    let body = json!({"type": "BODY", "text": "x".repeat(1_030)});
    let [fault] = &faults(&with(utility(), &[("/components/1", body)]))[..] else {
        panic!("one fault");
    };
    let shown = serde_json::to_value(fault).expect("JSON");
    let expected = json!({
        "pointer": "/components/1/text",
        "rule": "text.length",
        "meta": "2388040: Character limit exceeded.",
        "en": "This text has 1030 characters; at most 1024 are possible here. Please shorten it.",
        "fr": "Ce texte compte 1030 caractères ; 1024 au plus sont possibles ici. Merci de le raccourcir.",
    });
    assert_eq!(shown, expected);
}

#[test]
fn an_edit_has_neither_name_nor_language() {
    let template = with(
        marketing(),
        &[
            ("/allow_category_change", json!(true)),
            ("/message_send_ttl_seconds", json!(50_000)),
        ],
    );
    let edit = read(&template).edit_body();
    let expected = json!({
        "category": "MARKETING", "components": template["components"], "message_send_ttl_seconds": 50_000,
    });
    assert_eq!(edit, expected);
}

#[test]
fn name_language_and_category_can_be_asked_for() {
    let definition = read(&marketing());
    let facts = (
        definition.name(),
        definition.language(),
        definition.category().as_meta(),
    );
    assert_eq!(facts, ("promo", "fr", "MARKETING"));
}
