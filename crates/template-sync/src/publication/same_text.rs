//! Whether a template at Meta is the one that was written: a pure comparison.
//!
//! Meta changes the form of what it stores: types are in capitals, samples become addresses, the texts of authentication
//! templates are its own. So what is compared is what was written and a recipient reads.

use serde_json::Value;

/// The texts that a recipient reads or follows.
const TEXTS: [&str; 3] = ["text", "url", "phone_number"];
/// Values that Meta writes in capitals.
const KINDS: [&str; 2] = ["type", "format"];
/// Lists of parts.
const PARTS: [&str; 3] = ["components", "buttons", "cards"];

/// Whether the template at Meta has every part that was written, with the same texts.
pub(super) fn is_same(written: &Value, at_meta: &Value) -> bool {
    match (written, at_meta) {
        (Value::Array(written), Value::Array(at_meta)) => {
            written.len() == at_meta.len() && is_each_the_same(written, at_meta)
        }
        (Value::Object(written), at_meta) => written.iter().all(|(key, written)| {
            let at_meta = at_meta.get(key);
            let key = key.as_str();
            if KINDS.contains(&key) {
                same_kind(written, at_meta)
            } else if TEXTS.contains(&key) {
                same_words(written, at_meta)
            } else if PARTS.contains(&key) {
                at_meta.is_some_and(|at_meta| is_same(written, at_meta))
            } else {
                true
            }
        }),
        _ => written == at_meta,
    }
}

/// Components have an order of their own at Meta; buttons and cards keep theirs. A part is found by its kind.
fn is_each_the_same(written: &[Value], at_meta: &[Value]) -> bool {
    let kind = |part: &Value| {
        part.get("type")
            .and_then(Value::as_str)
            .map(str::to_ascii_uppercase)
    };
    let in_order = |written: &[Value], at_meta: &[&Value]| {
        written.len() == at_meta.len() && written.iter().zip(at_meta).all(|(a, b)| is_same(a, b))
    };
    let mut sorted: Vec<&Value> = at_meta.iter().collect();
    if in_order(written, &sorted) {
        return true;
    }
    let place = |part: &&Value| {
        written
            .iter()
            .position(|written| kind(written) == kind(part))
    };
    sorted.sort_by_key(place);
    in_order(written, &sorted)
}

fn same_kind(written: &Value, at_meta: Option<&Value>) -> bool {
    match (written.as_str(), at_meta.and_then(Value::as_str)) {
        // Meta shows the button of a code as one with an address.
        (Some(written), Some(at_meta)) => {
            written.eq_ignore_ascii_case(at_meta)
                || written.eq_ignore_ascii_case("OTP") && at_meta.eq_ignore_ascii_case("URL")
        }
        (None, None) => true,
        _ => false,
    }
}

fn same_words(written: &Value, at_meta: Option<&Value>) -> bool {
    let words = |text: &str| -> String { text.split_whitespace().collect::<Vec<_>>().join(" ") };
    match (written.as_str(), at_meta.and_then(Value::as_str)) {
        (Some(written), Some(at_meta)) => words(written) == words(at_meta),
        (None, None) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn written() -> Value {
        json!([
            {"type": "header", "format": "image", "example": {"header_handle": ["0199"]}},
            {"type": "body", "text": "Bonjour {{1}}, merci", "example": {"body_text": [["Awa"]]}},
            {"type": "buttons", "buttons": [{"type": "url", "text": "Voir", "url": "https://a.example/{{1}}", "example": ["7"]}]},
        ])
    }

    fn at_meta(text: &str) -> Value {
        json!([
            {"type": "BODY", "text": text, "example": {"body_text": [["Awa"]]}},
            {"type": "HEADER", "format": "IMAGE", "example": {"header_handle": ["https://scontent.example/x"]}},
            {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "Voir", "url": "https://a.example/{{1}}"}]},
        ])
    }

    #[test]
    fn the_form_that_meta_gives_it_makes_no_difference() {
        assert!(is_same(&written(), &at_meta("Bonjour {{1}}, merci")));
        let authentication = json!([
            {"type": "BODY", "add_security_recommendation": true},
            {"type": "BUTTONS", "buttons": [{"type": "OTP", "otp_type": "COPY_CODE", "text": "Copier"}]},
        ]);
        let stored = json!([
            {"type": "BODY", "text": "*{{1}}* est votre code.", "add_security_recommendation": true},
            {"type": "BUTTONS", "buttons": [{"type": "URL", "text": "Copier", "url": "https://www.whatsapp.com/otp/code"}]},
        ]);
        assert!(is_same(&authentication, &stored));
    }

    #[test]
    fn another_text_or_another_part_is_another_template() {
        assert!(!is_same(&written(), &at_meta("Bonsoir {{1}}, merci")));
        let mut shorter = at_meta("Bonjour {{1}}, merci");
        shorter.as_array_mut().unwrap().pop();
        assert!(!is_same(&written(), &shorter));
        let mut renamed = at_meta("Bonjour {{1}}, merci");
        renamed[2]["buttons"][0]["text"] = json!("Acheter");
        assert!(!is_same(&written(), &renamed));
        let mut without_text = at_meta("");
        without_text[0].as_object_mut().unwrap().remove("text");
        assert!(!is_same(&written(), &without_text));
    }

    proptest! {
        #[test]
        fn every_text_is_the_same_as_itself_and_no_other(a in "[a-z ]{1,12}", b in "[a-z ]{1,12}") {
            let body = |text: &str| json!([{"type": "BODY", "text": text}]);
            prop_assert!(is_same(&body(&a), &body(&a)));
            let words = |text: &str| text.split_whitespace().map(ToOwned::to_owned).collect::<Vec<_>>();
            prop_assert_eq!(is_same(&body(&a), &body(&b)), words(&a) == words(&b));
        }
    }
}
