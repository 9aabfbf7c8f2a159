//! Events about a campaign itself; events of its messages are reported for each message.

use serde::Serialize;

use super::{EventType, Field, FieldValue};
use crate::campaign::PauseReason;

/// What happened to a campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum CampaignEvent {
    /// It was started.
    Started {},
    /// It was paused.
    Paused {
        /// Why it was paused automatically; `None` when a person paused it.
        #[serde(skip_serializing_if = "Option::is_none")]
        reason: Option<PauseReason>,
    },
    /// It was resumed.
    Resumed {},
    /// It was cancelled.
    Cancelled {},
    /// Every planned row became a message.
    Completed {},
}

impl CampaignEvent {
    /// The type that reports it.
    #[must_use]
    pub const fn event_type(&self) -> EventType {
        match self {
            Self::Started {} => EventType::CampaignStarted,
            Self::Paused { .. } => EventType::CampaignPaused,
            Self::Resumed {} => EventType::CampaignResumed,
            Self::Cancelled {} => EventType::CampaignCancelled,
            Self::Completed {} => EventType::CampaignCompleted,
        }
    }
}

pub(super) fn paused_fields() -> Vec<Field> {
    let reasons = FieldValue::OneOf(PauseReason::ALL.map(PauseReason::as_str).to_vec());
    vec![
        Field::new(
            "reason",
            reasons,
            "Why it was paused automatically; absent when a person paused it.",
        )
        .optional(),
    ]
}
