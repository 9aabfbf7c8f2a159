//! A message as data: what its recipient sees, part by part.

use common::template::Variables;
use serde::Serialize;
use serde_json::Value;

use crate::button::{Button, buttons};
use crate::formatting::{Block, formatted};
use crate::values::{Values, constant, items, text};

/// A message as its recipient sees it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Bubble {
    /// The language of the template, in Meta's spelling; empty when it is not known.
    pub language: String,
    /// Above the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<Header>,
    /// A limited-time offer, between header and body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offer: Option<Offer>,
    /// The body.
    pub body: Vec<Block>,
    /// The small text below the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub footer: Option<String>,
    /// Below the text.
    pub buttons: Vec<Button>,
    /// The cards of a carousel, each a small message.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub cards: Vec<Card>,
}

/// What stands above the body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Header {
    /// A line in bold.
    Text {
        /// The line.
        text: String,
    },
    /// A picture.
    Image,
    /// A film.
    Video,
    /// A document.
    Document {
        /// The name under which it is shown, when it is known.
        #[serde(skip_serializing_if = "Option::is_none")]
        filename: Option<String>,
    },
    /// A place on a map.
    Location,
    /// A product of a catalogue.
    Product,
}

/// A limited-time offer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Offer {
    /// Its title.
    pub text: String,
    /// Whether the time left is shown.
    pub has_expiration: bool,
}

/// A card of a carousel.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Card {
    /// Above the text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub header: Option<Header>,
    /// The text.
    pub body: Vec<Block>,
    /// Below the text.
    pub buttons: Vec<Button>,
}

impl Bubble {
    /// Reads the object that creates a template at Meta, or a template as Meta lists it. Variables have the names under
    /// which a message takes them; those without a value show the example of the template.
    #[must_use]
    pub fn of(template: &Value, variables: &Variables) -> Self {
        let is_code = constant(template, "category") == "AUTHENTICATION";
        let language = text(template, "language");
        let mut bubble = Self::default();
        for component in items(template.get("components")) {
            match constant(component, "type").as_str() {
                "HEADER" => bubble.header = header(component, variables, ""),
                "BODY" if is_code => bubble.body = code_body(component, variables, &language),
                "BODY" => bubble.body = body(component, variables, ""),
                "FOOTER" => bubble.footer = footer(component, &language),
                "BUTTONS" => {
                    bubble.buttons = buttons(component, variables, "", is_french(&language));
                }
                "LIMITED_TIME_OFFER" => {
                    bubble.offer = component.get("limited_time_offer").map(offer);
                }
                "CAROUSEL" => bubble.cards = cards(component, variables, is_french(&language)),
                _ => {}
            }
        }
        bubble.language = language;
        bubble
    }
}

fn header(component: &Value, variables: &Variables, prefix: &str) -> Option<Header> {
    Some(match constant(component, "format").as_str() {
        "IMAGE" => Header::Image,
        "VIDEO" | "GIF" => Header::Video,
        "DOCUMENT" => Header::Document {
            filename: variables.get("header.filename").cloned(),
        },
        "LOCATION" => Header::Location,
        "PRODUCT" => Header::Product,
        _ => {
            let values = Values::of(variables, format!("{prefix}header."), component);
            let text = values.fill(&text(component, "text"));
            return (!text.is_empty()).then_some(Header::Text { text });
        }
    })
}

fn body(component: &Value, variables: &Variables, prefix: &str) -> Vec<Block> {
    formatted(&Values::of(variables, prefix, component).fill(&text(component, "text")))
}

/// The body of a one-time code. Its words are Meta's, which lists them once it has the template: until then these stand in.
fn code_body(component: &Value, variables: &Variables, language: &str) -> Vec<Block> {
    if !text(component, "text").is_empty() {
        return body(component, variables, "");
    }
    let code = variables.get("1").map_or("123456", |code| code.trim());
    let recommends = component.get("add_security_recommendation") == Some(&Value::Bool(true));
    let sentence = match (is_french(language), recommends) {
        (true, false) => format!("*{code}* est votre code de vérification."),
        (true, true) => format!(
            "*{code}* est votre code de vérification. Pour votre sécurité, ne partagez pas ce code."
        ),
        (false, false) => format!("*{code}* is your verification code."),
        (false, true) => {
            format!(
                "*{code}* is your verification code. For your security, do not share this code."
            )
        }
    };
    formatted(&sentence)
}

fn footer(component: &Value, language: &str) -> Option<String> {
    let minutes = component
        .get("code_expiration_minutes")
        .and_then(Value::as_u64);
    let own = text(component, "text");
    let words = match minutes {
        Some(_) if !own.is_empty() => own,
        Some(minutes) if is_french(language) => format!("Ce code expire dans {minutes} minutes."),
        Some(minutes) => format!("This code expires in {minutes} minutes."),
        None => own,
    };
    (!words.is_empty()).then_some(words)
}

/// Whether a language, in Meta's spelling, is French.
pub(crate) fn is_french(language: &str) -> bool {
    language == "fr" || language.starts_with("fr_")
}

fn offer(offer: &Value) -> Offer {
    Offer {
        text: text(offer, "text"),
        has_expiration: offer.get("has_expiration") == Some(&Value::Bool(true)),
    }
}

fn cards(component: &Value, variables: &Variables, is_french: bool) -> Vec<Card> {
    let cards = items(component.get("cards")).enumerate();
    let read = cards.map(|(index, card)| {
        let prefix = format!("card.{index}.");
        let mut read = Card::default();
        for component in items(card.get("components")) {
            match constant(component, "type").as_str() {
                "HEADER" => read.header = header(component, variables, &prefix),
                "BODY" => read.body = body(component, variables, &prefix),
                "BUTTONS" => {
                    read.buttons = buttons(component, variables, &prefix, is_french);
                }
                _ => {}
            }
        }
        read
    });
    read.collect()
}
