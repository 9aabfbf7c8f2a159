//! The header, body and buttons of a message, or of one card of a carousel.

use serde_json::Value;

use super::{constant, items, text};
use crate::media::MediaKind;
use crate::template::text::{BadVariables, TemplateText, distinct_variables};
use crate::template::unsupported::{Unsupported, UnsupportedReason};

/// Part of the link that Meta lists for the button of a one-time code.
const CODE_LINK: &str = "otp_type=";

/// A message without its cards, or a card.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::template) struct Section {
    /// What the names of its variables begin with: nothing, or for a card `card.0.`, `card.1.` and so on.
    pub(in crate::template) prefix: String,
    pub(in crate::template) header: Header,
    pub(in crate::template) body: TemplateText,
    pub(in crate::template) buttons: Vec<ButtonVariable>,
}

/// The header above the body.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::template) enum Header {
    /// Nothing.
    #[default]
    None,
    Text(TemplateText),
    /// A file: one of ours, by its id.
    Media(MediaKind),
    /// A place on a map.
    Location,
}

/// A button that requires a value, or takes one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::template) struct ButtonVariable {
    /// The index among all buttons, from 0.
    pub(in crate::template) index: usize,
    pub(in crate::template) kind: ButtonKind,
}

/// How a button uses its values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::template) enum ButtonKind {
    /// It ends a link.
    Url,
    /// It is copied.
    CouponCode,
    /// It is the body's code, once more.
    OneTimeCode,
    /// It comes back with a tap, if it is given.
    QuickReply,
    /// It starts a flow.
    Flow,
    /// It names the product whose picture stands for the catalogue, if it is given.
    Catalog,
}

/// How the parts of a template are read.
#[derive(Debug, Clone, Copy)]
pub(super) struct SectionReader {
    /// Whether variables have names.
    pub(super) is_named: bool,
    /// Whether links with a variable are the button of a one-time code.
    pub(super) is_one_time_code: bool,
}

impl SectionReader {
    /// Reads the cards of a carousel.
    pub(super) fn cards(self, carousel: &Value) -> Result<Vec<Section>, Unsupported> {
        let reader = Self {
            is_one_time_code: false,
            ..self
        };
        let cards = items(carousel.get("cards")).enumerate();
        cards
            .map(|(index, card)| reader.card(index, card))
            .collect()
    }

    fn card(self, index: usize, card: &Value) -> Result<Section, Unsupported> {
        let mut section = Section {
            prefix: format!("card.{index}."),
            ..Section::default()
        };
        for component in items(card.get("components")) {
            self.read(&mut section, component)
                .map_err(|unsupported| unsupported.of_card(index))?;
        }
        let is_code = |button: &ButtonVariable| button.kind == ButtonKind::OneTimeCode;
        if section.buttons.iter().any(is_code) {
            return Err(Unsupported::part("OTP button").of_card(index));
        }
        Ok(section)
    }

    /// Reads one component into its section.
    pub(super) fn read(self, section: &mut Section, component: &Value) -> Result<(), Unsupported> {
        match constant(component, "type").as_str() {
            "HEADER" => section.header = self.header(component)?,
            "BODY" => section.body = self.text("BODY", text(component, "text"))?,
            "BUTTONS" => section.buttons = self.buttons(component)?,
            other => return Err(Unsupported::part(other)),
        }
        Ok(())
    }

    fn header(self, component: &Value) -> Result<Header, Unsupported> {
        let format = constant(component, "format");
        if let Some(kind) = MediaKind::of_header(&format) {
            return Ok(Header::Media(kind));
        }
        match format.as_str() {
            "TEXT" | "" => {
                let text = self.text("HEADER", text(component, "text"))?;
                Ok(Header::Text(text))
            }
            "LOCATION" => Ok(Header::Location),
            _ => Err(Unsupported::part(format!("HEADER {format}"))),
        }
    }

    /// Reads the text of a part.
    pub(super) fn text(self, part: &str, text: &str) -> Result<TemplateText, Unsupported> {
        let read = match self.is_named {
            true => TemplateText::named(text),
            false => TemplateText::numbered(text),
        };
        read.map_err(|bad| {
            let reason = match bad {
                BadVariables::Numbering => UnsupportedReason::Numbering,
                BadVariables::Naming => UnsupportedReason::Naming,
            };
            Unsupported::because(part, reason)
        })
    }

    fn buttons(self, component: &Value) -> Result<Vec<ButtonVariable>, Unsupported> {
        let mut buttons = Vec::new();
        for (index, button) in items(component.get("buttons")).enumerate() {
            let kind = self.button(button)?;
            buttons.extend(kind.map(|kind| ButtonVariable { index, kind }));
        }
        Ok(buttons)
    }

    fn button(self, button: &Value) -> Result<Option<ButtonKind>, Unsupported> {
        match constant(button, "type").as_str() {
            "OTP" => Ok(Some(ButtonKind::OneTimeCode)),
            "COPY_CODE" => Ok(Some(ButtonKind::CouponCode)),
            "URL" => self.link(text(button, "url")),
            "QUICK_REPLY" => Ok(Some(ButtonKind::QuickReply)),
            "FLOW" => Ok(Some(ButtonKind::Flow)),
            "CATALOG" => Ok(Some(ButtonKind::Catalog)),
            "PHONE_NUMBER" | "VOICE_CALL" => Ok(None),
            other => Err(Unsupported::part(format!("{other} button"))),
        }
    }

    /// Meta lists the button of a one-time code as a link that ends in the code.
    fn link(self, url: &str) -> Result<Option<ButtonKind>, Unsupported> {
        let variables = distinct_variables(url).len();
        if self.is_one_time_code && (variables > 0 || url.contains(CODE_LINK)) {
            return Ok(Some(ButtonKind::OneTimeCode));
        }
        match variables {
            0 => Ok(None),
            1 => Ok(Some(ButtonKind::Url)),
            _ => Err(Unsupported::because("URL button", UnsupportedReason::Link)),
        }
    }
}
