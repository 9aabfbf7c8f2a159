//! The variables of a template, read from its components as Meta lists them (Meta, template components).

use serde_json::Value;

use super::category::Category;
use super::text::{BadVariables, TemplateText, distinct_variables};
use super::unsupported::{Unsupported, UnsupportedReason};
use crate::media::MediaKind;

/// The body of a one-time code's template, which Meta lists without its text.
const CODE_BODY: &str = "{{1}}";
/// Part of the link that Meta lists for the button of a one-time code.
const CODE_LINK: &str = "otp_type=";

/// The values that a template requires.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TemplateShape {
    /// Whether parameters have names (`parameter_format` NAMED).
    pub(super) is_named: bool,
    /// Whether the body is Meta's own text around a one-time code.
    is_one_time_code: bool,
    pub(super) header: Header,
    pub(super) body: TemplateText,
    pub(super) buttons: Vec<ButtonVariable>,
}

/// The header above the body.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) enum Header {
    /// Nothing.
    #[default]
    None,
    Text(TemplateText),
    /// A file: one of ours, by its id.
    Media(MediaKind),
}

/// A button that requires a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ButtonVariable {
    /// The index among all buttons, from 0.
    pub(super) index: usize,
    pub(super) kind: ButtonKind,
}

/// How a button uses its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ButtonKind {
    /// It ends a link.
    Url,
    /// It is copied.
    CouponCode,
    /// It is the body's code, once more.
    OneTimeCode,
}

impl TemplateShape {
    /// Reads the `components` array, the `parameter_format` and the category of a template node.
    ///
    /// # Errors
    /// When a part needs a product, a flow, a location or another value that is neither text nor a file, or when Meta's
    /// rules do not determine which value belongs to which of its variables.
    pub fn read(
        components: &Value,
        parameter_format: &str,
        category: &Category,
    ) -> Result<Self, Unsupported> {
        let mut shape = Self {
            is_named: parameter_format.eq_ignore_ascii_case("NAMED"),
            is_one_time_code: *category == Category::Authentication,
            ..Self::default()
        };
        for component in components.as_array().into_iter().flatten() {
            shape.read_component(component)?;
        }
        shape.read_code()?;
        Ok(shape)
    }

    /// The names of the variables that a caller has to give, in order, each once: `1`, `2`, … or the names; the
    /// header's have the prefix `header.`, and buttons are `button.0`, `button.1`, …. A header of media requires a
    /// file's id as `header.document`, `header.image` or `header.video`. The button of a one-time code repeats the
    /// body's code and has no variable of its own.
    #[must_use]
    pub fn variable_names(&self) -> Vec<String> {
        let mut names: Vec<String> = match &self.header {
            Header::None => Vec::new(),
            Header::Text(text) => text
                .variables()
                .iter()
                .map(|name| of_header(name))
                .collect(),
            Header::Media(kind) => vec![media_variable(*kind).to_owned()],
        };
        names.extend_from_slice(self.body.variables());
        let with_own_value = |button: &&ButtonVariable| button.kind != ButtonKind::OneTimeCode;
        let buttons = self.buttons.iter().filter(with_own_value);
        names.extend(buttons.map(|button| of_button(button.index)));
        names
    }

    /// The kind of file that the header requires, if any.
    #[must_use]
    pub const fn header_media(&self) -> Option<MediaKind> {
        match self.header {
            Header::Media(kind) => Some(kind),
            Header::None | Header::Text(_) => None,
        }
    }

    /// The variable that holds the one-time code, if the template is for one.
    pub(super) fn code_variable(&self) -> Option<&str> {
        match self.body.variables() {
            [code] if self.is_one_time_code => Some(code),
            _ => None,
        }
    }

    fn read_component(&mut self, component: &Value) -> Result<(), Unsupported> {
        match constant(component, "type").as_str() {
            "HEADER" => self.header = self.read_header(component)?,
            "BODY" => self.body = self.read_text("BODY", component)?,
            "BUTTONS" => self.read_buttons(component)?,
            "FOOTER" => {}
            other => return Err(Unsupported::part(other)),
        }
        Ok(())
    }

    fn read_header(&self, component: &Value) -> Result<Header, Unsupported> {
        let format = constant(component, "format");
        if let Some(kind) = MediaKind::of_header(&format) {
            return Ok(Header::Media(kind));
        }
        match format.as_str() {
            "TEXT" | "" => self.read_text("HEADER", component).map(Header::Text),
            _ => Err(Unsupported::part(format!("HEADER {format}"))),
        }
    }

    fn read_text(&self, part: &str, component: &Value) -> Result<TemplateText, Unsupported> {
        let text = text(component, "text");
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

    fn read_buttons(&mut self, component: &Value) -> Result<(), Unsupported> {
        let buttons = component.get("buttons").and_then(Value::as_array);
        for (index, button) in buttons.into_iter().flatten().enumerate() {
            let kind = self.read_button(button)?;
            self.buttons
                .extend(kind.map(|kind| ButtonVariable { index, kind }));
        }
        Ok(())
    }

    fn read_button(&self, button: &Value) -> Result<Option<ButtonKind>, Unsupported> {
        match constant(button, "type").as_str() {
            "OTP" => Ok(Some(ButtonKind::OneTimeCode)),
            "COPY_CODE" => Ok(Some(ButtonKind::CouponCode)),
            "URL" => self.read_link(text(button, "url")),
            "QUICK_REPLY" | "PHONE_NUMBER" | "VOICE_CALL" => Ok(None),
            other => Err(Unsupported::part(format!("{other} button"))),
        }
    }

    /// Meta lists the button of a one-time code as a link that ends in the code.
    fn read_link(&self, url: &str) -> Result<Option<ButtonKind>, Unsupported> {
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

    /// Adds the code to a body that Meta lists without text, and checks that a button has a code to repeat.
    fn read_code(&mut self) -> Result<(), Unsupported> {
        let mut kinds = self.buttons.iter().map(|button| button.kind);
        let has_button = kinds.any(|kind| kind == ButtonKind::OneTimeCode);
        self.is_one_time_code |= has_button;
        if self.is_one_time_code && self.body.variables().is_empty() {
            self.body = self.read_text("BODY", &serde_json::json!({"text": CODE_BODY}))?;
        }
        if has_button && self.code_variable().is_none() {
            return Err(Unsupported::because("BODY", UnsupportedReason::Code));
        }
        Ok(())
    }
}

/// The variable that holds the id of the header's file.
#[must_use]
pub const fn media_variable(kind: MediaKind) -> &'static str {
    match kind {
        MediaKind::Document => "header.document",
        MediaKind::Image => "header.image",
        MediaKind::Video => "header.video",
    }
}

/// The name of a variable of the header's text.
pub(super) fn of_header(name: &str) -> String {
    format!("header.{name}")
}

/// The name of the variable of a button.
pub(super) fn of_button(index: usize) -> String {
    format!("button.{index}")
}

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn constant(value: &Value, key: &str) -> String {
    text(value, key).to_ascii_uppercase()
}
