//! Meta refuses with each of its codes: throttled messages are sent at last, permanent refusals are not retried,
//! ambiguous errors lead to one flagged retry, and errors of the number wait for an operator.

use common::message::MessageState;
use meta_sim::{Fault, Match, Script};
use serde_json::json;
use testkit::{SingleMessage, StackPlan, eventually};

use super::fixture::{Fixture, PROGRESS, meta, short_timeouts};
use super::report::Scenario;
use super::tier::Counts;

const SCENARIO: Scenario = Scenario {
    name: "error_codes",
    bar: "R20",
    what: "Meta refuses a message with each of its codes",
};
/// Messages per code.
const EACH: Counts = Counts::new(1, 5, 20);
/// Throttles: Meta refuses before it processes the message.
const RETRIED: [i64; 4] = [4, 80_007, 130_429, 131_056];
/// Refusals of the message or of its recipient.
const REFUSED: [i64; 18] = [
    100, 130_403, 130_472, 130_497, 131_008, 131_009, 131_014, 131_021, 131_026, 131_030, 131_047,
    131_049, 131_050, 131_051, 132_000, 132_005, 132_012, 135_000,
];
/// Errors inside Meta, after which the outcome is unknown.
const DOUBTS: [i64; 6] = [1, 2, 131_000, 131_016, 131_057, 133_004];
/// Refusals of the token, the account, the number or the payment.
const STOPPING: [i64; 11] = [
    3, 10, 190, 200, 368, 131_005, 131_031, 131_042, 131_045, 131_048, 133_010,
];
/// Refusals of the template, which is paused, disabled or missing at Meta.
const OF_TEMPLATES: [i64; 3] = [132_001, 132_015, 132_016];
/// The number is stopped until an operator acts.
const STOPPED: &str = "select count(*) from phone_numbers where connection = 2";
/// Messages held for their template.
const HELD: &str = "select count(*) from messages where state = 4 and held_reason = 3";

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn error_codes() {
    let mut settings = short_timeouts();
    // The doubts are intended.
    settings.push(("sender.breaker.in_doubt", "1000000".to_owned()));
    let plan = StackPlan {
        meta: meta(),
        settings,
    };
    let mut fixture = Fixture::open(SCENARIO, plan).await;
    let each = fixture.tier.of(EACH);
    let mut people = 0;
    let mut ordered = Vec::new();
    for code in RETRIED.into_iter().chain(REFUSED).chain(DOUBTS) {
        for _ in 0..each {
            people += 1;
            ordered.push((code, order(&fixture, code, people).await));
        }
    }
    for code in STOPPING {
        people += 1;
        let id = order(&fixture, code, people).await;
        until(&fixture, STOPPED, 1).await;
        connect_again(&fixture).await;
        until(&fixture, STOPPED, 0).await;
        ordered.push((code, id));
    }
    for code in OF_TEMPLATES {
        people += 1;
        let id = order(&fixture, code, people).await;
        until(&fixture, HELD, 1).await;
        synchronise(&fixture).await;
        until(&fixture, HELD, 0).await;
        ordered.push((code, id));
    }
    fixture.settle().await;
    let report = fixture.run_auditor().await;
    report.assert_clean();
    for (code, id) in &ordered {
        assert_ended(&fixture, *code, id).await;
    }
    assert_asked_once(&fixture, each);
    fixture.injections.injected = u64::try_from(ordered.len()).unwrap();
    fixture.injections.in_flight = fixture.injections.injected;
    fixture.notes.push(format!(
        "{} codes: {} retried, {} refused for good and posted once, {} doubts posted once more with the flag, {} that stop \
         the number until it is connected again, {} that hold it until the templates are read again",
        RETRIED.len() + REFUSED.len() + DOUBTS.len() + STOPPING.len() + OF_TEMPLATES.len(),
        RETRIED.len(),
        REFUSED.len(),
        DOUBTS.len(),
        STOPPING.len(),
        OF_TEMPLATES.len()
    ));
    let back = "update messages set state = 24 where state = 10";
    fixture
        .control("refused messages recorded as read", back, "lost")
        .await;
    fixture.finish(report);
}

/// Orders a ticket that Meta refuses with this code the first time; returns its id.
async fn order(fixture: &Fixture, code: i64, person: u64) -> String {
    let to = format!("+22664{person:06}");
    let fault = Fault::Error {
        code,
        http_status: None,
        details: None,
    };
    let to_this_person = Match {
        recipient: Some(to.clone()),
        ..Match::default()
    };
    let script = Script::always(fault).matching(to_this_person).times(1);
    let _ = fixture.stack.meta.script(script);
    let body = fixture.other_shop.message(&SingleMessage {
        to: &to,
        template: "ticket_de_caisse",
        variables: &["Awa", "T-1", "500"],
        reference: None,
    });
    let key = format!("code-{code}-{person}");
    let answer = fixture
        .other_shop
        .api
        .post_until_answered("/v1/messages", &key, &body)
        .await
        .ok();
    let id = answer["id"].as_str().unwrap().to_owned();
    fixture.log_accepted(&fixture.other_shop, &key, &id).await;
    id
}

async fn assert_ended(fixture: &Fixture, code: i64, id: &str) {
    let stored = fixture.sources.stored().await[&id.parse().unwrap()];
    let is_refused = REFUSED.contains(&code);
    assert_eq!(
        stored.state == MessageState::Rejected,
        is_refused,
        "{code} ended {}",
        stored.state.as_str()
    );
    assert!(
        is_refused || stored.state.is_delivery(),
        "{code} ended {}",
        stored.state.as_str()
    );
    assert_eq!(
        stored.possible_duplicate,
        DOUBTS.contains(&code),
        "the flag after {code}"
    );
}

/// Each code was returned as often as there were messages for it.
fn assert_asked_once(fixture: &Fixture, each: u64) {
    let met = fixture.stack.meta.stats().refused_by_code;
    for code in RETRIED.into_iter().chain(REFUSED) {
        assert_eq!(met.get(&code), Some(&each), "refusals with {code}");
    }
    for script in fixture.stack.meta.scripts() {
        assert_eq!(script.hits, 1, "{:?}", script.script.fault);
    }
}

/// Waits until the count reaches `wanted`.
async fn until(fixture: &Fixture, query: &str, wanted: i64) {
    eventually("the count is reached", PROGRESS, async || {
        (fixture.sources.number(query).await == wanted).then_some(())
    })
    .await;
}

/// Synchronises the templates with Meta, where they are approved.
async fn synchronise(fixture: &Fixture) {
    let account = json!({"waba_id": fixture.other_shop.plan.waba_id});
    let _ = fixture
        .other_shop
        .api
        .post("/v1/templates/sync", &account)
        .await
        .ok();
}

/// What an operator does once the cause is fixed.
async fn connect_again(fixture: &Fixture) {
    let plan = &fixture.other_shop.plan;
    let number = json!({
        "waba_id": plan.waba_id,
        "phone_number_id": plan.phone_number_id,
        "access_token": plan.access_token,
    });
    let _ = fixture
        .other_shop
        .api
        .post("/v1/numbers", &number)
        .await
        .ok();
}
