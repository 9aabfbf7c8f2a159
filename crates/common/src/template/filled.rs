//! Reading back the text of a filled-in template, from the `components` of the request to Meta and those of the
//! template.
//!
//! It follows Meta's rule and not the way in which we filled it in: the parameter at index n is the value of `{{n}}`,
//! or of the variable with its name. So it gives the text that the recipient reads.

use serde_json::Value;

use super::Variables;
use super::compose::FILENAME;
use super::text::fill_text;

/// The content of a filled-in template.
#[derive(Clone, PartialEq, Eq)]
pub struct FilledTemplate {
    /// Header, body and footer, a line each; `None` when the template does not fit the parameters (any more).
    pub text: Option<String>,
    /// The variables, by the names under which they were given.
    pub variables: Variables,
}

/// Reads a filled-in template back. `template` holds the components that Meta lists, when they are stored.
#[must_use]
pub fn read_filled(template: Option<&Value>, request: &Value) -> FilledTemplate {
    let variables = given_variables(request);
    FilledTemplate {
        text: template.and_then(|template| say(template, &variables)),
        variables,
    }
}

/// The variables that the `components` of a request were composed of.
pub(super) fn given_variables(request: &Value) -> Variables {
    let mut variables = Variables::new();
    for component in items(Some(request)) {
        match text(component, "type").to_ascii_lowercase().as_str() {
            "header" => read_parameters(component, "header.", &mut variables),
            "body" => read_parameters(component, "", &mut variables),
            "button" => read_button(component, &mut variables),
            _ => {}
        }
    }
    variables
}

fn read_parameters(component: &Value, prefix: &str, variables: &mut Variables) {
    let parameters = items(component.get("parameters"));
    for (position, parameter) in (1_usize..).zip(parameters) {
        let kind = text(parameter, "type");
        if kind == "text" {
            let name = parameter.get("parameter_name").and_then(Value::as_str);
            let name = name.map_or_else(|| position.to_string(), str::to_owned);
            let value = text(parameter, "text").to_owned();
            variables.insert(format!("{prefix}{name}"), value);
            continue;
        }
        let file = parameter.get(kind).unwrap_or(&Value::Null);
        for (name, field) in [
            (format!("{prefix}{kind}"), "id"),
            (FILENAME.to_owned(), "filename"),
        ] {
            if let Some(value) = file.get(field).and_then(Value::as_str) {
                variables.insert(name, value.to_owned());
            }
        }
    }
}

fn read_button(component: &Value, variables: &mut Variables) {
    // Meta accepts the index as text and as a number.
    let index = match component.get("index") {
        Some(Value::String(index)) => index.clone(),
        Some(index) => index.to_string(),
        None => return,
    };
    let Some(parameter) = items(component.get("parameters")).next() else {
        return;
    };
    let value = ["text", "coupon_code"]
        .into_iter()
        .find_map(|field| parameter.get(field)?.as_str());
    if let Some(value) = value {
        variables.insert(format!("button.{index}"), value.to_owned());
    }
}

/// The text for the recipient, or `None` when a placeholder has no value.
fn say(template: &Value, variables: &Variables) -> Option<String> {
    let mut lines = Vec::new();
    for component in items(Some(template)) {
        let prefix = match text(component, "type").to_ascii_uppercase().as_str() {
            "HEADER" => "header.",
            "BODY" | "FOOTER" => "",
            _ => continue,
        };
        let words = text(component, "text");
        if !words.is_empty() {
            let value = |name: &str| {
                variables
                    .get(&format!("{prefix}{name}"))
                    .map(String::as_str)
            };
            let (line, is_complete) = fill_text(words, value);
            is_complete.then(|| lines.push(line))?;
        }
    }
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn items(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::{Category, TemplateShape, compose};
    use super::*;

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

    fn variables(pairs: &[(&str, &str)]) -> Variables {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        pairs.iter().map(pair).collect()
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
}
