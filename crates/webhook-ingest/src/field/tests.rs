//! Tests of webhooks in Meta's format.

use std::fs;
use std::path::Path;

use chrono::{DateTime, Utc};
use common::messaging_limit::MessagingLimit;
use common::wire::{EventKind, InboundContent, LimitsReported, StatusDetail, UnreadableDetail};
use sealing::TransitKey;
use serde::de::DeserializeOwned;

use super::{Translated, Translator};

const OPAQUE: &str = "d1.00000000000000000000000000000007000000000000000000000000000000080001000000000000000000000000000000ff";
const STOP: &str = r#"{"from":"22670000001","id":"wamid.STOP","timestamp":"1750030074","type":"text","text":{"body":"STOP"}}"#;

fn key() -> TransitKey {
    TransitKey::parse(
        &"1:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
            .to_owned()
            .into(),
    )
    .unwrap()
}

pub(super) fn received_at() -> DateTime<Utc> {
    DateTime::from_timestamp(1_796_000_000, 0).unwrap()
}

pub(super) fn read(body: &str) -> Translated {
    read_bytes(body.as_bytes())
}

pub(super) fn read_bytes(body: &[u8]) -> Translated {
    Translator::new(key())
        .translate(body, received_at())
        .unwrap()
}

fn translate(value: &str) -> Translated {
    read(&body_of("messages", value))
}

pub(super) fn body_of(field: &str, value: &str) -> String {
    format!(
        r#"{{"object":"whatsapp_business_account","entry":[{{"id":"102290129340398","time":1739321024,"changes":[{{"field":"{field}","value":{value}}}]}}]}}"#
    )
}

pub(super) fn with(items: &str) -> String {
    format!(
        r#"{{"messaging_product":"whatsapp","metadata":{{"phone_number_id":"106540352242922"}},{items}}}"#
    )
}

pub(super) fn opened<T: DeserializeOwned>(purpose: &str, sealed: &[u8]) -> T {
    serde_json::from_slice(&key().open(purpose, sealed).unwrap()).unwrap()
}

/// The inbound messages, in order.
pub(super) fn contents(translated: &Translated) -> Vec<InboundContent> {
    let contents = translated.inbound.iter().filter_map(|event| {
        let EventKind::MessageReceived(message) = &event.kind else {
            return None;
        };
        Some(opened("inbound", &message.sealed))
    });
    contents.collect()
}

/// The text of the one opt-out of these tests, if it was read.
fn stop(translated: &Translated) -> Option<Vec<String>> {
    let mut contents = contents(translated).into_iter();
    let stop = contents.find(|content| content.wamid == "wamid.STOP")?;
    Some(stop.words)
}

/// All fixtures, by file name.
pub(super) fn fixtures() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures");
    let files = fs::read_dir(folder).unwrap().map(|entry| {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        (name, fs::read_to_string(path).unwrap())
    });
    let mut files: Vec<_> = files.collect();
    files.sort();
    files
}

#[test]
fn metas_samples_are_read_as_a_whole() {
    let fixtures = fixtures();
    assert!(fixtures.len() > 40);
    for (name, body) in fixtures {
        let translated = read(&body);
        assert_eq!(
            translated.unreadable.to_string(),
            "cannot be read:",
            "{name}"
        );
        let expected = match name.split('-').next().unwrap() {
            "message" | "system" | "preference" | "template" => (0, 1),
            "status" => (1, 0),
            "field" if name.contains("capability") || name.contains("number-quality") => (0, 1),
            "field" if name.contains("template") => (0, 1),
            _ => (0, 0),
        };
        let events = (translated.statuses.len(), translated.inbound.len());
        assert_eq!(events, expected, "{name}");
    }
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
    let detail: StatusDetail = opened("status", &status.sealed);
    assert_eq!(
        (detail.wamid.as_str(), detail.recipient.wa_id.as_deref()),
        ("wamid.HBgL", Some("22670123456"))
    );
    assert!(!status.sealed.windows(8).any(|bytes| bytes == b"22670123"));
}

