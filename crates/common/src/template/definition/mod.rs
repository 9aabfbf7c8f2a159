//! A template as a business writes it and as Meta creates it (Meta, templates reference). Its types hold valid templates
//! only: [`TemplateDefinition::parse`] is the one way to make them.
//!
//! The modules follow the parts of a template: the frame is read in `parse`, one of four kinds of content in `content`,
//! and what breaks a rule is reported with the texts of `rules`.

mod body;
mod button;
mod buttons;
mod carousel;
mod check;
mod code;
mod content;
mod delivery;
mod diff;
mod example;
mod fault;
mod fields;
mod flow;
mod footer;
mod format;
mod header;
mod label;
mod language;
mod link;
mod message;
mod offer;
mod otp;
mod parse;
mod parts;
mod rules;
#[cfg(test)]
mod tests;
mod worded;
mod wording;

use serde_json::{Value, json};

pub use diff::{Difference, diff};
pub use fault::TemplateFault;

use self::check::Check;
use self::content::Content;
use self::delivery::{MaxPrice, TimeToLive};
use self::format::{ParameterFormat, present};
use self::language::Language;
use super::category::Category;

/// The `display_format` of a template with the details of an order.
const ORDER: &str = "ORDER_DETAILS";

/// A template that keeps every rule of Meta that can be known beforehand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateDefinition {
    name: String,
    language: Language,
    category: Category,
    format: Option<ParameterFormat>,
    content: Content,
    allow_category_change: Option<bool>,
    link_tracking_opted_out: Option<bool>,
    time_to_live: Option<TimeToLive>,
    max_price: Option<MaxPrice>,
    is_order: bool,
}

impl TemplateDefinition {
    /// Reads the JSON object that creates a template at Meta: `name`, `language`, `category`, `parameter_format`,
    /// `components` and what else Meta's reference lists.
    ///
    /// # Errors
    /// Every rule that it breaks, at most 100, each with the place.
    pub fn parse(object: &Value) -> Result<Self, Vec<TemplateFault>> {
        let mut check = Check::new();
        let definition = parse::read(object, &mut check);
        check.finish(definition)
    }

    /// The JSON object that [`TemplateDefinition::parse`] reads and Meta takes.
    #[must_use]
    pub fn to_meta(&self) -> Value {
        let mut object = self.edit_body();
        if let Value::Object(fields) = &mut object {
            fields.insert("name".to_owned(), json!(self.name));
            fields.insert("language".to_owned(), json!(self.language.code()));
            fields.extend(
                self.allow_category_change
                    .map(|flag| ("allow_category_change".to_owned(), json!(flag))),
            );
        }
        object
    }

    /// The JSON object that edits a template at Meta so that it becomes this one. Its components replace all those that
    /// the template has. Meta refuses another category for an approved template.
    #[must_use]
    pub fn edit_body(&self) -> Value {
        present(json!({
            "category": self.category.as_meta(),
            "parameter_format": self.format.map(ParameterFormat::as_str),
            "components": self.content.to_meta(),
            "message_send_ttl_seconds": self.time_to_live.map(TimeToLive::seconds),
            "cta_url_link_tracking_opted_out": self.link_tracking_opted_out,
            "optimization_spec": self.max_price.as_ref().map(MaxPrice::to_meta),
            "display_format": self.is_order.then_some(ORDER),
        }))
    }

    /// The name, which all languages share.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The language, in Meta's spelling.
    #[must_use]
    pub const fn language(&self) -> &str {
        self.language.code()
    }

    /// The category that is asked for.
    #[must_use]
    pub const fn category(&self) -> &Category {
        &self.category
    }
}
