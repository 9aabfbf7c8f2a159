//! Composing a message of a template and variables: the variables are checked against those of the template, and become
//! the `components` of the request to Meta (Meta, sending templates). Every message of a template is composed here, and
//! what will be composed later is checked here.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Value, json};

use super::filled::given_variables;
use super::shape::{
    ButtonKind, ButtonVariable, Header, TemplateShape, media_variable, of_button, of_header,
};
use super::text::TemplateText;
use super::{ComposeError, MessagePreview, preview};
use crate::ids::MediaId;
use crate::media::{LONGEST_FILENAME, MediaKind};

/// The maximum number of characters of a body with its variables filled in (Meta, code 132005).
const BODY_LIMIT: usize = 1024;
/// The maximum number of characters of a header's text.
const HEADER_LIMIT: usize = 60;
/// The maximum number of characters of a one-time code or a copied code.
const CODE_LIMIT: usize = 15;

/// The name under which the recipient sees the header's document. It is optional in every message.
pub const FILENAME: &str = "header.filename";

/// The variables of one message, by name.
pub type Variables = BTreeMap<String, String>;

/// A message that is composed of a template and its variables.
#[derive(Clone, PartialEq)]
pub struct Composed {
    /// The `components` of Meta's request.
    pub components: Value,
    /// The file in its header.
    pub media_id: Option<MediaId>,
}

/// Without personal data: tests and logs print it.
impl fmt::Debug for Composed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Composed")
            .field("media_id", &self.media_id)
            .finish_non_exhaustive()
    }
}

impl Composed {
    /// The message as its recipient will read it. `template` holds the components that Meta lists.
    #[must_use]
    pub fn preview(&self, template: &Value) -> MessagePreview {
        preview(template, &given_variables(&self.components))
    }
}

/// Composes a message: checks the variables against the template and fills them in.
///
/// # Errors
/// The first fault of the variables.
pub fn compose(shape: &TemplateShape, variables: &Variables) -> Result<Composed, ComposeError> {
    let names = shape.variable_names();
    let may_have_name = shape.header_media() == Some(MediaKind::Document);
    let is_known = |given: &String| names.contains(given) || (may_have_name && given == FILENAME);
    if let Some(name) = variables.keys().find(|given| !is_known(given)) {
        return Err(ComposeError::Unexpected { name: name.clone() });
    }
    for name in &names {
        check(name, variables)?;
    }
    check_media(shape, variables)?;
    check_lengths(shape, variables)?;
    Ok(Composed {
        components: Value::Array(components(shape, variables)),
        media_id: media_of(shape, variables),
    })
}

fn check(name: &str, variables: &Variables) -> Result<(), ComposeError> {
    let value = variables
        .get(name)
        .map(|value| value.trim())
        .unwrap_or_default();
    let name = || name.to_owned();
    if value.is_empty() {
        return Err(ComposeError::Missing { name: name() });
    }
    if value.contains(['\n', '\r', '\t']) || value.contains("     ") {
        return Err(ComposeError::Layout { name: name() });
    }
    Ok(())
}

/// The file's id in the variables of a filled-in template, if its header has a file.
#[must_use]
pub fn media_of(shape: &TemplateShape, variables: &Variables) -> Option<MediaId> {
    let kind = shape.header_media()?;
    value(variables, media_variable(kind)).parse().ok()
}

fn check_media(shape: &TemplateShape, variables: &Variables) -> Result<(), ComposeError> {
    let Some(kind) = shape.header_media() else {
        return Ok(());
    };
    if media_of(shape, variables).is_none() {
        let name = media_variable(kind).to_owned();
        return Err(ComposeError::NoMediaId { name });
    }
    if variables.contains_key(FILENAME) {
        check(FILENAME, variables)?;
    }
    if value(variables, FILENAME).chars().count() > LONGEST_FILENAME {
        return Err(ComposeError::TooLong {
            name: FILENAME.to_owned(),
            limit: LONGEST_FILENAME,
        });
    }
    Ok(())
}

