//! An example of each type, for the API's schema and the docs.

use chrono::DateTime;
use uuid::Uuid;

use super::{
    AcceptedTemplate, CampaignEvent, ContactEvent, DeliveryStatus, EventType, FeedEvent, Hold,
    InboundReceived, KeywordMessage, MessageEvent, NamedTemplate, NumberEvent, NumberLimits, OptIn,
    OptOut, PublicationEvent, PublicationOutcome, Rejection, SavedDraft, TemplateCategoryChanged,
    TemplateCategoryDetected, TemplateDraftEvent, TemplateEvent, TemplateQualityChanged,
    TemplateReport, TemplateStatusChanged, Unresolved,
};
use crate::campaign::PauseReason;
use crate::ids::{
    CampaignId, ContactId, DraftId, InboundId, MessageId, PhoneNumberId, PublicationId, TemplateId,
    WabaId,
};
use crate::message::HeldReason;
use crate::template::{
    Category, PublicationAction, PublicationRefusal, PublicationWait, TemplateStatus,
};

/// UUIDs of version 7, like all our ids.
const MESSAGE: Uuid = Uuid::from_u128(0x0199_3c2f_8a00_7000_8000_0000_0000_0001);
const CAMPAIGN: Uuid = Uuid::from_u128(0x0199_3c2f_8a00_7000_8000_0000_0000_0002);
const INBOUND: Uuid = Uuid::from_u128(0x0199_3c2f_8a00_7000_8000_0000_0000_0003);
const CONTACT: Uuid = Uuid::from_u128(0x0199_3c2f_8a00_7000_8000_0000_0000_0004);
const PREVIOUS_CONTACT: Uuid = Uuid::from_u128(0x0199_3c2f_8a00_7000_8000_0000_0000_0005);
const PUBLICATION: Uuid = Uuid::from_u128(0x0199_3c2f_8a00_7000_8000_0000_0000_0006);
const DRAFT: Uuid = Uuid::from_u128(0x0199_3c2f_8a00_7000_8000_0000_0000_0006);
const PHONE_NUMBER: u64 = 106_540_352_242_922;
const WABA: u64 = 102_289_599_326_934;
const TEMPLATE: u64 = 594_425_479_261_596;
/// Meta's code for a message that its recipient cannot receive.
const UNDELIVERABLE: i32 = 131_026;
/// Meta's code for a parameter that it does not accept.
const WRONG_PARAMETER: i32 = 100;
/// Meta's code for a token that it does not accept.
const TOKEN_REFUSED: i32 = 190;
/// 2026-11-30 17:00 UTC.
const CHANGES_AT: i64 = 1_796_058_000;

impl EventType {
    /// An event of the type.
    #[must_use]
    pub fn example(self) -> FeedEvent {
        let status = |status| message(MessageEvent::Status(status));
        match self {
            Self::MessageSubmitted => message(MessageEvent::Submitted { attempt: 1 }),
            Self::MessageSent => status(DeliveryStatus::Sent),
            Self::MessageDelivered => status(DeliveryStatus::Delivered),
            Self::MessageRead => status(DeliveryStatus::Read),
            Self::MessagePlayed => status(DeliveryStatus::Played),
            Self::MessageFailed => status(DeliveryStatus::Failed {
                error_code: Some(UNDELIVERABLE),
            }),
            Self::MessageRejected => rejected(),
            Self::MessageHeld => held(),
            Self::MessageExpired => message(MessageEvent::Expired { reason: None }),
            Self::MessageSuppressed => message(MessageEvent::Suppressed {}),
            Self::MessageCancelled => message(MessageEvent::Cancelled { reason: None }),
            Self::MessageUnresolved => message(MessageEvent::Unresolved(Unresolved::NoEvidence {
                attempt: 1,
            })),
            Self::MessagePossibleDuplicate => {
                message(MessageEvent::PossibleDuplicate { attempt: 2 })
            }
            Self::InboundReceived => inbound(),
            Self::ContactOptedOut => contact(ContactEvent::OptedOut(OptOut::Keyword(keyword()))),
            Self::ContactOptedIn => contact(ContactEvent::OptedIn(OptIn::Keyword(keyword()))),
            Self::ContactNumberReassigned => contact(ContactEvent::NumberReassigned {
                previous_contact_id: ContactId::from_uuid(PREVIOUS_CONTACT),
                contact_id: ContactId::from_uuid(CONTACT),
            }),
            Self::CampaignStarted => campaign(CampaignEvent::Started {}),
            Self::CampaignPaused => campaign(CampaignEvent::Paused {
                reason: Some(PauseReason::FailedShare),
            }),
            Self::CampaignResumed => campaign(CampaignEvent::Resumed {}),
            Self::CampaignCancelled => campaign(CampaignEvent::Cancelled {}),
            Self::CampaignCompleted => campaign(CampaignEvent::Completed {}),
            Self::NumberConnected => number(NumberEvent::Connected { waba_id: waba() }),
            Self::NumberStopped => stopped(),
            Self::NumberDisconnected => number(NumberEvent::Disconnected { waba_id: waba() }),
            Self::NumberBreakerOpened => breaker_opened(),
            Self::NumberBreakerClosed => number(NumberEvent::BreakerClosed {}),
            Self::NumberLimitsChanged => limits_changed(),
            Self::TemplateStatusChanged => status_changed(),
            Self::TemplateCategoryChanged => category_changed(),
            Self::TemplateCategoryDetected => category_detected(),
            Self::TemplateQualityChanged => quality_changed(),
            Self::TemplateComponentsChanged => template(TemplateEvent::ComponentsChanged(ticket())),
            Self::TemplatePublicationAccepted => publication_accepted(),
            Self::TemplatePublicationRefused => publication_refused(),
            Self::TemplatePublicationWaiting => publication(PublicationOutcome::Waiting {
                reason: PublicationWait::CallBudget,
            }),
            Self::TemplateDraftSaved => draft_saved(),
            Self::TemplateDraftDiscarded => draft_discarded(),
        }
    }
}

