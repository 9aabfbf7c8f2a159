//! Checks that the files of a template suit their headers and are kept for as long as the message may wait. Campaigns use
//! the same checks.

use std::borrow::Cow;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use common::media::{MediaKind, sendable_until};
use common::template::{GivenFile, TemplateShape, Variables};
use storage::BusinessScope;
use storage::media::Media;

use super::media::find_usable;
use crate::problem::{Problem, ProblemCode};
use crate::state::AppState;

/// A file that a message carries.
pub(crate) struct FoundFile {
    media: Arc<Media>,
    /// The variable that holds the name under which the recipient sees it.
    filename_variable: Option<String>,
}

/// The files that the variables give for the headers of the message and of its cards, if they may be sent. Missing ones
/// are skipped: rendering refuses the message then. All faults are returned together.
pub(crate) async fn find_media(
    state: &AppState,
    scope: &BusinessScope,
    shape: &TemplateShape,
    variables: &Variables,
) -> Result<Vec<FoundFile>, Problem> {
    let (mut found, mut problems) = (Vec::new(), Vec::new());
    for file in shape.files(variables) {
        match find(state, scope, file).await {
            Ok(media) => found.push(FoundFile {
                media,
                filename_variable: file.filename_variable(),
            }),
            Err(problem) => problems.push(problem),
        }
    }
    match problems.is_empty() {
        true => Ok(found),
        false => Err(Problem::all(problems)),
    }
}

async fn find(
    state: &AppState,
    scope: &BusinessScope,
    file: GivenFile<'_>,
) -> Result<Arc<Media>, Problem> {
    let pointer = format!("/variables/{}", file.variable);
    let media = find_usable(state, scope, file.media_id, &pointer).await?;
    if media.media_type.suits_header(file.kind) {
        return Ok(media);
    }
    let wanted = match file.kind {
        MediaKind::Document => "a PDF",
        MediaKind::Image => "a picture",
        MediaKind::Video => "a video",
    };
    let given = media.media_type.as_str();
    let detail = format!("is of the type {given}, and the header takes {wanted}");
    Err(Problem::new(ProblemCode::MediaUnsuitable).at(pointer, detail))
}

/// Refuses a message that may wait longer than one of its files is kept.
pub(crate) fn check_life(
    files: &[FoundFile],
    expires_at: Option<DateTime<Utc>>,
) -> Result<(), Problem> {
    let kept_until = files
        .iter()
        .filter_map(|file| sendable_until(file.media.id))
        .min();
    match (expires_at, kept_until) {
        (Some(expires_at), Some(until)) if expires_at > until => Err(Problem::body(
            "/expires_at",
            "is later than the time until which the file is kept",
        )),
        _ => Ok(()),
    }
}

/// The file names of documents that the variables do not give, by the variables that take them.
pub(crate) fn missing_filenames<'f>(
    variables: &'f Variables,
    files: &'f [FoundFile],
) -> impl Iterator<Item = (&'f str, &'f str)> {
    files.iter().filter_map(|file| {
        let variable = file.filename_variable.as_deref()?;
        let filename = file.media.filename.as_deref()?;
        (!variables.contains_key(variable)).then_some((variable, filename))
    })
}

/// The variables, with the file names of documents unless they give them.
pub(crate) fn with_filenames<'a>(
    variables: &'a Variables,
    files: &[FoundFile],
) -> Cow<'a, Variables> {
    let mut named = Cow::Borrowed(variables);
    for (variable, filename) in missing_filenames(variables, files) {
        let (variable, filename) = (variable.to_owned(), filename.to_owned());
        named.to_mut().insert(variable, filename);
    }
    named
}
