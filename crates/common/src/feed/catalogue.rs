//! The data fields and the subjects of each event type.

use super::{EventType, Field, Presence, Subjects};
use super::{campaign, contact, inbound, message, number, publication, template, template_draft};

impl EventType {
    /// The fields of its data.
    #[must_use]
    pub fn fields(self) -> Vec<Field> {
        match self {
            Self::MessageSubmitted => message::submitted_fields(),
            Self::MessageSent => message::status_fields("sent"),
            Self::MessageDelivered => message::status_fields("delivered"),
            Self::MessageRead => message::status_fields("read"),
            Self::MessagePlayed => message::status_fields("played"),
            Self::MessageFailed => message::failed_fields(),
            Self::MessageRejected => message::rejected_fields(),
            Self::MessageHeld => message::held_fields(),
            Self::MessageExpired => message::expired_fields(),
            Self::MessageCancelled => message::cancelled_fields(),
            Self::MessageUnresolved => message::unresolved_fields(),
            Self::MessagePossibleDuplicate => message::possible_duplicate_fields(),
            Self::InboundReceived => inbound::received_fields(),
            Self::ContactOptedOut => contact::opted_out_fields(),
            Self::ContactOptedIn => contact::opted_in_fields(),
            Self::ContactNumberReassigned => contact::number_reassigned_fields(),
            Self::CampaignPaused => campaign::paused_fields(),
            Self::MessageSuppressed
            | Self::CampaignStarted
            | Self::CampaignResumed
            | Self::CampaignCancelled
            | Self::CampaignCompleted => Vec::new(),
            Self::NumberConnected | Self::NumberDisconnected => number::account_fields(),
            Self::NumberStopped | Self::NumberBreakerOpened => number::reason_fields(),
            Self::NumberBreakerClosed => number::number_fields(),
            Self::NumberLimitsChanged => number::limits_fields(),
            Self::TemplateStatusChanged => template::status_changed_fields(),
            Self::TemplatePublicationAccepted => publication::accepted_fields(),
            Self::TemplatePublicationRefused => publication::refused_fields(),
            Self::TemplatePublicationWaiting => publication::waiting_fields(),
            Self::TemplateCategoryChanged => template::category_changed_fields(),
            Self::TemplateCategoryDetected => template::category_detected_fields(),
            Self::TemplateQualityChanged => template::quality_changed_fields(),
            Self::TemplateComponentsChanged => template::components_changed_fields(),
            Self::TemplateDraftSaved => template_draft::saved_fields(),
            Self::TemplateDraftDiscarded => template_draft::discarded_fields(),
        }
    }

    /// The subjects of its events, beside their data.
    #[must_use]
    pub const fn subjects(self) -> Subjects {
        let (message, campaign, inbound) = match self {
            Self::MessageSubmitted
            | Self::MessageSent
            | Self::MessageDelivered
            | Self::MessageRead
            | Self::MessagePlayed
            | Self::MessageFailed
            | Self::MessageRejected
            | Self::MessageHeld
            | Self::MessageExpired
            | Self::MessageSuppressed
            | Self::MessageCancelled
            | Self::MessageUnresolved
            | Self::MessagePossibleDuplicate => {
                (Presence::Always, Presence::Sometimes, Presence::Never)
            }
            Self::InboundReceived => (Presence::Never, Presence::Never, Presence::Always),
            Self::ContactOptedOut => (Presence::Sometimes, Presence::Never, Presence::Sometimes),
            Self::ContactOptedIn => (Presence::Never, Presence::Never, Presence::Sometimes),
            Self::CampaignStarted
            | Self::CampaignPaused
            | Self::CampaignResumed
            | Self::CampaignCancelled
            | Self::CampaignCompleted => (Presence::Never, Presence::Always, Presence::Never),
            Self::ContactNumberReassigned
            | Self::NumberConnected
            | Self::NumberStopped
            | Self::NumberDisconnected
            | Self::NumberBreakerOpened
            | Self::NumberBreakerClosed
            | Self::NumberLimitsChanged
            | Self::TemplateStatusChanged
            | Self::TemplateCategoryChanged
            | Self::TemplateCategoryDetected
            | Self::TemplateQualityChanged
            | Self::TemplateComponentsChanged
            | Self::TemplatePublicationAccepted
            | Self::TemplatePublicationRefused
            | Self::TemplatePublicationWaiting
            | Self::TemplateDraftSaved
            | Self::TemplateDraftDiscarded => (Presence::Never, Presence::Never, Presence::Never),
        };
        Subjects {
            message,
            campaign,
            inbound,
        }
    }
}
