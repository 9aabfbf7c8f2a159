//! Reading back what was filled in.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::*;
use super::{compose, variables};

fn ticket() -> Value {
    json!([
        {"type": "HEADER", "format": "TEXT", "text": "Commande {{1}}"},
        {"type": "BODY", "text": "Merci {{1}}, total {{ 2 }} FCFA."},
        {"type": "FOOTER", "text": "Boutique Faso"},
        {"type": "BUTTONS", "buttons": [
            {"type": "QUICK_REPLY", "text": "Stop"},
            {"type": "URL", "text": "Voir", "url": "https://boutique.example/t/{{1}}"}]}
    ])
}

#[test]
fn a_file_and_a_code_are_variables_too() {
    let request = json!([
        {"type": "header", "parameters": [{"type": "document", "document": {"id": "7", "filename": "a.pdf"}}]},
        {"type": "button", "sub_type": "copy_code", "index": 0,
            "parameters": [{"type": "coupon_code", "coupon_code": "RENTREE"}]}
    ]);
    let template =
        json!([{"type": "HEADER", "format": "DOCUMENT"}, {"type": "BODY", "text": "Voici."}]);
    let read = read_filled(Some(&template), &request);
    let expected = [
        ("header.document", "7"),
        ("header.filename", "a.pdf"),
        ("button.0", "RENTREE"),
    ];
    assert!(read.variables == variables(&expected));
    assert_eq!(read.text.as_deref(), Some("Voici."));
}

#[test]
fn a_template_that_does_not_fit_says_nothing() {
    let request = json!([{"type": "body", "parameters": [{"type": "text", "text": "Awa"}]}]);
    let template = json!([{"type": "BODY", "text": "Merci {{1}}, total {{2}}."}]);
    for template in [Some(&template), None] {
        let read = read_filled(template, &request);
        assert_eq!(read.text, None);
        assert!(read.variables == variables(&[("1", "Awa")]));
    }
}

#[test]
fn values_stand_where_meta_puts_them() {
    let request = json!([{"type": "body", "parameters":
        [{"type": "text", "text": "un"}, {"type": "text", "text": "deux"}]}]);
    let template = json!([{"type": "BODY", "text": "{{2}} de {{1}}, {{1}} {{ouvert"}]);
    let read = read_filled(Some(&template), &request);
    assert_eq!(read.text.as_deref(), Some("deux de un, un {{ouvert"));
}

proptest! {
    #[test]
    fn what_was_filled_in_is_read_back(
        order in "[A-Z]{1}[a-z{}]{0,20}", name in "[^\\s\\p{C}]{1,20}", total in "[0-9]{1,7}", page in "[a-z0-9]{1,10}",
    ) {
        let given = variables(&[("header.1", &order), ("1", &name), ("2", &total), ("button.1", &page)]);
        let shape = TemplateShape::read(&ticket(), "POSITIONAL", &Category::Utility).unwrap();
        let read = read_filled(Some(&ticket()), &compose(&shape, &given).unwrap().components);
        prop_assert!(read.variables == given);
        let expected = format!("Commande {order}\nMerci {name}, total {total} FCFA.\nBoutique Faso");
        prop_assert_eq!(read.text.unwrap(), expected);
    }

    #[test]
    fn named_variables_are_read_back(prenom in "[^\\s\\p{C}]{1,20}", jour in "[^\\s\\p{C}]{1,20}") {
        let template = json!([{"type": "BODY", "text": "Le {{jour}}, {{prenom}} !"}]);
        let given = variables(&[("prenom", &prenom), ("jour", &jour)]);
        let shape = TemplateShape::read(&template, "NAMED", &Category::Utility).unwrap();
        let read = read_filled(Some(&template), &compose(&shape, &given).unwrap().components);
        prop_assert!(read.variables == given);
        prop_assert_eq!(read.text.unwrap(), format!("Le {jour}, {prenom} !"));
    }
}

/// Every shape at once, which Meta allows in no template, but reading back has to bear.
fn everything() -> Value {
    let card = |body: &str, format: &str| {
        json!({"components": [
            {"type": "HEADER", "format": format}, {"type": "BODY", "text": body},
            {"type": "BUTTONS", "buttons": [
                {"type": "QUICK_REPLY", "text": "Plus"},
                {"type": "URL", "text": "Voir", "url": "https://boutique.example/{{1}}"}]}]})
    };
    json!([
        {"type": "HEADER", "format": "LOCATION"},
        {"type": "LIMITED_TIME_OFFER", "limited_time_offer": {"text": "Vite", "has_expiration": true}},
        {"type": "BODY", "text": "Bonjour {{1}}"},
        {"type": "BUTTONS", "buttons": [
            {"type": "QUICK_REPLY", "text": "Stop"}, {"type": "FLOW", "text": "Réserver", "flow_id": "1"},
            {"type": "CATALOG", "text": "Catalogue"}, {"type": "COPY_CODE", "example": "FASO25"}]},
        {"type": "CAROUSEL", "cards": [card("Robe {{1}}", "IMAGE"), card("Sac {{1}}, {{2}}", "VIDEO")]}
    ])
}

proptest! {
    #[test]
    fn every_shape_is_read_back(
        words in prop::collection::vec("[^\\s\\p{C}]{1,15}", 12), files in any::<[u128; 2]>(),
        latitude in -90_i32..=90, longitude in -1_800_i32..=1_800, seconds in 1_i64..1_000_000_000,
        has_optional in any::<bool>(),
    ) {
        let end = super::now() + chrono::TimeDelta::seconds(seconds);
        let degrees = |tenths: i32| (f64::from(tenths) / 10.0).to_string();
        let [first, second] = files.map(|file| uuid::Uuid::from_u128(file).to_string());
        let data = json!({"client": words[0]}).to_string();
        let end = end.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true);
        let mut given = variables(&[
            ("header.latitude", &latitude.to_string()), ("header.longitude", &degrees(longitude)),
            ("offer.expires_at", &end), ("1", &words[1]), ("button.1.flow_token", &words[2]),
            ("button.3", &words[3]), ("card.0.header.image", &first), ("card.0.1", &words[4]),
            ("card.0.button.1", &words[5]), ("card.1.header.video", &second), ("card.1.1", &words[6]),
            ("card.1.2", &words[7]), ("card.1.button.1", &words[8]),
        ]);
        if has_optional {
            given.extend(variables(&[
                ("header.name", &words[9]), ("header.address", &words[10]), ("button.0.payload", &words[11]),
                ("button.1.flow_data", &data), ("button.2.product", &words[0]),
                ("card.1.button.0.payload", &words[1]),
            ]));
        }
        let template = everything();
        let shape = TemplateShape::read(&template, "POSITIONAL", &Category::Marketing).unwrap();
        let composed = compose(&shape, &given).unwrap();
        let read = read_filled(Some(&template), &composed.components);
        prop_assert!(read.variables == given);
        let expected = format!(
            "Vite\nBonjour {}\nRobe {}\nSac {}, {}", words[1], words[4], words[6], words[7]
        );
        prop_assert_eq!(read.text.unwrap(), expected);
    }
}