fn category_changed() -> FeedEvent {
    let changed = TemplateCategoryChanged::new(ticket(), Category::Marketing, Category::Utility);
    template(TemplateEvent::CategoryChanged(changed))
}

fn quality_changed() -> FeedEvent {
    let previous = Some("GREEN".to_owned());
    let changed = TemplateQualityChanged::new(ticket(), "YELLOW".to_owned(), previous);
    template(TemplateEvent::QualityChanged(changed))
}

fn publication_refused() -> FeedEvent {
    publication(PublicationOutcome::Refused {
        reason: PublicationRefusal::Meta,
        error_code: Some(WRONG_PARAMETER),
    })
}

fn message(event: MessageEvent) -> FeedEvent {
    FeedEvent::Message {
        message_id: MessageId::from_uuid(MESSAGE),
        campaign_id: None,
        event,
    }
}

fn rejected() -> FeedEvent {
    message(MessageEvent::Rejected(Rejection::Message {
        attempt: 1,
        error_code: Some(UNDELIVERABLE),
    }))
}

fn held() -> FeedEvent {
    message(MessageEvent::Held(Hold::AfterPost {
        reason: HeldReason::NumberStopped,
        error_code: Some(TOKEN_REFUSED),
    }))
}

fn inbound() -> FeedEvent {
    FeedEvent::Inbound(InboundReceived {
        inbound_id: InboundId::from_uuid(INBOUND),
        message_type: "text".to_owned(),
        keyword: None,
    })
}

const fn contact(event: ContactEvent) -> FeedEvent {
    FeedEvent::Contact(event)
}

fn keyword() -> KeywordMessage {
    KeywordMessage {
        inbound_id: InboundId::from_uuid(INBOUND),
        message_type: "text".to_owned(),
    }
}

const fn campaign(event: CampaignEvent) -> FeedEvent {
    FeedEvent::Campaign {
        campaign_id: CampaignId::from_uuid(CAMPAIGN),
        event,
    }
}

fn number(event: NumberEvent) -> FeedEvent {
    FeedEvent::Number {
        phone_number_id: PhoneNumberId::from_number(PHONE_NUMBER),
        event,
    }
}

fn waba() -> WabaId {
    WabaId::from_number(WABA)
}

fn stopped() -> FeedEvent {
    number(NumberEvent::Stopped {
        reason: "Meta does not accept the token.".to_owned(),
    })
}

fn breaker_opened() -> FeedEvent {
    let reason = "Meta gave no clear answer to 10 messages within 10 seconds.";
    number(NumberEvent::BreakerOpened {
        reason: reason.to_owned(),
    })
}

fn limits_changed() -> FeedEvent {
    number(NumberEvent::LimitsChanged(NumberLimits {
        quality_rating: "GREEN".to_owned(),
        throughput_level: "STANDARD".to_owned(),
        messaging_limit: "TIER_2K".to_owned(),
    }))
}

const fn template(event: TemplateEvent) -> FeedEvent {
    FeedEvent::Template(event)
}

fn ticket() -> NamedTemplate {
    NamedTemplate {
        template_id: TemplateId::from_number(TEMPLATE),
        waba_id: waba(),
        name: "ticket".to_owned(),
        language: "fr".to_owned(),
    }
}

fn status_changed() -> FeedEvent {
    let note = Some("FIRST_PAUSE".to_owned());
    let until = DateTime::from_timestamp(CHANGES_AT, 0);
    let NamedTemplate {
        template_id,
        waba_id,
        name,
        language,
    } = ticket();
    let paused = TemplateStatusChanged::noted(template_id, TemplateStatus::Paused, note, until)
        .reported(TemplateReport {
            waba_id,
            name,
            language,
            previous_status: TemplateStatus::Approved,
            category: Category::Utility,
        });
    template(TemplateEvent::StatusChanged(paused))
}

fn category_detected() -> FeedEvent {
    let changes_at = DateTime::from_timestamp(CHANGES_AT, 0);
    let (category, detected) = (Category::Utility, Category::Marketing);
    template(TemplateEvent::CategoryDetected(
        TemplateCategoryDetected::new(ticket(), category, detected, changes_at),
    ))
}

fn publication_accepted() -> FeedEvent {
    publication(PublicationOutcome::Accepted(AcceptedTemplate {
        template_id: Some(TemplateId::from_number(TEMPLATE)),
        status: Some(TemplateStatus::Pending),
        category: Some(Category::Utility),
    }))
}

fn publication(outcome: PublicationOutcome) -> FeedEvent {
    FeedEvent::Publication(PublicationEvent {
        publication_id: PublicationId::from_uuid(PUBLICATION),
        waba_id: waba(),
        action: PublicationAction::Create,
        name: "ticket".to_owned(),
        language: Some("fr".to_owned()),
        outcome,
    })
}

fn draft_saved() -> FeedEvent {
    FeedEvent::TemplateDraft(TemplateDraftEvent::Saved(SavedDraft {
        draft_id: DraftId::from_uuid(DRAFT),
        version: 2,
        waba_id: waba(),
        name: "ticket".to_owned(),
        language: "fr".to_owned(),
        template_id: Some(TemplateId::from_number(TEMPLATE)),
    }))
}

fn draft_discarded() -> FeedEvent {
    FeedEvent::TemplateDraft(TemplateDraftEvent::Discarded {
        draft_id: DraftId::from_uuid(DRAFT),
        waba_id: waba(),
        name: "ticket".to_owned(),
        language: "fr".to_owned(),
    })
}
