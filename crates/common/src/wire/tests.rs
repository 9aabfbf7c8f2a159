//! Encoded payloads are decoded unchanged, also those of earlier builds.

use chrono::{DateTime, Utc};
use proptest::prelude::*;

use super::*;
use crate::ids::{BusinessId, MessageId};
use crate::message::Lane;
use crate::messaging_limit::MessagingLimit;
use crate::template::{Category, ReportedComponents, StatusReport, TemplateAspect};
use crate::trace::TraceId;

fn job() -> SendMessages {
    SendMessages {
        lane: Lane::Campaign,
        phone_number_id: None,
        messages: vec![MessageRef {
            business_id: BusinessId::from_uuid(uuid::Uuid::from_u128(7)),
            message_id: MessageId::from_uuid(uuid::Uuid::from_u128(8)),
            trace_id: TraceId::from_bytes(&[9; 16]),
        }],
    }
}

fn job_of_one_number() -> SendMessages {
    SendMessages {
        phone_number_id: "106540352242922".parse().ok(),
        ..job()
    }
}

fn envelope() -> Envelope {
    let at = DateTime::from_timestamp_millis(1_750_030_073_123).unwrap();
    let at_number = |kind| Event {
        waba_id: "102290129340398".parse().ok(),
        phone_number_id: "106540352242922".parse().ok(),
        kind,
    };
    let status = StatusReported {
        status: "failed".to_owned(),
        occurred_at: at,
        opaque_id: Some("d1.00".to_owned()),
        error_code: Some(131_049),
        pricing_category: Some("utility".to_owned()),
        pricing_type: Some("regular".to_owned()),
        billable: true,
        sealed: vec![1, 2, 3],
    };
    let received = MessageReceived {
        message_type: "text".to_owned(),
        occurred_at: at,
        sealed: vec![4, 5],
    };
    Envelope {
        published_at: at,
        events: vec![
            at_number(EventKind::StatusReported(status)),
            at_number(EventKind::MessageReceived(received)),
            Event {
                waba_id: None,
                phone_number_id: None,
                kind: EventKind::ConsentMarker,
            },
        ],
    }
}

fn limits() -> Envelope {
    let at = DateTime::from_timestamp_millis(1_750_030_073_000).unwrap();
    Envelope {
        published_at: at,
        events: vec![Event {
            waba_id: "102290129340398".parse().ok(),
            phone_number_id: None,
            kind: EventKind::LimitsReported(LimitsReported {
                occurred_at: at,
                event: Some("FLAGGED".to_owned()),
                messaging_limit: Some(MessagingLimit::People(2_000)),
            }),
        }],
    }
}

/// The kinds that were added after the limits, one of each.
fn later() -> Envelope {
    let at = DateTime::from_timestamp_millis(1_750_030_073_000).unwrap();
    let event = |kind| Event {
        waba_id: "102290129340398".parse().ok(),
        phone_number_id: "106540352242922".parse().ok(),
        kind,
    };
    let preference = PreferenceChanged {
        occurred_at: at,
        category: "marketing_messages".to_owned(),
        value: "stop".to_owned(),
        sealed: vec![6, 7],
    };
    let template = |aspect| Event {
        phone_number_id: None,
        ..event(EventKind::ReportedTemplate(ReportedTemplate {
            occurred_at: at,
            template_id: "1689556908129832".parse().ok(),
            name: "order_confirmation".to_owned(),
            language: "en_US".to_owned(),
            aspect,
        }))
    };
    let unreadable = InboundUnreadable {
        received_at: at,
        sealed: vec![8, 9],
    };
    Envelope {
        published_at: at,
        events: [event(EventKind::PreferenceChanged(preference))]
            .into_iter()
            .chain(aspects(at).map(template))
            .chain([event(EventKind::InboundUnreadable(unreadable))])
            .collect(),
    }
}

/// All that is reported of templates.
fn aspects(at: DateTime<Utc>) -> [TemplateAspect; 6] {
    let detected = |changes_at| TemplateAspect::DetectedCategory {
        category: Category::Marketing,
        changes_at,
    };
    [
        TemplateAspect::Status(StatusReport {
            event: "PAUSED".to_owned(),
            note: Some("FIRST_PAUSE".to_owned()),
            category: Some(Category::Utility),
        }),
        TemplateAspect::Quality("YELLOW".to_owned()),
        TemplateAspect::Components(ReportedComponents {
            header: None,
            body: "Merci {{1}}".to_owned(),
            footer: Some("Boutique Faso".to_owned()),
        }),
        TemplateAspect::Category(Category::Marketing),
        detected(Some(at)),
        detected(None),
    ]
}

