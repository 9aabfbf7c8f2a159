//! Meta refuses with each of its codes: what is retried leaves at last, what is refused for good is not asked again, what
//! leaves a doubt is posted once more with the flag, and what concerns the number waits for a person.

use common::message::MessageState;
use meta_sim::{Fault, Match, Script};
use serde_json::json;
use testkit::{SingleMessage, StackPlan, eventually};

use super::arena::{Arena, PROGRESS, impatient, meta};
use super::report::Scenario;
use super::tier::Counts;

const SCENARIO: Scenario = Scenario {
    name: "error_codes",
    bar: "R20",
    what: "Meta refuses a message with each of its codes",
};
/// Messages for each code.
const EACH: Counts = Counts::new(1, 5, 20);
/// Throttles, with which Meta refuses before it looks at the message.
const RETRIED: [i64; 4] = [4, 80_007, 130_429, 131_056];
/// Refusals of the message or of its recipient.
const REFUSED: [i64; 18] = [
    100, 130_403, 130_472, 130_497, 131_008, 131_009, 131_014, 131_021, 131_026, 131_030, 131_047,
    131_049, 131_050, 131_051, 132_000, 132_005, 132_012, 135_000,
];
/// Faults of Meta's own, after which nobody knows.
const DOUBTS: [i64; 6] = [1, 2, 131_000, 131_016, 131_057, 133_004];
/// Refusals of the token, the account, the number or the payment.
const STOPPING: [i64; 11] = [
    3, 10, 190, 200, 368, 131_005, 131_031, 131_042, 131_045, 131_048, 133_010,
];
/// Refusals of the template, which is paused, disabled or gone at Meta.
const OF_TEMPLATES: [i64; 3] = [132_001, 132_015, 132_016];
/// The number stops for a person.
const STOPPED: &str = "select count(*) from phone_numbers where connection = 2";
/// Messages wait for their template.
const HELD: &str = "select count(*) from messages where state = 4 and held_reason = 3";

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn error_codes() {
    let mut settings = impatient();
    // The doubts are wanted.
    settings.push(("sender.breaker.doubts", "1000000".to_owned()));
    let plan = StackPlan {
        meta: meta(),
        settings,
    };
    let mut arena = Arena::open(SCENARIO, plan).await;
    let each = arena.tier.of(EACH);
    let mut people = 0;
    let mut ordered = Vec::new();
    for code in RETRIED.into_iter().chain(REFUSED).chain(DOUBTS) {
        for _ in 0..each {
            people += 1;
            ordered.push((code, order(&arena, code, people).await));
        }
    }
    for code in STOPPING {
        people += 1;
        let id = order(&arena, code, people).await;
        until(&arena, STOPPED, 1).await;
        connect_again(&arena).await;
        until(&arena, STOPPED, 0).await;
        ordered.push((code, id));
    }
    for code in OF_TEMPLATES {
        people += 1;
        let id = order(&arena, code, people).await;
        until(&arena, HELD, 1).await;
        synchronise(&arena).await;
        until(&arena, HELD, 0).await;
        ordered.push((code, id));
    }
    arena.come_to_rest().await;
    let judged = arena.judge().await;
    judged.assert_good();
    for (code, id) in &ordered {
        assert_ended(&arena, *code, id).await;
    }
    assert_asked_once(&arena, each);
    arena.blows.struck = u64::try_from(ordered.len()).unwrap();
    arena.blows.in_hand = arena.blows.struck;
    arena.notes.push(format!(
        "{} codes: {} retried, {} refused for good and asked once, {} doubts posted once more with the flag, {} that stop \
         the number until it is connected again, {} that hold it until the templates are read again",
        RETRIED.len() + REFUSED.len() + DOUBTS.len() + STOPPING.len() + OF_TEMPLATES.len(),
        RETRIED.len(),
        REFUSED.len(),
        DOUBTS.len(),
        STOPPING.len(),
        OF_TEMPLATES.len()
    ));
    let back = "update messages set state = 24 where state = 10";
    arena
        .control("refused messages said to be read", back, "lost")
        .await;
    arena.conclude(judged);
}

/// Orders a ticket that Meta will refuse with the code the first time, and gives its id.
async fn order(arena: &Arena, code: i64, person: u64) -> String {
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
    let _ = arena.stack.meta.script(script);
    let body = arena.till.message(&SingleMessage {
        to: &to,
        template: "ticket_de_caisse",
        variables: &["Awa", "T-1", "500"],
        reference: None,
    });
    let key = format!("code-{code}-{person}");
    let answer = arena
        .till
        .api
        .post_until_answered("/v1/messages", &key, &body)
        .await
        .ok();
    let id = answer["id"].as_str().unwrap().to_owned();
    arena.promised(&arena.till, &key, &id).await;
    id
}

async fn assert_ended(arena: &Arena, code: i64, id: &str) {
    let stored = arena.books.stored().await[&id.parse().unwrap()];
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

/// Each code was met as often as there were messages for it.
fn assert_asked_once(arena: &Arena, each: u64) {
    let met = arena.stack.meta.stats().refused_by_code;
    for code in RETRIED.into_iter().chain(REFUSED) {
        assert_eq!(met.get(&code), Some(&each), "refusals with {code}");
    }
    for script in arena.stack.meta.scripts() {
        assert_eq!(script.hits, 1, "{:?}", script.script.fault);
    }
}

/// Waits until there are so many.
async fn until(arena: &Arena, query: &str, wanted: i64) {
    eventually("it stops, or goes on", PROGRESS, async || {
        (arena.books.number(query).await == wanted).then_some(())
    })
    .await;
}

/// Has the templates read from Meta, where nothing is wrong with them.
async fn synchronise(arena: &Arena) {
    let account = json!({"waba_id": arena.till.plan.waba_id});
    let _ = arena
        .till
        .api
        .post("/v1/templates/sync", &account)
        .await
        .ok();
}

/// What a person does once the cause is mended.
async fn connect_again(arena: &Arena) {
    let plan = &arena.till.plan;
    let number = json!({
        "waba_id": plan.waba_id,
        "phone_number_id": plan.phone_number_id,
        "access_token": plan.access_token,
    });
    let _ = arena.till.api.post("/v1/numbers", &number).await.ok();
}
