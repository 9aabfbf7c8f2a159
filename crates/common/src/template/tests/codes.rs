//! One-time codes: the effect of the template's category and of its button.

use serde_json::{Value, json};

use super::super::*;
use super::{compose, variables};

fn read_code(components: &Value) -> Result<TemplateShape, Unsupported> {
    TemplateShape::read(components, "POSITIONAL", &Category::Authentication)
}

fn with_button(body: &Value, button: &Value) -> Value {
    json!([body, {"type": "BUTTONS", "buttons": [button]}])
}

/// The bodies and buttons that Meta lists.
fn listed() -> Vec<Value> {
    let bodies = [
        json!({"type": "BODY", "text": "{{1}} est votre code.", "add_security_recommendation": true}),
        json!({"type": "BODY", "text": "*{{1}}* est votre code de vérification."}),
        json!({"type": "BODY", "text": "Code {{1}}, je répète {{ 1 }}."}),
        json!({"type": "BODY", "add_security_recommendation": false}),
        json!({"type": "body"}),
    ];
    let link = |url: &str| json!({"type": "URL", "text": "Copier le code", "url": url});
    let buttons = [
        json!({"type": "OTP", "otp_type": "COPY_CODE", "text": "Copier"}),
        json!({"type": "OTP", "otp_type": "ONE_TAP", "text": "Copier"}),
        link("https://www.whatsapp.com/otp/code/?otp_type=COPY_CODE&code=otp{{1}}"),
        link(
            "https://www.whatsapp.com/otp/code/?otp_type=COPY_CODE&code_expiration_minutes=5&code=otp{{1}}",
        ),
        link(
            "https://www.whatsapp.com/otp/code/?otp_type=ONE_TAP&package_name=com.x&code=otp{{1}}",
        ),
        link("https://www.whatsapp.com/otp/code/?otp_type=ZERO_TAP"),
        link("https://codes.example/?code={{1}}"),
    ];
    let pairs = bodies
        .iter()
        .flat_map(|body| buttons.iter().map(move |button| (body, button)));
    pairs
        .map(|(body, button)| with_button(body, button))
        .collect()
}

#[test]
fn the_category_makes_a_button_repeat_the_code_whatever_else_meta_lists() {
    for components in listed() {
        let shape = read_code(&components).unwrap();
        assert_eq!(shape.variable_names(), ["1"], "{components}");
        let code = json!([{"type": "text", "text": "482915"}]);
        assert_eq!(
            compose(&shape, &variables(&[("1", "482915")]))
                .unwrap()
                .components,
            json!([
                {"type": "body", "parameters": code},
                {"type": "button", "sub_type": "url", "index": "0", "parameters": code}
            ]),
            "{components}"
        );
        let long = compose(&shape, &variables(&[("1", "1234567890123456")]));
        let (name, limit) = ("1".to_owned(), 15);
        assert_eq!(
            long,
            Err(ComposeError::TooLong { name, limit }),
            "{components}"
        );
    }
}

#[test]
fn a_code_without_a_button_stands_in_the_body_alone() {
    let shape = read_code(&json!([{"type": "BODY", "text": "Votre code : {{1}}."}])).unwrap();
    let filled = compose(&shape, &variables(&[("1", "482915")]))
        .unwrap()
        .components;
    assert_eq!(
        filled,
        json!([{"type": "body", "parameters": [{"type": "text", "text": "482915"}]}])
    );
    let long = compose(&shape, &variables(&[("1", "1234567890123456")]));
    assert!(matches!(long, Err(ComposeError::TooLong { limit: 15, .. })));
}

#[test]
fn a_link_with_a_code_in_another_category_is_a_link() {
    let body =
        json!({"type": "BODY", "text": "Bonjour {{1}}.", "add_security_recommendation": true});
    let url = "https://boutique.example/?otp_type=COPY_CODE&code=otp{{1}}";
    let components = with_button(&body, &json!({"type": "URL", "text": "Voir", "url": url}));
    for category in [Category::Utility, Category::Marketing] {
        let shape = TemplateShape::read(&components, "POSITIONAL", &category).unwrap();
        assert_eq!(shape.variable_names(), ["1", "button.0"]);
    }
}

#[test]
fn a_code_that_bears_a_name_is_repeated_under_it() {
    let body = json!({"type": "BODY", "text": "{{code}} est votre code."});
    let components = with_button(&body, &json!({"type": "OTP", "otp_type": "COPY_CODE"}));
    let shape = TemplateShape::read(&components, "NAMED", &Category::Authentication).unwrap();
    assert_eq!(shape.variable_names(), ["code"]);
    let filled = compose(&shape, &variables(&[("code", "482915")]))
        .unwrap()
        .components;
    assert_eq!(filled[0]["parameters"][0]["parameter_name"], "code");
    assert_eq!(
        filled[1]["parameters"],
        json!([{"type": "text", "text": "482915"}])
    );
}

#[test]
fn a_code_among_several_variables_cannot_be_repeated() {
    let body = json!({"type": "BODY", "text": "Bonjour {{1}}, votre code est {{2}}."});
    let components = with_button(&body, &json!({"type": "OTP", "otp_type": "COPY_CODE"}));
    let refused = read_code(&components).unwrap_err();
    assert_eq!(
        (refused.part.as_str(), refused.reason),
        ("BODY", UnsupportedReason::Code)
    );
}
