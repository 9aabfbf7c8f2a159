//! Authentication templates: their creator chooses the parts, and Meta writes the text and creates the button that
//! carries the code (Meta, authentication templates).
//!
//! Meta has a text for every language; here there is French, and English for all others.

use serde_json::{Map, Value, json};

use super::account::Template;

const CATEGORY: &str = "AUTHENTICATION";
const OTP_URL: &str = "https://www.whatsapp.com/otp/code/";
const SAMPLE_CODE: &str = "123456";

/// Adds the texts of Meta to an authentication template that lacks them.
pub(crate) fn complete(template: &mut Template) {
    if !template.category.eq_ignore_ascii_case(CATEGORY) {
        return;
    }
    let french = template.language.starts_with("fr");
    let minutes = template.components.iter().find_map(minutes_of);
    for component in &mut template.components {
        let kind = text(component, "type").to_ascii_uppercase();
        let Some(fields) = component.as_object_mut() else {
            continue;
        };
        match kind.as_str() {
            "BODY" => complete_body(fields, french),
            "FOOTER" => complete_footer(fields, french),
            "BUTTONS" => complete_buttons(fields, french, minutes),
            _ => {}
        }
    }
}

fn complete_body(body: &mut Map<String, Value>, french: bool) {
    if body.contains_key("text") {
        return;
    }
    let (code, advice) = match french {
        true => (
            "*{{1}}* est votre code de vérification.",
            " Pour votre sécurité, ne partagez pas ce code.",
        ),
        false => (
            "*{{1}}* is your verification code.",
            " For your security, do not share this code.",
        ),
    };
    let advised = body.get("add_security_recommendation") == Some(&Value::Bool(true));
    let advice = if advised { advice } else { "" };
    body.insert("text".to_owned(), json!(format!("{code}{advice}")));
    let example = json!({"body_text": [[SAMPLE_CODE]]});
    body.insert("example".to_owned(), example);
}

fn complete_footer(footer: &mut Map<String, Value>, french: bool) {
    let minutes = footer
        .get("code_expiration_minutes")
        .and_then(Value::as_u64);
    let Some(minutes) = minutes.filter(|_| !footer.contains_key("text")) else {
        return;
    };
    let text = match (french, minutes) {
        (true, 1) => "Ce code expire dans 1 minute.".to_owned(),
        (true, _) => format!("Ce code expire dans {minutes} minutes."),
        (false, 1) => "This code expires in 1 minute.".to_owned(),
        (false, _) => format!("This code expires in {minutes} minutes."),
    };
    footer.insert("text".to_owned(), json!(text));
}

/// Meta shows the button of an authentication template as a link that ends with the code.
fn complete_buttons(component: &mut Map<String, Value>, french: bool, minutes: Option<u64>) {
    let buttons = component.get_mut("buttons").and_then(Value::as_array_mut);
    for button in buttons.into_iter().flatten() {
        if !text(button, "type").eq_ignore_ascii_case("OTP") {
            continue;
        }
        let otp_type = text(button, "otp_type").to_ascii_uppercase();
        let label = match text(button, "text") {
            "" if french => "Copier le code",
            "" => "Copy code",
            label => label,
        };
        let minutes = minutes.map(|minutes| format!("&code_expiration_minutes={minutes}"));
        let url = format!(
            "{OTP_URL}?otp_type={otp_type}{}&code=otp",
            minutes.unwrap_or_default()
        );
        let example = format!("{url}{SAMPLE_CODE}");
        let url = format!("{url}{{{{1}}}}");
        *button = json!({"type": "URL", "text": label, "url": url, "example": [example]});
    }
}

fn minutes_of(component: &Value) -> Option<u64> {
    component.get("code_expiration_minutes")?.as_u64()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn completed_templates_equal_the_sample_account() {
        for (language, otp_label) in [("fr", "Copier le code"), ("en_US", "Copy code")] {
            let mut template = Template {
                category: CATEGORY.to_owned(),
                language: language.to_owned(),
                components: vec![
                    json!({"type": "BODY", "add_security_recommendation": true}),
                    json!({"type": "FOOTER", "code_expiration_minutes": 5}),
                    json!({"type": "BUTTONS", "buttons": [{"type": "OTP", "otp_type": "COPY_CODE", "text": otp_label}]}),
                ],
                ..Template::default()
            };
            complete(&mut template);
            let samples = include_str!("sample_templates.json");
            let samples: Vec<Template> = serde_json::from_str(samples).unwrap();
            let sample = samples
                .into_iter()
                .find(|sample| sample.name == "code_connexion" && sample.language == language);
            assert_eq!(template.components, sample.unwrap().components);
        }
    }
}
