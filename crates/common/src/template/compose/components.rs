//! The `components` of Meta's request, of variables that were checked.

use serde_json::{Map, Value, json};

use super::{Variables, value, values};
use crate::ids::MediaId;
use crate::media::MediaKind;
use crate::template::shape::{
    ButtonKind, ButtonVariable, Header, OFFER_END, Section, TemplateShape,
};
use crate::template::text::TemplateText;

/// The components of a message.
pub(super) fn of(shape: &TemplateShape, variables: &Variables) -> Vec<Value> {
    let filler = Filler { shape, variables };
    let mut components = filler.section(&shape.message);
    components.extend(filler.offer());
    if !shape.cards.is_empty() {
        let cards: Vec<Value> = shape
            .cards
            .iter()
            .enumerate()
            .map(|(index, card)| json!({"card_index": index, "components": filler.section(card)}))
            .collect();
        components.push(json!({"type": "carousel", "cards": cards}));
    }
    components
}

struct Filler<'a> {
    shape: &'a TemplateShape,
    variables: &'a Variables,
}

impl<'a> Filler<'a> {
    fn value(&self, name: &str) -> &'a str {
        value(self.variables, name)
    }

    fn section(&self, section: &Section) -> Vec<Value> {
        let header = self.header(section);
        let body = self.texts(&section.body, |name| self.value(&section.name(name)));
        let mut components = Vec::new();
        if !header.is_empty() {
            components.push(json!({"type": "header", "parameters": header}));
        }
        if !body.is_empty() {
            components.push(json!({"type": "body", "parameters": body}));
        }
        let buttons = section.buttons.iter();
        components.extend(buttons.filter_map(|button| self.button(section, *button)));
        components
    }

    fn header(&self, section: &Section) -> Vec<Value> {
        match &section.header {
            Header::None => Vec::new(),
            Header::Text(text) => self.texts(text, |name| self.value(&section.header_name(name))),
            Header::Media(kind) => vec![self.media(section, *kind)],
            Header::Location => vec![self.location(section)],
        }
    }

    /// One parameter for each variable, in the order that Meta expects.
    fn texts(&self, text: &TemplateText, value: impl Fn(&str) -> &'a str) -> Vec<Value> {
        let parameter = |name: &String| match self.shape.is_named {
            true => json!({"type": "text", "parameter_name": name, "text": value(name)}),
            false => json!({"type": "text", "text": value(name)}),
        };
        text.variables().iter().map(parameter).collect()
    }

    /// A file, by our id in its canonical spelling; Meta's id replaces it at the POST
    /// ([`crate::media::put_meta_id`]).
    fn media(&self, section: &Section, kind: MediaKind) -> Value {
        let kind = kind.as_str();
        let id = self.value(&section.header_name(kind)).parse::<MediaId>();
        let id = id.map(|id| id.to_string()).unwrap_or_default();
        let mut file = Map::from_iter([("id".to_owned(), id.into())]);
        self.add(&mut file, "filename", &section.header_name("filename"));
        json!({"type": kind, kind: file})
    }

    fn location(&self, section: &Section) -> Value {
        let mut location = Map::new();
        for (field, limit) in [("latitude", 90), ("longitude", 180)] {
            let degrees = values::degrees(self.value(&section.header_name(field)), limit);
            location.insert(field.to_owned(), json!(degrees));
        }
        for field in ["name", "address"] {
            self.add(&mut location, field, &section.header_name(field));
        }
        json!({"type": "location", "location": location})
    }

    /// Adds a value that may be absent.
    fn add(&self, fields: &mut Map<String, Value>, field: &str, variable: &str) {
        let value = self.value(variable);
        if !value.is_empty() {
            fields.insert(field.to_owned(), value.into());
        }
    }

    /// When the offer ends, in milliseconds.
    fn offer(&self) -> Option<Value> {
        let end = values::time(self.value(OFFER_END))?.timestamp_millis();
        let offer = json!({"expiration_time_ms": end});
        let parameter = json!({"type": "limited_time_offer", "limited_time_offer": offer});
        Some(json!({"type": "limited_time_offer", "parameters": [parameter]}))
    }

    /// The component of a button; `None` for one that needs no value and is given none.
    fn button(&self, section: &Section, button: ButtonVariable) -> Option<Value> {
        let ButtonVariable { index, kind } = button;
        let own = || self.value(&section.button_name(index)).to_owned();
        let part = |name: &str| self.value(&section.button_part(index, name)).to_owned();
        let (sub_type, parameter) = match kind {
            ButtonKind::Url => ("url", json!({"type": "text", "text": own()})),
            ButtonKind::CouponCode => (
                "copy_code",
                json!({"type": "coupon_code", "coupon_code": own()}),
            ),
            ButtonKind::OneTimeCode => {
                let code = self.value(self.shape.code_variable().unwrap_or_default());
                ("url", json!({"type": "text", "text": code}))
            }
            ButtonKind::QuickReply => {
                let payload = Some(part("payload")).filter(|payload| !payload.is_empty())?;
                (
                    "quick_reply",
                    json!({"type": "payload", "payload": payload}),
                )
            }
            ButtonKind::Flow => {
                let token = Value::from(part("flow_token"));
                let mut action = Map::from_iter([("flow_token".to_owned(), token)]);
                if let Some(data) = values::json_object(&part("flow_data")) {
                    action.insert("flow_action_data".to_owned(), data.into());
                }
                ("flow", json!({"type": "action", "action": action}))
            }
            ButtonKind::Catalog => {
                let product = Some(part("product")).filter(|product| !product.is_empty())?;
                let action = json!({"thumbnail_product_retailer_id": product});
                ("catalog", json!({"type": "action", "action": action}))
            }
        };
        Some(json!({
            "type": "button", "sub_type": sub_type, "index": index.to_string(), "parameters": [parameter]
        }))
    }
}
