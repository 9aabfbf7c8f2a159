//! The buttons below a message.

use common::template::Variables;
use serde::Serialize;
use serde_json::Value;

use crate::values::{Values, constant, items, text};

/// A button as it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Button {
    /// What it does.
    pub kind: ButtonKind,
    /// Its label; for a kind whose label WhatsApp chooses, what it means.
    pub label: String,
    /// Where it leads or whom it calls, where it does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
}

/// What a button does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ButtonKind {
    /// Answers with its label.
    Reply,
    /// Opens a page.
    Link,
    /// Calls a number.
    Call,
    /// Copies a code.
    Copy,
    /// Opens a flow, a catalogue or something else within WhatsApp.
    Open,
}

/// The buttons of a BUTTONS component. Names of variables begin with `prefix`, which is empty outside of cards; labels that
/// WhatsApp chooses are in French or English.
pub(crate) fn buttons(
    component: &Value,
    variables: &Variables,
    prefix: &str,
    is_french: bool,
) -> Vec<Button> {
    let buttons = items(component.get("buttons")).enumerate();
    let shown = buttons.map(|(index, button)| {
        let own = button
            .get("example")
            .map(|example| serde_json::json!({ "example": example }))
            .unwrap_or_default();
        let link = variables.get(&format!("{prefix}button.{index}"));
        let target = match link {
            Some(value) => link_with(&text(button, "url"), value.trim()),
            None => Values::of(variables, format!("{prefix}button.{index}."), &own)
                .fill(&text(button, "url")),
        };
        shown(button, target, is_french)
    });
    shown.collect()
}

/// A link whose only variable has this value.
fn link_with(url: &str, value: &str) -> String {
    common::template::filled_text(url, |_| Some(value))
}

fn shown(button: &Value, link: String, is_french: bool) -> Button {
    let constant = constant(button, "type");
    let (kind, target) = match constant.as_str() {
        "QUICK_REPLY" => (ButtonKind::Reply, None),
        "URL" => (ButtonKind::Link, Some(link)),
        "PHONE_NUMBER" => (ButtonKind::Call, Some(text(button, "phone_number"))),
        "VOICE_CALL" => (ButtonKind::Call, None),
        "COPY_CODE" | "OTP" => (ButtonKind::Copy, None),
        _ => (ButtonKind::Open, None),
    };
    let default = default_label(&constant, is_french);
    let label = text(button, "text");
    Button {
        kind,
        label: if label.is_empty() {
            default.to_owned()
        } else {
            label
        },
        target: target.filter(|target| !target.is_empty()),
    }
}

/// The label of a button whose template gives none. Meta's reference has no French words for them: these say the same.
fn default_label(kind: &str, is_french: bool) -> &'static str {
    let (english, french) = match kind {
        "VOICE_CALL" => ("Call on WhatsApp", "Appeler sur WhatsApp"),
        "COPY_CODE" => ("Copy offer code", "Copier le code de l'offre"),
        "OTP" => ("Copy code", "Copier le code"),
        "CATALOG" => ("View catalog", "Voir le catalogue"),
        "MPM" | "SPM" => ("View items", "Voir les articles"),
        _ => ("", ""),
    };
    if is_french { french } else { english }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn labels_that_whatsapp_chooses_are_in_the_language_of_the_template() {
        let component = json!({"buttons": [
            {"type": "OTP"}, {"type": "CATALOG"}, {"type": "QUICK_REPLY", "text": "Stop"}]});
        let labels = |is_french| {
            let buttons = buttons(&component, &Variables::new(), "", is_french).into_iter();
            buttons.map(|button| button.label).collect::<Vec<_>>()
        };
        assert_eq!(
            labels(true),
            ["Copier le code", "Voir le catalogue", "Stop"]
        );
        assert_eq!(labels(false), ["Copy code", "View catalog", "Stop"]);
    }
}
