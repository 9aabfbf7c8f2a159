//! Bodies in the form of Meta's, turned into events.

use common::wire::{EventKind, InboundContent, StatusDetail};
use sealing::TransitKey;

use crate::field::{Translated, Translator};
use crate::payload::Payload;

const OPAQUE: &str = "d1.00000000000000000000000000000007000000000000000000000000000000080001000000000000000000000000000000ff";

fn key() -> TransitKey {
    TransitKey::parse(
        &"1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
            .to_owned()
            .into(),
    )
    .unwrap()
}

fn translate(value: &str) -> Translated {
    let body = format!(
        r#"{{"object":"whatsapp_business_account","entry":[{{"id":"102290129340398","changes":[{{"field":"messages","value":{value}}}]}}]}}"#
    );
    let payload: Payload<'_> = serde_json::from_str(&body).unwrap();
    Translator::new(key()).translate(&payload).unwrap()
}

fn with(items: &str) -> String {
    format!(
        r#"{{"messaging_product":"whatsapp","metadata":{{"phone_number_id":"106540352242922"}},{items}}}"#
    )
}

#[test]
fn a_status_carries_its_opaque_id_and_hides_the_rest() {
    let translated = translate(&with(&format!(
        r#""statuses":[{{"id":"wamid.HBgL","status":"sent","timestamp":"1750030073","recipient_id":"22670123456",
        "biz_opaque_callback_data":"{OPAQUE}","pricing":{{"billable":true,"type":"regular","category":"utility"}}}}]"#
    )));
    let EventKind::StatusReported(status) = &translated.statuses[0].kind else {
        panic!("a status")
    };
    assert_eq!(
        (status.status.as_str(), status.opaque_id.as_deref()),
        ("sent", Some(OPAQUE))
    );
    assert_eq!(
        (status.pricing_category.as_deref(), status.billable),
        (Some("utility"), true)
    );
    assert_eq!(status.occurred_at.timestamp(), 1_750_030_073);
    let detail: StatusDetail =
        serde_json::from_slice(&key().open("status", &status.sealed).unwrap()).unwrap();
    assert_eq!(
        (detail.wamid.as_str(), detail.recipient.wa_id.as_deref()),
        ("wamid.HBgL", Some("22670123456"))
    );
    assert!(!status.sealed.windows(8).any(|bytes| bytes == b"22670123"));
}

#[test]
fn one_bad_item_costs_no_other() {
    let translated = translate(&with(
        r#""statuses":[{"status":"sent"},{"id":"wamid.A","status":"read","timestamp":1750030073000},7]"#,
    ));
    assert_eq!(translated.statuses.len(), 1);
    let EventKind::StatusReported(status) = &translated.statuses[0].kind else {
        panic!("a status")
    };
    assert_eq!(status.occurred_at.timestamp(), 1_750_030_073);
}

#[test]
fn a_failure_keeps_its_code_and_what_meta_said() {
    let translated = translate(&with(
        r#""statuses":[{"id":"wamid.A","status":"failed","timestamp":"1750030073",
        "errors":[{"code":131049,"title":"not delivered","error_data":{"details":"ecosystem"}}]}]"#,
    ));
    let EventKind::StatusReported(status) = &translated.statuses[0].kind else {
        panic!("a status")
    };
    assert_eq!(status.error_code, Some(131_049));
    let detail: StatusDetail =
        serde_json::from_slice(&key().open("status", &status.sealed).unwrap()).unwrap();
    assert_eq!(detail.errors.unwrap()[0]["title"], "not delivered");
}

#[test]
fn data_that_another_app_sent_along_is_not_taken_for_ours() {
    let translated = translate(&with(
        r#""statuses":[{"id":"wamid.A","status":"sent","timestamp":"1","biz_opaque_callback_data":"order 22670123456"}]"#,
    ));
    let EventKind::StatusReported(status) = &translated.statuses[0].kind else {
        panic!("a status")
    };
    assert_eq!(status.opaque_id, None);
}

#[test]
fn a_client_without_a_number_is_known_by_the_business_scoped_id() {
    let translated = translate(&with(
        r#""contacts":[{"profile":{"name":"Sheena"},"user_id":"US.1"},{"profile":{"name":"Awa"},"user_id":"BF.2"}],
        "messages":[{"from_user_id":"BF.2","id":"wamid.B","timestamp":"1749416383","type":"button",
        "button":{"payload":"STOP_PROMO","text":"Stop"}}]"#,
    ));
    let EventKind::MessageReceived(message) = &translated.inbound[0].kind else {
        panic!("a message")
    };
    assert_eq!(message.message_type, "button");
    let content: InboundContent =
        serde_json::from_slice(&key().open("inbound", &message.sealed).unwrap()).unwrap();
    assert_eq!(
        (content.sender.wa_id, content.sender.user_id.as_deref()),
        (None, Some("BF.2"))
    );
    assert_eq!(content.name.as_deref(), Some("Awa"));
    assert_eq!(content.words, ["STOP_PROMO", "Stop"]);
}

#[test]
fn other_fields_and_values_of_another_form_yield_nothing() {
    for value in [
        "null",
        "[]",
        "7",
        r#"{"statuses":[]}"#,
        r#"{"metadata":{"phone_number_id":"x"}}"#,
    ] {
        let translated = translate(value);
        assert!(
            translated.statuses.is_empty() && translated.inbound.is_empty(),
            "{value}"
        );
    }
    let body =
        r#"{"entry":[{"id":"1","changes":[{"field":"account_update","value":{"event":"X"}}]}]}"#;
    let payload: Payload<'_> = serde_json::from_str(body).unwrap();
    assert!(
        Translator::new(key())
            .translate(&payload)
            .unwrap()
            .statuses
            .is_empty()
    );
}
