//! The columns of a message that name its files.

use common::ids::MediaId;
use uuid::Uuid;

/// The files of a message, as they are stored: most messages have none, nearly all others one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FileColumns {
    pub(crate) media_id: Option<Uuid>,
    /// The others, as Postgres writes an array: a list of arrays is not a parameter that a statement can unnest.
    pub(crate) more_media_ids: Option<String>,
}

impl FileColumns {
    /// The columns of a message with these files.
    pub(crate) fn of(files: &[MediaId]) -> Self {
        let (first, more) = match files {
            [] => (None, &[][..]),
            [first, more @ ..] => (Some(first.as_uuid()), more),
        };
        let texts = || {
            let ids = more.iter().map(ToString::to_string);
            format!("{{{}}}", ids.collect::<Vec<_>>().join(","))
        };
        Self {
            media_id: first,
            more_media_ids: (!more.is_empty()).then(texts),
        }
    }
}
