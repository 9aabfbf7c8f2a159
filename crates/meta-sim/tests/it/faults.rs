//! Every fault, by script and by the recipient's digits.

use std::time::{Duration, Instant};

use meta_sim::{Answered, Endpoint, Fault, Match, Script, Step, sample};
use serde_json::{Value, json};

use crate::fixture::{Fixture, receipt};

const PERSON: &str = "+22670000001";

fn once(fault: Fault) -> Script {
    Script::always(fault).times(1)
}

/// The answer in the only entry, after a message that was accepted once under `m`.
fn answer_of_only_entry(fixture: &Fixture) -> Answered {
    let ledger = fixture.sim.ledger_of("m");
    assert_eq!(ledger.len(), 1);
    ledger[0].answered
}

#[tokio::test]
async fn a_cut_before_acceptance_leaves_no_trace() {
    let fixture = Fixture::start().await;
    fixture.sim.script(once(Fault::CutBeforeAcceptance));
    let error = fixture.send_raw(&receipt(PERSON, "m")).await.unwrap_err();
    assert!(!error.is_timeout(), "{error}");
    assert_eq!(fixture.sim.summary().accepted, 0);
    fixture.accepted(&receipt(PERSON, "m")).await;
    fixture.stop().await;
}

#[tokio::test]
async fn a_cut_after_acceptance_is_in_the_ledger_and_statuses_follow() {
    let fixture = Fixture::start().await;
    fixture.sim.script(once(Fault::CutAfterAcceptance));
    fixture.send_raw(&receipt(PERSON, "m")).await.unwrap_err();
    assert_eq!(answer_of_only_entry(&fixture), Answered::Cut);
    fixture.settled().await;
    let statuses = fixture.inbox.statuses().await;
    assert_eq!(statuses.len(), 3);
    assert!(
        statuses
            .iter()
            .all(|status| status["biz_opaque_callback_data"] == "m")
    );
    fixture.stop().await;
}

#[tokio::test]
async fn a_held_answer_is_late_or_missing() {
    let fixture = Fixture::start().await;
    let started = Instant::now();
    fixture.sim.script(once(Fault::Hold {
        millis: 150,
        accepted: true,
    }));
    fixture.accepted(&receipt(PERSON, "m")).await;
    assert!(started.elapsed() >= Duration::from_millis(150));
    assert_eq!(answer_of_only_entry(&fixture), Answered::Late);
    fixture.sim.script(once(Fault::Hold {
        millis: 20,
        accepted: false,
    }));
    fixture
        .send_raw(&receipt(PERSON, "other"))
        .await
        .unwrap_err();
    assert_eq!(fixture.sim.accepted_times("other"), 0);
    fixture.stop().await;
}

#[tokio::test]
async fn stopping_does_not_wait_for_held_answers() {
    let fixture = Fixture::start().await;
    fixture.sim.script(once(Fault::Hold {
        millis: 600_000,
        accepted: true,
    }));
    let url = fixture.url(&crate::fixture::messages_path());
    let request = fixture
        .http
        .post(url)
        .bearer_auth(sample::TOKEN)
        .json(&receipt(PERSON, "m"));
    let held = tokio::spawn(request.send());
    while fixture.sim.accepted_times("m") == 0 {
        tokio::task::yield_now().await;
    }
    let stopped = tokio::time::timeout(Duration::from_secs(8), fixture.stop()).await;
    assert!(stopped.is_ok());
    // Answered at last, or cut: either way it has ended.
    drop(held.await.unwrap());
}

#[tokio::test]
async fn half_of_the_json_is_answered_with_200() {
    let fixture = Fixture::start().await;
    fixture.sim.script(once(Fault::TruncatedJson));
    let response = fixture.send_raw(&receipt(PERSON, "m")).await.unwrap();
    assert_eq!(response.status().as_u16(), 200);
    let body = response.bytes().await.unwrap();
    assert!(serde_json::from_slice::<Value>(&body).is_err());
    assert_eq!(answer_of_only_entry(&fixture), Answered::Truncated);
    fixture.stop().await;
}

#[tokio::test]
async fn html_with_500_says_nothing_about_acceptance() {
    let fixture = Fixture::start().await;
    for (accepted, opaque) in [(false, "lost"), (true, "m")] {
        fixture.sim.script(once(Fault::Html500 { accepted }));
        let response = fixture.send_raw(&receipt(PERSON, opaque)).await.unwrap();
        assert_eq!(response.status().as_u16(), 500);
        assert!(
            response
                .text()
                .await
                .unwrap()
                .starts_with("<!DOCTYPE html>")
        );
        assert_eq!(fixture.sim.accepted_times(opaque), u32::from(accepted));
    }
    assert_eq!(answer_of_only_entry(&fixture), Answered::Html500);
    fixture.stop().await;
}

