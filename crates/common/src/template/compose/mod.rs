//! Composing a message of a template and variables: the variables are checked against those of the template, and become
//! the `components` of the request to Meta (Meta, sending templates). Every message of a template is composed here, and
//! what will be composed later is checked here.

mod check;
mod components;
mod values;

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::filled::given_variables;
use super::shape::{OFFER_END, TemplateShape};
use super::{ComposeError, MessagePreview, preview};
use crate::ids::MediaId;

/// The variables of one message, by name.
pub type Variables = BTreeMap<String, String>;

/// A message that is composed of a template and its variables.
#[derive(Clone, PartialEq)]
pub struct Composed {
    /// The `components` of Meta's request.
    pub components: Value,
    /// The files that it carries, each once.
    pub media_ids: Vec<MediaId>,
    /// When its limited-time offer ends, after which it is not worth sending.
    pub offer_ends_at: Option<DateTime<Utc>>,
}

/// Without personal data: tests and logs print it.
impl fmt::Debug for Composed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Composed")
            .field("media_ids", &self.media_ids)
            .field("offer_ends_at", &self.offer_ends_at)
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

/// Composes a message: checks the variables against the template and fills them in. `now` tells which offers have ended.
///
/// # Errors
/// The first fault of the variables.
pub fn compose(
    shape: &TemplateShape,
    variables: &Variables,
    now: DateTime<Utc>,
) -> Result<Composed, ComposeError> {
    check::check(shape, variables, now)?;
    Ok(Composed {
        components: Value::Array(components::of(shape, variables)),
        media_ids: media_ids(shape, variables),
        offer_ends_at: values::time(value(variables, OFFER_END)),
    })
}

fn media_ids(shape: &TemplateShape, variables: &Variables) -> Vec<MediaId> {
    let mut ids: Vec<MediaId> = Vec::new();
    for file in shape.files(variables) {
        if !ids.contains(&file.media_id) {
            ids.push(file.media_id);
        }
    }
    ids
}

/// The value of a variable; empty without one.
fn value<'a>(variables: &'a Variables, name: &str) -> &'a str {
    variables
        .get(name)
        .map(|value| value.trim())
        .unwrap_or_default()
}
