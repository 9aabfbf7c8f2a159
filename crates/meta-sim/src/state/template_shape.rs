//! The parameters that a template expects of a send: derived from its components when it is stored.

use serde_json::Value;

use super::account::Template;

/// The variables of one text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Variables {
    /// `{{1}}` to `{{n}}`.
    Positional(usize),
    /// `{{first_name}}` and so on, in order of appearance.
    Named(Vec<String>),
}

/// The header above the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Header {
    /// No header, or one without parameters.
    None,
    /// Text with variables.
    Text(Variables),
    /// `image`, `video`, `document`, `gif` or `location`: one parameter of that type.
    Media(String),
}

/// The parameters of a button.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Button {
    /// An optional payload.
    QuickReply,
    /// A URL; with a variable the parameter is required.
    Url {
        /// Whether the URL ends in a variable.
        variable: bool,
    },
    /// A coupon code, required.
    CopyCode,
    /// An optional flow token and data.
    Flow,
    /// An optional product to show.
    Catalog,
    /// Sections of products, or one product.
    Products,
    /// Takes no parameter.
    Plain,
}

/// The parameters that a template expects of a send.
#[derive(Debug, Clone)]
pub(crate) struct TemplateShape {
    pub(crate) message: SectionShape,
    /// Whether it is a limited-time offer that takes the time of its end.
    pub(crate) expires: bool,
    /// The cards of a carousel.
    pub(crate) cards: Vec<SectionShape>,
}

/// Those of a message without its cards, or of a card.
#[derive(Debug, Clone)]
pub(crate) struct SectionShape {
    pub(crate) header: Header,
    pub(crate) body: Variables,
    pub(crate) body_text: String,
    pub(crate) buttons: Vec<Button>,
}

impl Variables {
    fn of(text: &str, named: bool) -> Self {
        let mut names: Vec<String> = Vec::new();
        for piece in text.split("{{").skip(1) {
            let Some((name, _)) = piece.split_once("}}") else {
                continue;
            };
            let name = name.trim().to_owned();
            if !names.contains(&name) {
                names.push(name);
            }
        }
        if named {
            Self::Named(names)
        } else {
            Self::Positional(names.len())
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Positional(count) => *count,
            Self::Named(names) => names.len(),
        }
    }
}

impl TemplateShape {
    pub(crate) fn of(template: &Template) -> Self {
        let named = template.parameter_format.eq_ignore_ascii_case("NAMED");
        let mut shape = Self {
            message: SectionShape::of(&template.components, named),
            expires: false,
            cards: Vec::new(),
        };
        for component in &template.components {
            match text(component, "type").to_ascii_lowercase().as_str() {
                "carousel" => {
                    let cards = list(component, "cards").iter();
                    let card = |card| SectionShape::of(list(card, "components"), named);
                    shape.cards = cards.map(card).collect();
                }
                "limited_time_offer" => shape.expires = expires(component),
                _ => {}
            }
        }
        shape
    }
}

impl SectionShape {
    fn of(components: &[Value], named: bool) -> Self {
        let mut section = Self {
            header: Header::None,
            body: Variables::of("", named),
            body_text: String::new(),
            buttons: Vec::new(),
        };
        for component in components {
            section.add(component, named);
        }
        section
    }

    fn add(&mut self, component: &Value, named: bool) {
        match text(component, "type").to_ascii_lowercase().as_str() {
            "header" => self.header = header(component, named),
            "body" => {
                self.body_text = text(component, "text").to_owned();
                self.body = Variables::of(&self.body_text, named);
            }
            "buttons" => self.buttons = list(component, "buttons").iter().map(button).collect(),
            // Other components are shown as created and take no parameters.
            _ => {}
        }
    }
}

/// Only an expiring offer takes an expiry time.
fn expires(component: &Value) -> bool {
    component.pointer("/limited_time_offer/has_expiration") == Some(&Value::Bool(true))
}

fn header(component: &Value, named: bool) -> Header {
    match text(component, "format").to_ascii_uppercase().as_str() {
        "TEXT" => Header::Text(Variables::of(text(component, "text"), named)),
        "" => Header::None,
        format => Header::Media(format.to_ascii_lowercase()),
    }
}

fn button(button: &Value) -> Button {
    match text(button, "type").to_ascii_uppercase().as_str() {
        "QUICK_REPLY" => Button::QuickReply,
        "URL" => Button::Url {
            variable: text(button, "url").contains("{{"),
        },
        "OTP" => Button::Url { variable: true },
        "COPY_CODE" => Button::CopyCode,
        "FLOW" => Button::Flow,
        "CATALOG" => Button::Catalog,
        "MPM" | "SPM" => Button::Products,
        _ => Button::Plain,
    }
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(value: &'a Value, key: &str) -> &'a [Value] {
    let list = value.get(key).and_then(Value::as_array);
    list.map(Vec::as_slice).unwrap_or_default()
}
