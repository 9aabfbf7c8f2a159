//! What was written is read back, also what earlier builds wrote.

use chrono::DateTime;
use proptest::prelude::*;

use super::*;
use crate::ids::{BusinessId, MessageId};
use crate::message::Lane;
use crate::messaging_limit::MessagingLimit;
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
                kind: EventKind::ConsentTick,
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
    assert_eq!(SyncTemplates::decode(templates), Ok(sync()));
}

#[test]
fn what_is_written_is_read_back() {
    for job in [job(), job_of_one_number()] {
        assert_eq!(SendMessages::decode(&job.encode()), Ok(job));
    }
    assert_eq!(Envelope::decode(&envelope().encode()), Ok(envelope()));
    assert_eq!(Envelope::decode(&limits().encode()), Ok(limits()));
    assert_eq!(SyncTemplates::decode(&sync().encode()), Ok(sync()));
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
    }
}
