//! The JSON object of a template in a body. Any object with a name, a language and a category can be saved as a draft;
//! the rules of Meta are applied when it is shown, validated and published.

use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::openapi::schema::{AdditionalProperties, Object, ObjectBuilder, Type};

use crate::problem::Problem;

/// The texts that a draft needs, and their greatest lengths in characters.
const TEXTS: [(&str, usize); 3] = [("name", 512), ("language", 32), ("category", 64)];

/// A JSON object that is to be saved.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
pub(crate) struct DefinitionToSave(Map<String, Value>);

/// A JSON object that has a name, a language and a category.
#[derive(Debug, Clone)]
pub(super) struct Definition {
    pub(super) name: String,
    pub(super) language: String,
    pub(super) value: Value,
}

impl DefinitionToSave {
    /// The object, if it can be saved as a draft. The object stands at `/template` of the body.
    pub(super) fn checked(self) -> Result<Definition, Problem> {
        let problems = TEXTS.into_iter().filter_map(|(key, most)| {
            let pointer = format!("/template/{key}");
            let text = self.0.get(key).and_then(Value::as_str);
            match text.map(|text| text.chars().count()) {
                Some(length) if (1..=most).contains(&length) => None,
                _ if !self.0.contains_key(key) => Some(Problem::body(pointer, "is missing")),
                _ => {
                    let detail = format!("should be a text of 1 to {most} characters");
                    Some(Problem::body(pointer, detail))
                }
            }
        });
        if let Some(problem) = problems.reduce(|first, other| first.with("", other)) {
            return Err(problem);
        }
        Ok(Definition::new(Value::Object(self.0)))
    }
}

impl Definition {
    /// An object whose texts are known to be there.
    pub(super) fn new(value: Value) -> Self {
        let text = |key: &str| {
            let text = value.get(key).and_then(Value::as_str);
            text.unwrap_or_default().to_owned()
        };
        Self {
            name: text("name"),
            language: text("language"),
            value,
        }
    }

    /// The same template under another name or in another language.
    pub(super) fn renamed(mut self, name: Option<String>, language: Option<String>) -> Self {
        self.name = name.unwrap_or(self.name);
        self.language = language.unwrap_or(self.language);
        if let Value::Object(object) = &mut self.value {
            object.insert("name".to_owned(), json!(self.name));
            object.insert("language".to_owned(), json!(self.language));
        }
        self
    }
}

/// The schema of [`DefinitionToSave`].
pub(super) fn schema() -> Object {
    let described = "The JSON object that creates the template at Meta: `name`, `language`, `category`, \
        `parameter_format`, `components` and the other fields of Meta. In `example.header_handle` of a header the id of \
        a file from `POST /v1/media` may stand: it is uploaded to Meta when the draft is published.";
    let object = ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some(described))
        .additional_properties(Some(AdditionalProperties::FreeForm(true)))
        .examples([example()]);
    let object = TEXTS.into_iter().fold(object, |object, (key, most)| {
        let text = ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(1))
            .max_length(Some(most));
        object.property(key, text).required(key)
    });
    object.build()
}

/// The schema of a template's JSON object in a response.
pub(super) fn shown_schema() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .description(Some("The JSON object that creates the template at Meta."))
        .additional_properties(Some(AdditionalProperties::FreeForm(true)))
        .examples([example()])
        .build()
}

fn example() -> Value {
    json!({
        "name": "commande_prete",
        "language": "fr",
        "category": "UTILITY",
        "parameter_format": "POSITIONAL",
        "components": [{
            "type": "BODY",
            "text": "Bonjour {{1}}, votre commande {{2}} est prête à la boutique.",
            "example": { "body_text": [["Awa", "860198"]] },
        }],
    })
}