#[tokio::test]
async fn any_code_can_be_scripted_with_its_own_status_or_another() {
    let fixture = Fixture::start().await;
    for (code, http_status) in [
        (4, 400),
        (190, 401),
        (368, 403),
        (131_016, 500),
        (132_001, 404),
        (2, 503),
    ] {
        fixture.sim.script(once(Fault::Error {
            code,
            http_status: None,
            details: None,
        }));
        assert_eq!(
            fixture.refused(&receipt(PERSON, "m")).await,
            (http_status, code)
        );
    }
    let details = Some("Slower, please.".to_owned());
    fixture.sim.script(once(Fault::Error {
        code: 80_007,
        http_status: Some(418),
        details,
    }));
    let (status, body) = fixture.send(&receipt(PERSON, "m")).await;
    assert_eq!(
        (status, &body["error"]["error_data"]["details"]),
        (418, &json!("Slower, please."))
    );
    assert_eq!(body["error"]["message"], "(#80007) Rate limit issues");
    fixture
        .sim
        .script(once(Fault::TooManyRequests { code: None }));
    let (status, code) = fixture.refused(&receipt(PERSON, "m")).await;
    assert_eq!((status, code), (429, meta_sim::UNNAMED_THROTTLE_CODE));
    assert_eq!(fixture.sim.summary().accepted, 0);
    fixture.stop().await;
}

#[tokio::test]
async fn exactly_the_scripted_statuses_follow() {
    let fixture = Fixture::start().await;
    let steps = vec![Step::Sent, Step::Failed(131_026)];
    fixture.sim.script(once(Fault::Statuses { steps }));
    fixture.accepted(&receipt(PERSON, "m")).await;
    fixture.settled().await;
    let mut status_names = fixture.inbox.status_names().await;
    status_names.sort();
    assert_eq!(status_names, ["failed", "sent"]);
    let statuses = fixture.inbox.statuses().await;
    let failed = statuses
        .iter()
        .find(|status| status["status"] == "failed")
        .unwrap();
    assert_eq!(failed["errors"][0]["code"], 131_026);
    assert_eq!(failed["errors"][0]["title"], "Message undeliverable");
    assert!(failed["errors"][0]["error_data"]["details"].is_string());
    assert_eq!(failed.get("pricing"), None);
    fixture.stop().await;
}

#[tokio::test]
async fn the_recipients_digits_decide_without_a_script() {
    let fixture = Fixture::start().await;
    assert_eq!(
        fixture.refused(&receipt("+22670999929", "a")).await,
        (400, 130_429)
    );
    assert_eq!(
        fixture.refused(&receipt("+22670999968", "b")).await,
        (403, 368)
    );
    fixture
        .send_raw(&receipt("+22670999981", "c"))
        .await
        .unwrap_err();
    assert_eq!(fixture.sim.accepted_times("c"), 1);
    fixture.accepted(&receipt("+22670999987", "silent")).await;
    let (_, held) = fixture.send(&receipt("+22670999992", "held")).await;
    assert_eq!(
        held["messages"][0]["message_status"],
        "held_for_quality_assessment"
    );
    fixture.accepted(&receipt("+22670999949", "capped")).await;
    fixture.settled().await;
    let statuses = fixture.inbox.statuses().await;
    let of = |opaque: &str| {
        let found = statuses
            .iter()
            .filter(|s| s["biz_opaque_callback_data"] == opaque);
        found.cloned().collect::<Vec<Value>>()
    };
    assert!(of("silent").is_empty());
    assert_eq!(of("capped")[0]["errors"][0]["code"], 131_049);
    fixture.stop().await;
}

#[tokio::test]
async fn scripts_reach_other_calls_than_messages() {
    let fixture = Fixture::start().await;
    let matching = Match {
        endpoint: Endpoint::MessageTemplates,
        ..Match::default()
    };
    let script = once(Fault::Error {
        code: 80_008,
        http_status: None,
        details: None,
    });
    fixture.sim.script(script.matching(matching));
    let path = format!("/v25.0/{}/message_templates", sample::WABA_ID);
    assert_eq!(fixture.get(&path).await.1["error"]["code"], 80_008);
    assert_eq!(fixture.get(&path).await.0, 200);
    fixture.accepted(&receipt(PERSON, "m")).await;
    let reports = fixture.sim.scripts();
    assert_eq!((reports[0].seen, reports[0].hits), (2, 1));
    fixture.stop().await;
}
