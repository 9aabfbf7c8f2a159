//! Buttons that open a flow.

use serde_json::{Value, json};

use super::check::Check;
use super::fields::Fields;
use super::format::present;
use super::label::Label;
use super::rules::buttons::FLOW_SOURCE;

/// A button that opens a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Flow {
    text: Label,
    source: FlowSource,
    flow_action: Option<String>,
    navigate_screen: Option<String>,
}

/// Which flow it is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum FlowSource {
    Id(String),
    Name(String),
    /// The flow itself, as a text of JSON.
    Json(String),
}

impl Flow {
    /// Reads a button of the type FLOW.
    pub(super) fn read(fields: &Fields<'_>, check: &mut Check) -> Option<Self> {
        const OWN: [&str; 4] = ["type", "text", "flow_action", "navigate_screen"];
        fields.allow(
            &[&OWN[..], &["flow_id", "flow_name", "flow_json"]].concat(),
            check,
        );
        let text = Label::required(fields, "text", check);
        let source = FlowSource::read(fields, check);
        let flow_action = fields.text("flow_action", check).map(ToOwned::to_owned);
        let navigate_screen = fields.text("navigate_screen", check).map(ToOwned::to_owned);
        Some(Self {
            text: text?,
            source: source?,
            flow_action,
            navigate_screen,
        })
    }

    pub(super) fn to_meta(&self) -> Value {
        let (key, flow) = match &self.source {
            FlowSource::Id(id) => ("flow_id", id),
            FlowSource::Name(name) => ("flow_name", name),
            FlowSource::Json(flow) => ("flow_json", flow),
        };
        present(json!({
            "type": "FLOW",
            "text": self.text,
            key: flow,
            "flow_action": self.flow_action,
            "navigate_screen": self.navigate_screen,
        }))
    }
}

impl FlowSource {
    fn read(fields: &Fields<'_>, check: &mut Check) -> Option<Self> {
        let given = ["flow_id", "flow_name", "flow_json"]
            .into_iter()
            .filter(|key| fields.has(key));
        let given: Vec<&str> = given.collect();
        let [key] = given.as_slice() else {
            check.refuse(&FLOW_SOURCE, fields.pointer());
            return None;
        };
        let flow = fields.required_text(key, check)?.to_owned();
        Some(match *key {
            "flow_id" => Self::Id(flow),
            "flow_name" => Self::Name(flow),
            _ => Self::Json(flow),
        })
    }
}
