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

/// The buttons of a BUTTONS component. Names of variables begin with `prefix`, which is empty outside of cards.
pub(crate) fn buttons(component: &Value, variables: &Variables, prefix: &str) -> Vec<Button> {
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
        shown(button, target)
    });
    shown.collect()
}

/// A link whose only variable has this value.
fn link_with(url: &str, value: &str) -> String {
    common::template::filled_text(url, |_| Some(value))
}

fn shown(button: &Value, link: String) -> Button {
    let kind = constant(button, "type");
    let (kind, default, target) = match kind.as_str() {
        "QUICK_REPLY" => (ButtonKind::Reply, "", None),
        "URL" => (ButtonKind::Link, "", Some(link)),
        "PHONE_NUMBER" => (ButtonKind::Call, "", Some(text(button, "phone_number"))),
        "VOICE_CALL" => (ButtonKind::Call, "Call on WhatsApp", None),
        "COPY_CODE" => (ButtonKind::Copy, "Copy offer code", None),
        "OTP" => (ButtonKind::Copy, "Copy code", None),
        "CATALOG" => (ButtonKind::Open, "View catalog", None),
        "MPM" | "SPM" => (ButtonKind::Open, "View items", None),
        _ => (ButtonKind::Open, "", None),
    };
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
