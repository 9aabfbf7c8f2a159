//! Checks that the file of a template's header suits the header and is kept for as long as the message may wait.
//! Campaigns use the same checks.

use std::borrow::Cow;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use common::media::{MediaKind, sendable_until};
use common::template::{FILENAME, TemplateShape, Variables, media_of, media_variable};
use storage::BusinessScope;
use storage::media::Media;

use super::media::find_usable;
use crate::problem::{Problem, ProblemCode};
use crate::state::AppState;

/// The file that the variables give for the header, if it may be sent. `None` when the header takes none, or the
/// variables give none, which rendering refuses.
pub(crate) async fn find_media(
    state: &AppState,
    scope: &BusinessScope,
    shape: &TemplateShape,
    variables: &Variables,
) -> Result<Option<Arc<Media>>, Problem> {
    let (Some(kind), Some(id)) = (shape.header_media(), media_of(shape, variables)) else {
        return Ok(None);
    };
    let pointer = format!("/variables/{}", media_variable(kind));
    let media = find_usable(state, scope, id, &pointer).await?;
    if media.media_type.suits_header(kind) {
        return Ok(Some(media));
    }
    let wanted = match kind {
        MediaKind::Document => "a PDF",
        MediaKind::Image => "a picture",
        MediaKind::Video => "a video",
    };
    let given = media.media_type.as_str();
    let detail = format!("is of the type {given}, and the header takes {wanted}");
    Err(Problem::new(ProblemCode::MediaUnsuitable).at(pointer, detail))
}

/// Refuses a message that may wait longer than its file is kept.
pub(crate) fn check_life(
    media: Option<&Media>,
    expires_at: Option<DateTime<Utc>>,
) -> Result<(), Problem> {
    let kept_until = media.and_then(|media| sendable_until(media.id));
    match (expires_at, kept_until) {
        (Some(expires_at), Some(until)) if expires_at > until => Err(Problem::body(
            "/expires_at",
            "is later than the time until which the file is kept",
        )),
        _ => Ok(()),
    }
}

/// The variables, with the file name of the document unless they give one.
pub(crate) fn with_filename<'a>(
    variables: &'a Variables,
    media: Option<&Media>,
) -> Cow<'a, Variables> {
    let document = media.filter(|media| media.media_type.kind() == MediaKind::Document);
    match document.and_then(|media| media.filename.as_ref()) {
        Some(name) if !variables.contains_key(FILENAME) => {
            let mut variables = variables.clone();
            variables.insert(FILENAME.to_owned(), name.clone());
            Cow::Owned(variables)
        }
        _ => Cow::Borrowed(variables),
    }
}
