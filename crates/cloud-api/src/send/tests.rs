//! From Meta's answers to what is known of the message.

use proptest::prelude::*;

use super::*;
use crate::classify::ThrottleScope;

fn report(http_status: u16, body: &str) -> SendReport {
    SendReport::of_answer(&Answer {
        http_status,
        body: body.as_bytes().to_vec(),
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
        to: "+22670112233",
        content: OutgoingContent::Template {
            name: "carte_fidelite",
            language: "fr",
            components: &serde_json::json!([{"type": "body", "parameters": [{"type": "text", "text": "Aminata"}]}]),
        },
        reply_to: Some("wamid.HBgLMjI2"),
        opaque_id: "d1.00",
        endpoint: Endpoint::Messages,
    };
    let report = report(200, r#"{"messages":[{"id":"wamid.HBgLMjI2"}]}"#);
    let printed = format!("{message:?} {report:?}");
    for secret in ["70112233", "Aminata", "HBgL"] {
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
