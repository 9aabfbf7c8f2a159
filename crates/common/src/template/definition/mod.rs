//! A template as a business writes it and as Meta creates it (Meta, templates reference).

mod fault;

use serde_json::Value;

pub use fault::TemplateFault;

use super::category::Category;

/// A template that keeps every rule of Meta that can be known beforehand.
#[derive(Debug, Clone, PartialEq)]
pub struct TemplateDefinition {
    name: String,
    language: String,
    category: Category,
    body: Value,
}

impl TemplateDefinition {
    /// Reads the JSON object that creates a template at Meta: `name`, `language`, `category`, `parameter_format` and
    /// `components`.
    ///
    /// # Errors
    /// Every rule that it breaks, at most 100, each with the place.
    pub fn parse(object: &Value) -> Result<Self, Vec<TemplateFault>> {
        let text = |key: &str| {
            let missing = || {
                TemplateFault::new(
                    format!("/{key}"),
                    "missing",
                    "A text is missing.",
                    "Un texte manque.",
                )
            };
            object
                .get(key)
                .and_then(Value::as_str)
                .map(ToOwned::to_owned)
                .ok_or_else(|| vec![missing()])
        };
        Ok(Self {
            name: text("name")?,
            language: text("language")?,
            category: Category::from_meta(&text("category")?),
            body: object.clone(),
        })
    }

    /// The JSON object that [`TemplateDefinition::parse`] reads and Meta takes.
    #[must_use]
    pub fn to_meta(&self) -> Value {
        self.body.clone()
    }

    /// The name, which all languages share.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The language, in Meta's spelling.
    #[must_use]
    pub fn language(&self) -> &str {
        &self.language
    }

    /// The category that is asked for.
    #[must_use]
    pub const fn category(&self) -> &Category {
        &self.category
    }
}
