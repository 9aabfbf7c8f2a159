//! From Meta's responses to the known outcome for the message.

use common::phone::E164;
use common::recipient::{Bsuid, Recipient};
use proptest::prelude::*;

use super::*;
use crate::classify::ThrottleScope;

fn report(http_status: u16, body: &str) -> SendReport {
    SendReport::of_answer(&Answer {
        http_status,
        body: body.as_bytes().to_vec(),
        business_use: None,
    })
}

#[test]
fn an_id_means_that_meta_accepted_the_message() {
    let report = report(
        200,
        r#"{"messaging_product":"whatsapp","contacts":[{"input":"+22670112233","wa_id":"22670112233"}],
        "messages":[{"id":"wamid.HBgL","message_status":"accepted"}]}"#,
    );
    assert_eq!(report.outcome, PostOutcome::Submitted);
    assert_eq!(report.wamid, Some(Wamid::new("wamid.HBgL".to_owned())));
    assert_eq!((report.class, report.http_status), (None, Some(200)));
    assert!(!report.held_for_quality);
}

fn contact(contacts: &str) -> Option<AnsweredContact> {
    let body = format!(r#"{{"contacts":{contacts},"messages":[{{"id":"wamid.HBgL"}}]}}"#);
    let report = report(200, &body);
    assert_eq!(report.outcome, PostOutcome::Submitted, "{contacts}");
    report.contact
}

#[test]
fn the_answer_shows_how_meta_names_the_recipient() {
    let (number, id) = (
        |digits| E164::from_wa_id(digits).ok(),
        |id| Bsuid::parse(id).ok(),
    );
    let by_number = contact(r#"[{"input":"+2290197123456","wa_id":"22997123456"}]"#).unwrap();
    assert_eq!(
        (by_number.input, by_number.wa_id, by_number.user_id),
        (
            Recipient::from_meta("+2290197123456").ok(),
            number("22997123456"),
            None
        )
    );
    let by_id = contact(r#"[{"input":"BF.1349","user_id":"BF.1349"}]"#).unwrap();
    assert_eq!((by_id.wa_id, by_id.user_id), (None, id("BF.1349")));
    let misplaced = contact(r#"[{"wa_id":"BF.ENT.1181"}]"#).unwrap();
    assert_eq!(
        (misplaced.wa_id, misplaced.user_id),
        (None, id("BF.ENT.1181"))
    );
    let of_digits = contact(r#"[{"wa_id":22997123456,"user_id":null}]"#).unwrap();
    assert_eq!(of_digits.wa_id, number("22997123456"));
}

/// An accepted message that is classified as in doubt may be sent twice.
#[test]
fn a_contact_of_another_form_costs_neither_the_id_nor_the_rest() {
    for contacts in [
        "null",
        "{}",
        "7",
        "\"a\"",
        "[]",
        "[null]",
        "[{}]",
        "[[]]",
        r#"[{"wa_id":{}}]"#,
    ] {
        assert_eq!(contact(contacts), None, "{contacts}");
    }
    let two = r#"[{"wa_id":"22670112233"},{"wa_id":"22670112234"}]"#;
    assert_eq!(contact(two), None);
    let status = r#"{"messages":[{"id":"wamid.HBgL","message_status":7},null]}"#;
    assert_eq!(report(200, status).outcome, PostOutcome::Submitted);
}

#[test]
fn a_message_that_meta_keeps_back_is_accepted_too() {
    for status in ["held_for_quality_assessment", "paused"] {
        let body = format!(r#"{{"messages":[{{"id":"wamid.HBgL","message_status":"{status}"}}]}}"#);
        let report = report(200, &body);
        assert_eq!(report.outcome, PostOutcome::Submitted);
        assert!(report.held_for_quality);
    }
}

#[test]
fn a_success_without_an_id_is_doubt() {
    for body in [
        "",
        "{}",
        r#"{"messages":[]}"#,
        r#"{"messages":[{"id":""}]}"#,
        r#"{"messages":[{"id":"wamid.HB"#,
    ] {
        assert_eq!(report(200, body).outcome, PostOutcome::Doubt, "{body}");
    }
}

#[test]
fn an_answer_that_is_no_json_is_doubt_unless_it_is_http_429() {
    let page = "<html><body>Bad gateway</body></html>";
    for http_status in [400, 401, 404, 500, 502, 503, 504] {
        assert_eq!(
            report(http_status, page).outcome,
            PostOutcome::Doubt,
            "HTTP {http_status}"
        );
    }
    let throttled = report(429, page);
    assert_eq!(throttled.outcome, PostOutcome::NotAccepted);
    assert_eq!(
        throttled.class,
        Some(ErrorClass::Throttle(ThrottleScope::Number))
    );
}

#[test]
fn the_code_decides_before_the_http_status() {
    let stopped = report(500, r#"{"error":{"code":3,"type":"OAuthException"}}"#);
    assert_eq!(stopped.outcome, PostOutcome::NumberStopped);
    let throttled = report(400, r#"{"error":{"code":130429}}"#);
    assert_eq!(throttled.outcome, PostOutcome::NotAccepted);
    assert_eq!(throttled.error.map(|error| error.code), Some(130_429));
    let refused = report(200, r#"{"error":{"code":131026}}"#);
    assert_eq!(refused.outcome, PostOutcome::Rejected);
}

#[test]
fn a_report_and_a_message_print_no_personal_data() {
    let message = OutgoingMessage {
        recipient: &Recipient::from_stored("+22670112233").unwrap(),
        content: OutgoingContent::Template {
            name: "carte_fidelite",
            language: "fr",
            components: &serde_json::json!([{"type": "body", "parameters": [{"type": "text", "text": "Aminata"}]}]),
        },
        reply_to: Some("wamid.HBgLMjI2"),
        opaque_id: "d1.00",
        endpoint: Endpoint::Messages,
    };
    let report = report(
        200,
        r#"{"contacts":[{"input":"+22670112233","wa_id":"22670112233","user_id":"BF.13491208655302741918"}],
        "messages":[{"id":"wamid.HBgLMjI2"}]}"#,
    );
    assert!(report.contact.is_some());
    let printed = format!("{message:?} {report:?}");
    for secret in ["70112233", "1349120865", "Aminata", "HBgL"] {
        assert!(!printed.contains(secret), "{printed}");
    }
}

proptest! {
    #[test]
    fn no_answer_panics_and_only_an_id_submits(http_status in 100_u16..600, body in ".{0,80}") {
        let report = report(http_status, &body);
        prop_assert_eq!(report.outcome == PostOutcome::Submitted, report.wamid.is_some());
    }
}
