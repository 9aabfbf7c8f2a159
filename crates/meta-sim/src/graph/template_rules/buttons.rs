//! Buttons: how many of which type, in which order, and what each needs.

use serde_json::Value;

use super::{Checked, PARAMETER, at_most, ensure, list, text, text::variables};

const LONGEST_LABEL: usize = 25;
const LONGEST_URL: usize = 2_000;
const LONGEST_NUMBER: usize = 20;
/// Meta's documents also say 20.
const LONGEST_CODE: usize = 15;
/// The types, and how many of each a template may have.
const KINDS: [(&str, usize); 11] = [
    ("QUICK_REPLY", 10),
    ("URL", 2),
    ("PHONE_NUMBER", 1),
    ("COPY_CODE", 1),
    ("FLOW", 1),
    ("VOICE_CALL", 1),
    ("CATALOG", 1),
    ("MPM", 1),
    ("SPM", 1),
    ("REQUEST_CONTACT_INFO", 1),
    ("ORDER_DETAILS", 1),
];
const LABELLED: [&str; 4] = ["QUICK_REPLY", "URL", "PHONE_NUMBER", "FLOW"];

/// Checks the buttons of a utility or marketing template, or of a card.
pub(super) fn check(buttons: &[Value], most: usize) -> Checked {
    let count = buttons.len();
    let rule = format!("Param buttons must have 1 to {most} items.");
    ensure((1..=most).contains(&count), PARAMETER, &rule)?;
    let kinds: Vec<String> = buttons.iter().map(kind).collect();
    for kind in &kinds {
        let known = KINDS.iter().find(|(known, _)| known == kind);
        let most = known.map_or(0, |(_, most)| *most);
        let count = kinds.iter().filter(|its| *its == kind).count();
        ensure(
            count <= most,
            PARAMETER,
            &format!("Too many buttons of type {kind}: {most} may be used."),
        )?;
    }
    check_groups(&kinds)?;
    buttons.iter().try_for_each(check_button)
}

/// Quick replies stand together, before or after the others.
fn check_groups(kinds: &[String]) -> Checked {
    let replies: Vec<bool> = kinds.iter().map(|kind| kind == "QUICK_REPLY").collect();
    let changes = replies
        .windows(2)
        .filter(|pair| pair.first() != pair.last());
    let rule = "Quick replies may not be mixed with other buttons: group them.";
    ensure(changes.count() <= 1, PARAMETER, rule)
}

fn check_button(button: &Value) -> Checked {
    let (kind, label) = (kind(button), text(button, "text"));
    let kind = kind.as_str();
    at_most(LONGEST_LABEL, label)?;
    let is_labelled = !label.is_empty() || !LABELLED.contains(&kind);
    ensure(is_labelled, PARAMETER, "The button needs a text.")?;
    ensure(
        !label.contains("{{"),
        PARAMETER,
        "The text of a button has no variables.",
    )?;
    match kind {
        "URL" => check_url(button),
        "PHONE_NUMBER" => {
            let number = text(button, "phone_number");
            let suits = (1..=LONGEST_NUMBER).contains(&number.chars().count());
            ensure(
                suits,
                PARAMETER,
                "The button needs a phone number of 20 characters at most.",
            )
        }
        "COPY_CODE" => {
            let code = text(button, "example");
            let suits = (1..=LONGEST_CODE).contains(&code.chars().count());
            ensure(
                suits,
                PARAMETER,
                "The button needs an example code of 15 characters at most.",
            )
        }
        "FLOW" => {
            let flows = ["flow_id", "flow_name", "flow_json"];
            let named = flows
                .iter()
                .filter(|key| button.get(key).is_some_and(|flow| !flow.is_null()));
            ensure(named.count() == 1, PARAMETER, "The button needs one flow.")
        }
        "REQUEST_CONTACT_INFO" => ensure(
            label.is_empty(),
            PARAMETER,
            "The text of this button cannot be chosen.",
        ),
        _ => Ok(()),
    }
}

fn check_url(button: &Value) -> Checked {
    let url = text(button, "url");
    at_most(LONGEST_URL, url)?;
    let is_link = url.starts_with("https://") || url.starts_with("http://");
    ensure(
        is_link,
        PARAMETER,
        "The button needs the address of a web page.",
    )?;
    let names = variables(url);
    if !url.contains("{{") {
        return Ok(());
    }
    ensure(
        names == ["1"] && url.matches("{{").count() == 1 && url.ends_with("}}"),
        PARAMETER,
        "An address has one variable at most, at its end.",
    )?;
    let example = match button.get("example") {
        Some(Value::String(example)) => example.as_str(),
        _ => match list(button, "example") {
            [example] => example.as_str().unwrap_or_default(),
            _ => "",
        },
    };
    ensure(
        !example.is_empty(),
        PARAMETER,
        "The variable of an address needs an example.",
    )
}

fn kind(button: &Value) -> String {
    text(button, "type").to_ascii_uppercase()
}
