//! The projector's writes: what Meta and the clients said, applied in batches under a role of its own.
//!
//! Every batch is one transaction and may be applied again: statuses only raise a message's state, and the same inbound
//! message is recognised by its hash. Rows are locked in the order of their ids before they are judged, and the feed
//! is written last.

mod consent_watermark;
mod inbound;
mod limits;
mod merge;
mod numbers;
mod preferences;
mod processed;
mod statuses;
mod targets;
mod templates;
mod unmatched;
mod who;

pub use consent_watermark::advance_consent_watermark;
pub use inbound::{InboundMessage, InboundOutcome, apply_inbound};
pub use limits::{LimitsOutcome, LimitsUpdate, apply_limits};
pub use preferences::{Preference, PreferenceOutcome, PreferenceUpdate, apply_preferences};
pub use statuses::{StatusOutcome, StatusUpdate, apply_statuses};
pub use templates::{TemplateOutcome, TemplateUpdate, apply_templates};
pub use unmatched::{delete_expired_unmatched, match_unmatched};
