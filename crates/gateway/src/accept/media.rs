//! Checks the files of messages: the business has the file, it has not expired, and its type suits its use.

use std::sync::Arc;

use chrono::SecondsFormat;
use common::content::FreeForm;
use common::ids::MediaId;
use common::media::usable_until;
use storage::BusinessScope;
use storage::media::Media;

use crate::problem::{Problem, ProblemCode};
use crate::state::AppState;

/// The file of a message without a template, if it may be sent as that type; `None` when the message is no file.
pub(crate) async fn find_sent(
    state: &AppState,
    scope: &BusinessScope,
    content: &FreeForm,
) -> Result<Option<Arc<Media>>, Problem> {
    let Some((kind, id)) = content.media() else {
        return Ok(None);
    };
    let pointer = format!("/{}/id", content.kind());
    let media = find_usable(state, scope, id, &pointer).await?;
    if media.media_type.kind() == kind {
        return Ok(Some(media));
    }
    let (given, fitting) = (media.media_type.as_str(), media.media_type.kind().as_str());
    let detail = format!("is of the type {given}, which is sent as {fitting}");
    Err(Problem::new(ProblemCode::MediaUnsuitable).at(pointer, detail))
}

/// A file of the business that has not expired. The pointer is that of the field that refers to it.
pub(crate) async fn find_usable(
    state: &AppState,
    scope: &BusinessScope,
    id: MediaId,
    pointer: &str,
) -> Result<Arc<Media>, Problem> {
    let media = state.lookup_cache.media(scope, id).await?;
    let (media, until) = media
        .and_then(|media| usable_until(media.id).map(|until| (media, until)))
        .ok_or_else(|| {
            Problem::new(ProblemCode::MediaUnknown)
                .detail(
                    "Upload the file with POST /v1/media; messages may refer to it for 30 days.",
                )
                .at(pointer, "is not a file of this business, or no longer")
        })?;
    if state.clock.now() < until {
        return Ok(media);
    }
    let until = until.to_rfc3339_opts(SecondsFormat::Secs, true);
    Err(Problem::new(ProblemCode::MediaExpired)
        .detail("Messages may refer to a file for 30 days. Upload it again with POST /v1/media.")
        .at(pointer, format!("is a file that expired at {until}")))
}
