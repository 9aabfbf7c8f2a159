//! Events of every form that can be built.

use uuid::Uuid;

use super::templates::template_events;
use crate::campaign::PauseReason;
use crate::feed::{
    CampaignEvent, CancelReason, ContactEvent, DeliveryStatus, FeedEvent, FileRejection, Hold,
    InboundReceived, KeywordMessage, MessageEvent, NumberEvent, NumberLimits, OptIn, OptOut,
    Rejection, SavedDraft, TemplateDraftEvent, Unresolved, UnresolvedReason,
};
use crate::ids::{
    CampaignId, ContactId, DraftId, InboundId, MessageId, PhoneNumberId, TemplateId, WabaId,
};
use crate::keyword::Keyword;
use crate::message::{ExpiredReason, HeldReason};

const ERROR_CODES: [Option<i32>; 2] = [None, Some(131_026)];

pub(super) fn message_id() -> MessageId {
    MessageId::from_uuid(Uuid::from_u128(1))
}

pub(super) fn inbound_id() -> InboundId {
    InboundId::from_uuid(Uuid::from_u128(3))
}

pub(super) fn of_message(event: MessageEvent) -> FeedEvent {
    FeedEvent::Message {
        message_id: message_id(),
        campaign_id: Some(CampaignId::from_uuid(Uuid::from_u128(2))),
        event,
    }
}

pub(super) fn of_campaign(event: CampaignEvent) -> FeedEvent {
    FeedEvent::Campaign {
        campaign_id: CampaignId::from_uuid(Uuid::from_u128(2)),
        event,
    }
}

pub(super) fn of_number(event: NumberEvent) -> FeedEvent {
    FeedEvent::Number {
        phone_number_id: PhoneNumberId::from_number(106),
        event,
    }
}

pub(super) fn keyword_message() -> KeywordMessage {
    KeywordMessage {
        inbound_id: inbound_id(),
        message_type: "button".to_owned(),
    }
}

pub(super) fn received(keyword: Option<Keyword>) -> FeedEvent {
    FeedEvent::Inbound(InboundReceived {
        inbound_id: inbound_id(),
        message_type: "text".to_owned(),
        keyword,
    })
}

pub(super) fn reassigned() -> ContactEvent {
    ContactEvent::NumberReassigned {
        previous_contact_id: ContactId::from_uuid(Uuid::from_u128(4)),
        contact_id: ContactId::from_uuid(Uuid::from_u128(5)),
    }
}

/// Every form of every event, with every value of a closed set.
pub(super) fn all_events() -> Vec<FeedEvent> {
    let mut events: Vec<FeedEvent> = message_events().into_iter().map(of_message).collect();
    events.extend(campaign_events().into_iter().map(of_campaign));
    events.extend(number_events().into_iter().map(of_number));
    events.extend(contact_events().into_iter().map(FeedEvent::Contact));
    events.push(received(None));
    events.extend(Keyword::ALL.map(|keyword| received(Some(keyword))));
    events.extend(template_events());
    events.extend(super::publications::publication_events());
    events.extend(draft_events().map(FeedEvent::TemplateDraft));
    events
}

fn message_events() -> Vec<MessageEvent> {
    let mut events = vec![
        MessageEvent::Submitted { attempt: 1 },
        MessageEvent::Status(DeliveryStatus::Sent),
        MessageEvent::Status(DeliveryStatus::Delivered),
        MessageEvent::Status(DeliveryStatus::Read),
        MessageEvent::Status(DeliveryStatus::Played),
        MessageEvent::Rejected(Rejection::File(FileRejection::MediaRefused {
            error_code: 131_053,
        })),
        MessageEvent::Rejected(Rejection::File(FileRejection::MediaGone)),
        MessageEvent::Expired { reason: None },
        MessageEvent::Suppressed {},
        MessageEvent::Cancelled { reason: None },
        MessageEvent::Cancelled {
            reason: Some(CancelReason::SameContact),
        },
        MessageEvent::Unresolved(Unresolved::NoEvidence { attempt: 1 }),
        MessageEvent::Unresolved(Unresolved::BeforePost {
            reason: UnresolvedReason::NotSentAgain,
        }),
        MessageEvent::PossibleDuplicate { attempt: 2 },
    ];
    for error_code in ERROR_CODES {
        events.push(MessageEvent::Status(DeliveryStatus::Failed { error_code }));
        events.push(MessageEvent::Rejected(Rejection::Message {
            attempt: 1,
            error_code,
        }));
        events.extend(
            HeldReason::ALL
                .map(|reason| MessageEvent::Held(Hold::AfterPost { reason, error_code })),
        );
    }
    events.extend(HeldReason::ALL.map(|reason| MessageEvent::Held(Hold::BeforePost { reason })));
    events.extend(ExpiredReason::ALL.map(|reason| MessageEvent::Expired {
        reason: Some(reason),
    }));
    events
}

fn campaign_events() -> Vec<CampaignEvent> {
    let mut events = vec![
        CampaignEvent::Started {},
        CampaignEvent::Paused { reason: None },
        CampaignEvent::Resumed {},
        CampaignEvent::Cancelled {},
        CampaignEvent::Completed {},
    ];
    events.extend(PauseReason::ALL.map(|reason| CampaignEvent::Paused {
        reason: Some(reason),
    }));
    events
}

fn number_events() -> Vec<NumberEvent> {
    let (waba_id, reason) = (WabaId::from_number(102), "Why.".to_owned());
    vec![
        NumberEvent::Connected {
            waba_id: waba_id.clone(),
        },
        NumberEvent::Stopped {
            reason: reason.clone(),
        },
        NumberEvent::Disconnected { waba_id },
        NumberEvent::BreakerOpened { reason },
        NumberEvent::BreakerClosed {},
        NumberEvent::LimitsChanged(NumberLimits {
            quality_rating: "GREEN".to_owned(),
            throughput_level: "HIGH".to_owned(),
            messaging_limit: "TIER_2K".to_owned(),
        }),
    ]
}

fn draft_events() -> [TemplateDraftEvent; 3] {
    let draft_id = DraftId::from_uuid(Uuid::from_u128(6));
    let saved = |template_id| {
        TemplateDraftEvent::Saved(SavedDraft {
            draft_id,
            version: 1,
            waba_id: WabaId::from_number(102),
            name: "ticket".to_owned(),
            language: "fr".to_owned(),
            template_id,
        })
    };
    let discarded = TemplateDraftEvent::Discarded {
        draft_id,
        waba_id: WabaId::from_number(102),
        name: "ticket".to_owned(),
        language: "fr".to_owned(),
    };
    [
        saved(None),
        saved(Some(TemplateId::from_number(7))),
        discarded,
    ]
}

fn contact_events() -> Vec<ContactEvent> {
    vec![
        ContactEvent::OptedOut(OptOut::Keyword(keyword_message())),
        ContactEvent::OptedOut(OptOut::Unreadable),
        ContactEvent::OptedOut(OptOut::Preference),
        ContactEvent::OptedOut(OptOut::Refusal {
            message_id: message_id(),
        }),
        ContactEvent::OptedIn(OptIn::Keyword(keyword_message())),
        ContactEvent::OptedIn(OptIn::Preference),
        reassigned(),
    ]
}
