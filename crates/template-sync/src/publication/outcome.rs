//! What came of an attempt.

use cloud_api::{ApiError, TemplateNode};
use common::template::PublicationRefusal;
use worker_storage::template_publications::Affected;

use super::wait::Wait;

/// What came of an attempt.
pub(super) enum Outcome {
    Accepted(Box<Accepted>),
    Refused(Refused),
    /// Meta does not accept the token.
    TokenRefused(ApiError),
    Waits(Wait),
}

/// What Meta accepted.
pub(super) struct Accepted {
    pub(super) affected: Affected,
    /// The template as Meta has it; `None` after a deletion, or when Meta did not show it.
    pub(super) node: Option<TemplateNode>,
    /// Whether an earlier attempt had done it.
    pub(super) is_adopted: bool,
}

/// A final refusal.
pub(super) struct Refused {
    pub(super) reason: PublicationRefusal,
    /// Meta's refusal, if Meta refused it.
    pub(super) error: Option<ApiError>,
}
