//! What a template asks to be filled in, read from its components as Meta lists them (Meta, template components).

use serde_json::Value;

use crate::media::MediaKind;

/// One place to fill in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placeholder {
    /// A variable of the header's text.
    Header(String),
    /// The file of a header of media: one of ours, by its id.
    HeaderMedia(MediaKind),
    /// A variable of the body.
    Body(String),
    /// The variable at the end of a button's URL; the number is the button's place among all buttons, from 0.
    ButtonUrl(u8),
    /// The code of a "copy code" button; the number is the button's place among all buttons, from 0.
    ButtonCode(u8),
    /// The one-time code of an authentication template's button.
    OtpButton(u8),
}

/// All that a template asks for, in the order of its parts.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TemplateShape {
    /// Whether parameters carry names (`parameter_format` NAMED).
    pub named: bool,
    /// The places to fill in.
    pub placeholders: Vec<Placeholder>,
    /// Whether the body is Meta's own text around a one-time code, which the button repeats.
    pub is_one_time_code: bool,
    /// The characters of the body's own text, without its placeholders: they count toward Meta's limit of 1,024.
    pub body_chars: usize,
}

/// A template that asks for something that cannot be filled in from variables.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the template's {part} cannot be filled in from variables")]
pub struct Unsupported {
    /// The part, in Meta's words, such as `HEADER IMAGE`.
    pub part: String,
}

impl TemplateShape {
    /// Reads the `components` array and `parameter_format` of a template node.
    ///
    /// # Errors
    /// When a part needs a product, a flow, a place or another thing that is neither text nor a file.
    pub fn read(components: &Value, parameter_format: &str) -> Result<Self, Unsupported> {
        let mut shape = Self {
            named: parameter_format.eq_ignore_ascii_case("NAMED"),
            ..Self::default()
        };
        for component in components.as_array().into_iter().flatten() {
            shape.read_component(component)?;
        }
        Ok(shape)
    }

    /// The names of the variables that a caller has to give, in order, each once: `1`, `2`, … or the names; the header's
    /// bear the prefix `header.`, and buttons are `button.0`, `button.1`, …. A header of media asks for a file's id as
    /// `header.document`, `header.image` or `header.video`. An authentication template's button repeats the body's code and
    /// asks for nothing of its own.
    #[must_use]
    pub fn variable_names(&self) -> Vec<String> {
        let mut names = Vec::new();
        for placeholder in &self.placeholders {
            let name = match placeholder {
                Placeholder::Header(name) => format!("header.{name}"),
                Placeholder::HeaderMedia(kind) => media_variable(*kind).to_owned(),
                Placeholder::Body(name) => name.clone(),
                Placeholder::ButtonUrl(index) | Placeholder::ButtonCode(index) => {
                    format!("button.{index}")
                }
                Placeholder::OtpButton(_) => continue,
            };
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names
    }

    /// What kind of file the header asks for, if it asks for one.
    #[must_use]
    pub fn header_media(&self) -> Option<MediaKind> {
        self.placeholders
            .iter()
            .find_map(|placeholder| match placeholder {
                Placeholder::HeaderMedia(kind) => Some(*kind),
                _ => None,
            })
    }

    fn read_component(&mut self, component: &Value) -> Result<(), Unsupported> {
        let kind = word(component, "type");
        match kind.as_str() {
            "HEADER" => {
                let format = word(component, "format");
                if let Some(kind) = MediaKind::of_header(&format) {
                    self.placeholders.push(Placeholder::HeaderMedia(kind));
                    return Ok(());
                }
                if !matches!(format.as_str(), "TEXT" | "") {
                    return Err(Unsupported {
                        part: format!("HEADER {format}"),
                    });
                }
                self.placeholders
                    .extend(variables(text(component, "text")).map(Placeholder::Header));
            }
            "BODY" => self.read_body(component),
            "BUTTONS" => self.read_buttons(component)?,
            "FOOTER" => {}
            other => {
                return Err(Unsupported {
                    part: other.to_owned(),
                });
            }
        }
        Ok(())
    }

    fn read_body(&mut self, component: &Value) {
        let body = text(component, "text");
        let names: Vec<String> = variables(body).collect();
        let marks: usize = names.iter().map(|name| name.chars().count() + 4).sum();
        self.body_chars = body.chars().count().saturating_sub(marks);
        self.is_one_time_code = component.get("add_security_recommendation").is_some();
        let names = if names.is_empty() && self.is_one_time_code {
            vec!["1".to_owned()]
        } else {
            names
        };
        self.placeholders
            .extend(names.into_iter().map(Placeholder::Body));
    }

    fn read_buttons(&mut self, component: &Value) -> Result<(), Unsupported> {
        let buttons = component.get("buttons").and_then(Value::as_array);
        for (index, button) in (0_u8..).zip(buttons.into_iter().flatten()) {
            match word(button, "type").as_str() {
                "OTP" => self.placeholders.push(Placeholder::OtpButton(index)),
                "COPY_CODE" => self.placeholders.push(Placeholder::ButtonCode(index)),
                "URL" => {
                    let count = variables(text(button, "url")).count();
                    // Meta lists the button of a one-time code as a link that ends in the code.
                    if count > 0 && self.is_one_time_code {
                        self.placeholders.push(Placeholder::OtpButton(index));
                        continue;
                    }
                    self.placeholders
                        .extend((0..count).map(|_| Placeholder::ButtonUrl(index)));
                }
                "QUICK_REPLY" | "PHONE_NUMBER" | "VOICE_CALL" => {}
                other => {
                    return Err(Unsupported {
                        part: format!("{other} button"),
                    });
                }
            }
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

fn text<'a>(value: &'a Value, key: &str) -> &'a str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn word(value: &Value, key: &str) -> String {
    text(value, key).to_ascii_uppercase()
}

/// The names between `{{` and `}}`, in order.
fn variables(text: &str) -> impl Iterator<Item = String> {
    text.split("{{")
        .skip(1)
        .filter_map(|rest| rest.split_once("}}"))
        .map(|(name, _)| name.trim().to_owned())
}
