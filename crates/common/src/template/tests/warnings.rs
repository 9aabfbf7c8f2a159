//! Marketing templates whose opt-out button would not be recognised.

use serde_json::{Value, json};

use super::super::*;

const UNRECOGNISED: &[TemplateWarning] = &[TemplateWarning::OptOutNotRecognised];

fn with_replies(texts: &[&str]) -> Value {
    let reply = |text: &&str| json!({"type": "QUICK_REPLY", "text": text});
    let buttons: Vec<Value> = texts.iter().map(reply).collect();
    json!([{"type": "BODY", "text": "Bonjour"}, {"type": "BUTTONS", "buttons": buttons}])
}

#[test]
fn an_advertisement_without_an_opt_out_among_its_replies_is_reported() {
    for texts in [
        &["Je ne veux plus rien"][..],
        &["Oui", "Non", "Pas intéressé"],
        &["Ya basta"],
        &["Start"],
        &[""],
    ] {
        for category in [Category::Marketing, Category::Other("NEW".to_owned())] {
            assert_eq!(
                warnings(&with_replies(texts), &category),
                UNRECOGNISED,
                "{texts:?}"
            );
        }
    }
}

#[test]
fn an_opt_out_among_the_replies_is_enough() {
    for texts in [
        &["Stop promotions"][..],
        &["Oui", "Arrêter les promotions"],
        &["Stop", "Ya basta"],
        &["Unsubscribe"],
    ] {
        assert_eq!(
            warnings(&with_replies(texts), &Category::Marketing),
            [],
            "{texts:?}"
        );
    }
}

#[test]
fn what_is_no_advertisement_or_has_no_replies_is_not_reported() {
    for category in [
        Category::Utility,
        Category::Authentication,
        Category::Service,
    ] {
        assert_eq!(warnings(&with_replies(&["Confirmer"]), &category), []);
    }
    let link = json!([{"type": "BUTTONS", "buttons": [{"type": "URL", "text": "Voir", "url": "https://x.example"}]}]);
    for components in [
        with_replies(&[]),
        link,
        json!(null),
        json!([7, {"buttons": "x"}, {"buttons": [7]}]),
    ] {
        assert_eq!(
            warnings(&components, &Category::Marketing),
            [],
            "{components}"
        );
    }
}
