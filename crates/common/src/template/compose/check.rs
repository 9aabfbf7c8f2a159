//! Whether variables suit their template.

use chrono::{DateTime, Utc};

use super::{Variables, value, values};
use crate::ids::MediaId;
use crate::template::ComposeError;
use crate::template::shape::{Section, TemplateShape, Variable, VariableKind};

/// The maximum number of characters of a body with its variables filled in (Meta, code 132005).
const BODY_LIMIT: usize = 1024;

/// Checks the variables of a message.
pub(super) fn check(
    shape: &TemplateShape,
    variables: &Variables,
    now: DateTime<Utc>,
) -> Result<(), ComposeError> {
    let is_unknown = |given: &&String| shape.variable(given).is_none();
    if let Some(name) = variables.keys().find(is_unknown) {
        return Err(ComposeError::Unexpected { name: name.clone() });
    }
    for variable in shape.variables() {
        if variable.is_required || variables.contains_key(&variable.name) {
            check_value(variable, value(variables, &variable.name), now)?;
        }
    }
    shape
        .sections()
        .try_for_each(|section| check_body(section, variables))
}

fn check_value(variable: &Variable, value: &str, now: DateTime<Utc>) -> Result<(), ComposeError> {
    let name = || variable.name.clone();
    if value.is_empty() {
        return Err(ComposeError::Missing { name: name() });
    }
    match variable.kind {
        VariableKind::Text { limit } => check_text(variable, value, limit),
        VariableKind::Media(_) => match value.parse::<MediaId>() {
            Ok(_) => Ok(()),
            Err(_) => Err(ComposeError::NoMediaId { name: name() }),
        },
        VariableKind::Degrees { limit } => match values::degrees(value, limit) {
            Some(_) => Ok(()),
            None => Err(ComposeError::NotDegrees {
                name: name(),
                limit,
            }),
        },
        VariableKind::Time => match values::time(value) {
            Some(time) if time > now => Ok(()),
            Some(_) => Err(ComposeError::Past { name: name() }),
            None => Err(ComposeError::NotTime { name: name() }),
        },
        VariableKind::JsonObject => match values::json_object(value) {
            Some(_) => Ok(()),
            None => Err(ComposeError::NotJsonObject { name: name() }),
        },
    }
}

fn check_text(variable: &Variable, value: &str, limit: Option<usize>) -> Result<(), ComposeError> {
    let name = || variable.name.clone();
    if value.contains(['\n', '\r', '\t']) || value.contains("     ") {
        return Err(ComposeError::Layout { name: name() });
    }
    match limit {
        Some(limit) if value.chars().count() > limit => Err(ComposeError::TooLong {
            name: name(),
            limit,
        }),
        _ => Ok(()),
    }
}

/// Names the longest value when all of them together are too long.
fn check_body(section: &Section, variables: &Variables) -> Result<(), ComposeError> {
    let value = |name: &str| value(variables, &section.name(name));
    if section.body.filled_chars(value) <= BODY_LIMIT {
        return Ok(());
    }
    let chars = |name: &&String| value(name).chars().count();
    match section.body.variables().iter().max_by_key(chars) {
        Some(name) => Err(ComposeError::TooLong {
            name: section.name(name).into_owned(),
            limit: BODY_LIMIT,
        }),
        None => Ok(()),
    }
}