fn check_lengths(shape: &TemplateShape, variables: &Variables) -> Result<(), ComposeError> {
    if let Header::Text(text) = &shape.header {
        for name in text.variables() {
            check_length(of_header(name), variables, HEADER_LIMIT)?;
        }
    }
    if let Some(code) = shape.code_variable() {
        check_length(code.to_owned(), variables, CODE_LIMIT)?;
    }
    for button in &shape.buttons {
        if button.kind == ButtonKind::CouponCode {
            check_length(of_button(button.index), variables, CODE_LIMIT)?;
        }
    }
    check_body(&shape.body, variables)
}

fn check_length(name: String, variables: &Variables, limit: usize) -> Result<(), ComposeError> {
    if value(variables, &name).chars().count() <= limit {
        return Ok(());
    }
    Err(ComposeError::TooLong { name, limit })
}

/// Names the longest value when all of them together are too long.
fn check_body(body: &TemplateText, variables: &Variables) -> Result<(), ComposeError> {
    if body.filled_chars(|name| value(variables, name)) <= BODY_LIMIT {
        return Ok(());
    }
    let chars = |name: &&String| value(variables, name).chars().count();
    match body.variables().iter().max_by_key(chars) {
        Some(name) => Err(ComposeError::TooLong {
            name: name.clone(),
            limit: BODY_LIMIT,
        }),
        None => Ok(()),
    }
}

fn components(shape: &TemplateShape, variables: &Variables) -> Vec<Value> {
    let header = match &shape.header {
        Header::None => Vec::new(),
        Header::Text(text) => parameters(shape, text, |name| value(variables, &of_header(name))),
        Header::Media(kind) => vec![media(*kind, variables)],
    };
    let body = parameters(shape, &shape.body, |name| value(variables, name));
    let mut components = Vec::new();
    if !header.is_empty() {
        components.push(json!({"type": "header", "parameters": header}));
    }
    if !body.is_empty() {
        components.push(json!({"type": "body", "parameters": body}));
    }
    let buttons = shape.buttons.iter();
    components.extend(buttons.map(|button| component_of(*button, shape, variables)));
    components
}

fn value<'a>(variables: &'a Variables, name: &str) -> &'a str {
    variables
        .get(name)
        .map(|value| value.trim())
        .unwrap_or_default()
}

/// One parameter for each variable, in the order that Meta expects.
fn parameters<'v>(
    shape: &TemplateShape,
    text: &TemplateText,
    value: impl Fn(&str) -> &'v str,
) -> Vec<Value> {
    let parameter = |name: &String| match shape.is_named {
        true => json!({"type": "text", "parameter_name": name, "text": value(name)}),
        false => json!({"type": "text", "text": value(name)}),
    };
    text.variables().iter().map(parameter).collect()
}

/// A file, by our id in its canonical spelling; Meta's id replaces it at the POST ([`crate::media::put_meta_id`]).
fn media(kind: MediaKind, variables: &Variables) -> Value {
    let id = value(variables, media_variable(kind)).parse::<MediaId>();
    let mut file = json!({"id": id.map(|id| id.to_string()).unwrap_or_default()});
    let filename = value(variables, FILENAME);
    if let Some(fields) = file.as_object_mut()
        && !filename.is_empty()
    {
        fields.insert("filename".to_owned(), filename.into());
    }
    let kind = kind.as_str();
    json!({"type": kind, kind: file})
}

fn component_of(
    ButtonVariable { index, kind }: ButtonVariable,
    shape: &TemplateShape,
    variables: &Variables,
) -> Value {
    let own = of_button(index);
    let (sub_type, parameter) = match kind {
        ButtonKind::Url => (
            "url",
            json!({"type": "text", "text": value(variables, &own)}),
        ),
        ButtonKind::CouponCode => (
            "copy_code",
            json!({"type": "coupon_code", "coupon_code": value(variables, &own)}),
        ),
        ButtonKind::OneTimeCode => {
            let code = value(variables, shape.code_variable().unwrap_or_default());
            ("url", json!({"type": "text", "text": code}))
        }
    };
    json!({"type": "button", "sub_type": sub_type, "index": index.to_string(), "parameters": [parameter]})
}
