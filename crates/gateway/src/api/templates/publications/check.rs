//! Whether a version can be published: it keeps the rules of Meta, and its sample files can be uploaded.

use common::media::MediaKind;
use common::template::{SampleFile, TemplateDefinition, sample_files};
use serde_json::Value;
use storage::BusinessScope;

use crate::accept::find_usable;
use crate::api::templates::validity;
use crate::problem::{Problem, ProblemCode};
use crate::state::AppState;

/// Refuses a definition that cannot be published, with every fault.
pub(super) async fn check(
    state: &AppState,
    scope: &BusinessScope,
    definition: &Value,
) -> Result<(), Problem> {
    TemplateDefinition::parse(definition).map_err(validity::refusal)?;
    let mut problems = Vec::new();
    for sample in sample_files(definition) {
        problems.extend(check_sample(state, scope, &sample).await.err());
    }
    match problems.is_empty() {
        true => Ok(()),
        false => Err(Problem::all(problems)),
    }
}

async fn check_sample(
    state: &AppState,
    scope: &BusinessScope,
    sample: &SampleFile,
) -> Result<(), Problem> {
    let media = find_usable(state, scope, sample.media_id, &sample.pointer).await?;
    let wanted: Option<MediaKind> = sample.kind;
    match wanted {
        Some(kind) if !media.media_type.suits_header(kind) => {
            let given = media.media_type.as_str();
            let detail = format!("is of the type {given}, which does not suit the header");
            Err(Problem::new(ProblemCode::MediaUnsuitable).at(sample.pointer.as_str(), detail))
        }
        _ => Ok(()),
    }
}