fn quarantined() -> QuarantinedWebhook {
    QuarantinedWebhook {
        received_at: DateTime::from_timestamp_millis(1_750_030_073_000).unwrap(),
        sealed: vec![1, 2, 3],
    }
}

fn sync() -> SyncTemplates {
    SyncTemplates {
        business_id: BusinessId::from_uuid(uuid::Uuid::from_u128(7)),
        waba_id: "102290129340398".parse().unwrap(),
    }
}

#[test]
fn what_earlier_builds_wrote_is_read() {
    let send = include_bytes!("../../../../proto-schemas/fixtures/v1_send_messages.binpb");
    let of_one_number =
        include_bytes!("../../../../proto-schemas/fixtures/v1_send_messages_of_one_number.binpb");
    let events = include_bytes!("../../../../proto-schemas/fixtures/v1_event_envelope.binpb");
    let templates = include_bytes!("../../../../proto-schemas/fixtures/v1_sync_templates.binpb");
    assert_eq!(SendMessages::decode(send), Ok(job()));
    assert_eq!(SendMessages::decode(of_one_number), Ok(job_of_one_number()));
    assert_eq!(Envelope::decode(events), Ok(envelope()));
    let reported = include_bytes!("../../../../proto-schemas/fixtures/v1_limits_reported.binpb");
    assert_eq!(Envelope::decode(reported), Ok(limits()));
    let of_people = include_bytes!(
        "../../../../proto-schemas/fixtures/v1_preferences_templates_unreadable.binpb"
    );
    assert_eq!(Envelope::decode(of_people), Ok(later()));
    assert_eq!(SyncTemplates::decode(templates), Ok(sync()));
    let webhook = include_bytes!("../../../../proto-schemas/fixtures/v1_quarantined_webhook.binpb");
    assert_eq!(QuarantinedWebhook::decode(webhook), Ok(quarantined()));
}

#[test]
fn what_is_written_is_read_back() {
    for job in [job(), job_of_one_number()] {
        assert_eq!(SendMessages::decode(&job.encode()), Ok(job));
    }
    assert_eq!(Envelope::decode(&envelope().encode()), Ok(envelope()));
    assert_eq!(Envelope::decode(&limits().encode()), Ok(limits()));
    assert_eq!(Envelope::decode(&later().encode()), Ok(later()));
    assert_eq!(SyncTemplates::decode(&sync().encode()), Ok(sync()));
    let encoded = quarantined().encode();
    assert_eq!(QuarantinedWebhook::decode(&encoded), Ok(quarantined()));
}

#[test]
fn an_event_without_its_number_is_refused() {
    let mut broken = envelope();
    broken.events[0].phone_number_id = None;
    assert_eq!(
        Envelope::decode(&broken.encode()),
        Err(DecodeError::Field("phone_number_id"))
    );
}

#[test]
fn each_kind_is_refused_without_the_number_or_account_that_it_is_of() {
    for (index, event) in later().events.into_iter().enumerate() {
        let (mut broken, mut lost) = (later(), event);
        let field = if lost.phone_number_id.take().is_some() {
            "phone_number_id"
        } else {
            lost.waba_id = None;
            "waba_id"
        };
        broken.events[index] = lost;
        assert_eq!(
            Envelope::decode(&broken.encode()),
            Err(DecodeError::Field(field))
        );
    }
}

#[test]
fn sealed_details_of_earlier_builds_are_read_and_are_still_written_for_them() {
    let content = r#"{"wamid":"wamid.B","from":"22670112233","from_user_id":"BF.1","message":{}}"#;
    let read: InboundContent = serde_json::from_str(content).unwrap();
    assert_eq!(read.sender.wa_id.as_deref(), Some("22670112233"));
    assert_eq!(read.sender.user_id.as_deref(), Some("BF.1"));
    assert_eq!(serde_json::to_string(&read).unwrap(), content);
    let status = r#"{"wamid":"wamid.A","recipient_id":"22670112233","recipient_user_id":"BF.1"}"#;
    let read: StatusDetail = serde_json::from_str(status).unwrap();
    assert_eq!(read.recipient.user_id.as_deref(), Some("BF.1"));
    assert_eq!(serde_json::to_string(&read).unwrap(), status);
}

#[test]
fn limits_without_their_account_are_refused() {
    let mut broken = limits();
    broken.events[0].waba_id = None;
    assert_eq!(
        Envelope::decode(&broken.encode()),
        Err(DecodeError::Field("waba_id"))
    );
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = (SendMessages::decode(&bytes), Envelope::decode(&bytes), SyncTemplates::decode(&bytes));
        let _ = QuarantinedWebhook::decode(&bytes);
    }
}