#[test]
fn a_failure_keeps_its_code_and_what_meta_said_whatever_their_types() {
    for (errors, billable) in [
        (r#"[{"code":131049,"title":"not delivered"}]"#, "true"),
        (
            r#"[{"code":"131049","title":"not delivered"}]"#,
            r#""true""#,
        ),
        (r#"{"code":131049.0,"title":"not delivered"}"#, "1"),
    ] {
        let translated = translate(&with(&format!(
            r#""statuses":[{{"id":"wamid.A","status":"failed","timestamp":1750030073.5,"errors":{errors},
            "pricing":{{"billable":{billable}}}}}]"#
        )));
        let EventKind::StatusReported(status) = &translated.statuses[0].kind else {
            panic!("a status")
        };
        assert_eq!((status.error_code, status.billable), (Some(131_049), true));
        let detail: StatusDetail = opened("status", &status.sealed);
        assert_eq!(detail.errors.unwrap()[0]["title"], "not delivered");
    }
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
fn no_sibling_costs_an_opt_out() {
    let junk = [
        "null",
        "{}",
        "[]",
        "7",
        "-1.5e300",
        "true",
        r#""text""#,
        r#""\ud800""#,
        "[null]",
        "[7]",
        "[{}]",
        r#"[{"id":{}}]"#,
        "[[[]]]",
        "nonsense",
        r#"[{"errors":[{"code":"x"}],"pricing":{"billable":"x"}}]"#,
    ];
    for junk in junk {
        for key in [
            "contacts",
            "statuses",
            "errors",
            "user_preferences",
            "messages",
            "messaging_product",
            "new",
        ] {
            let (first, last) = (
                translate(&with(&format!(r#""{key}":{junk},"messages":[{STOP}]"#))),
                translate(&with(&format!(r#""messages":[{STOP}],"{key}":{junk}"#))),
            );
            assert_eq!(stop(&first).unwrap(), ["STOP"], "{key} {junk}");
            assert_eq!(stop(&last).unwrap(), ["STOP"], "{key} {junk}");
        }
        let value = with(&format!(r#""messages":[{junk},{STOP},{junk}]"#));
        assert_eq!(stop(&translate(&value)).unwrap(), ["STOP"], "{junk}");
        let change = format!(r#"{{"field":"messages","value":{value}}}"#);
        for body in [
            format!(
                r#"{{"object":{junk},"entry":[{{"id":{junk},"time":{junk},"changes":[{junk},{change}]}}]}}"#
            ),
            format!(r#"{{"entry":[{junk},{{"changes":{change}}},{junk}]}}"#),
            format!(r#"{{"entry":{{"id":"1","changes":[{change}]}},"entry":{junk}}}"#),
            format!(r#"{{"entry":[{{"changes":[{{"field":{junk},"value":{value}}}]}}]}}"#),
            format!(
                r#"{{"entry":[{{"changes":[{{"field":"messages","value":[{junk},{value}]}}]}}]}}"#
            ),
        ] {
            assert_eq!(stop(&read(&body)).unwrap(), ["STOP"], "{body}");
        }
    }
}

#[test]
fn what_cannot_be_read_is_said_and_no_more() {
    for (body, what) in [
        ("", "1 payload, 1 json"),
        ("null", "1 payload"),
        ("not json", "2 payload, 1 json"),
        ("{}", "1 payload"),
        (r#"{"entry":[7,null]}"#, "2 entry"),
        (r#"{"entry":[{"changes":[7,null]}]}"#, "2 change"),
        (
            r#"{"entry":[{"changes":[{"field":"messages","value":null}]}]}"#,
            "1 value",
        ),
        (
            r#"{"entry":[{"changes":[{"field":"messages"}]}]}"#,
            "1 value",
        ),
        (
            r#"{"entry":[{"changes":[{"field":"unheard_of","value":{"metadata":7}}]}]}"#,
            "",
        ),
        (
            r#"{"entry":[{"changes":[{"field":"account_update","value":7}]}]}"#,
            "",
        ),
        (r#"{"entry":[],"object":"page"}"#, ""),
        (
            r#"{"entry":[{"id":"1","changes":[{"field":"message_template_status_update","value":{"event":"PAUSED"}}]}]}"#,
            "1 template",
        ),
        (
            r#"{"entry":[{"id":"1","changes":[{"field":"phone_number_quality_update","value":7}]}]}"#,
            "1 limits",
        ),
    ] {
        let said = read(body).unreadable.to_string();
        assert_eq!(
            said.trim_start_matches("cannot be read:").trim(),
            what,
            "{body}"
        );
    }
    let two = translate(&with(
        r#""statuses":[{"status":"sent"},{"id":"wamid.A","status":"read","timestamp":1750030073000},7]"#,
    ));
    assert_eq!(
        (two.statuses.len(), two.unreadable.to_string()),
        (1, "cannot be read: 2 status".to_owned())
    );
}

#[test]
fn who_wrote_what_cannot_be_read_is_told_so_that_marketing_waits() {
    let unreadable = [
        r#"{"from":"22670000001","timestamp":"1","type":"text","text":{"body":"STOP"}}"#,
        r#"{"from":"22670000001","id":"wamid.A","timestamp":"1","type":"text","text":7.5e}"#,
        r#"{"from":22670000001,"id":"wamid.A","type":"text","text":{"body":{}}}"#,
        r#"{"from":"22670000001","id":"wamid.A","type":"button","button":null}"#,
        r#"{"from":"22670000001","id":"wamid.A","type":"interactive","interactive":{"type":"button_reply"}}"#,
        r#"{"from":"22670000001","id":"wamid.A","type":"edit","edit":{"message":7}}"#,
    ];
    for item in unreadable {
        let translated = translate(&with(&format!(r#""messages":[{item}]"#)));
        let [event] = &translated.inbound[..] else {
            panic!("{item}")
        };
        let EventKind::InboundUnreadable(message) = &event.kind else {
            panic!("{item}")
        };
        let detail: UnreadableDetail = opened("unreadable", &message.sealed);
        assert_eq!(detail.sender.wa_id.as_deref(), Some("22670000001"));
        assert_eq!(message.received_at, received_at());
        assert!(
            translated.unreadable.to_string().contains("1 message"),
            "{item}"
        );
    }
    let nobody = translate(&with(
        r#""messages":[{"id":"wamid.A","type":"text","text":{"body":"STOP"}}]"#,
    ));
    assert!(nobody.inbound.is_empty() && !nobody.unreadable.is_empty());
}

#[test]
fn the_limits_of_numbers_are_read() {
    let reported = |field, value| -> LimitsReported {
        let translated = read(&body_of(field, value));
        let EventKind::LimitsReported(limits) = &translated.inbound[0].kind else {
            panic!("{value}")
        };
        limits.clone()
    };
    let business = reported(
        "business_capability_update",
        r#"{"max_daily_conversations_per_business":2000}"#,
    );
    assert_eq!(
        business.messaging_limit,
        Some(MessagingLimit::People(2_000))
    );
    assert_eq!(
        (business.event, business.occurred_at.timestamp()),
        (None, 1_739_321_024)
    );
    let number = reported(
        "phone_number_quality_update",
        r#"{"event":"THROUGHPUT_UPGRADE","max_daily_conversations_per_business":"TIER_UNLIMITED"}"#,
    );
    assert_eq!(number.event.as_deref(), Some("THROUGHPUT_UPGRADE"));
    assert_eq!(number.messaging_limit, Some(MessagingLimit::Unlimited));
    let unlimited = reported(
        "business_capability_update",
        r#"{"max_daily_conversations_per_business":-1}"#,
    );
    assert_eq!(unlimited.messaging_limit, Some(MessagingLimit::Unlimited));
    let none = reported("phone_number_quality_update", r#"{"event":"FLAGGED"}"#);
    assert_eq!(none.messaging_limit, None);
}
