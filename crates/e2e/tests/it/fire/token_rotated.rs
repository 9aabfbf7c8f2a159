//! A business gives a new token while its messages leave: five seconds later nothing is posted with the old one.

use std::time::{Duration, Instant};

use meta_sim::{Account, Token};
use serde_json::json;
use testkit::{StackPlan, eventually};

use super::arena::{Arena, PROGRESS, impatient, meta};
use super::job::Job;
use super::report::Scenario;
use super::tier::{Counts, Tier};

const SCENARIO: Scenario = Scenario {
    name: "token_rotated",
    bar: "R26",
    what: "the token is rotated while messages leave, and Meta refuses the old one 5 s later; then it is taken back",
};
const ROTATIONS: Counts = Counts::new(2, 5, 50);
const MESSAGES: Counts = Counts::new(600, 5_000, 20_000);
/// How long the old token may still be used.
const OLD_TOKEN: Duration = Duration::from_secs(5);
/// Of the 1,000 messages a second that the number may send.
const PER_SECOND: Counts = Counts::new(200, 200, 1_000);
/// Meta's word for a token that it does not take.
const REFUSED: i64 = 190;
/// Messages that are in the sender's hands or on the way to it.
const UNDER_WAY: &str = "select count(*) from messages where state in (1, 2)";
const HELD: &str = "select count(*) from messages where state = 4 and held_reason = 1";

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn token_rotated() {
    let mut settings = impatient();
    let pace = Tier::of_run().of(PER_SECOND);
    let share = format!("{}.{:03}", pace / 1_000, pace % 1_000);
    settings.push(("sender.pace_share", share));
    let plan = StackPlan {
        meta: meta(),
        settings,
    };
    let mut arena = Arena::open(SCENARIO, plan).await;
    arena.job = Job::new(arena.shop.clone(), arena.log.clone(), pace);
    let (messages, rotations) = (arena.tier.of(MESSAGES), arena.tier.of(ROTATIONS));
    let _ = arena.job.start_tickets(messages).await;
    for _ in 0..rotations {
        arena.go_on(messages / (rotations + 2)).await;
        let old = arena.shop.plan.access_token.clone();
        arena.blows.struck += 1;
        arena.blows.in_hand += u64::try_from(arena.books.number(UNDER_WAY).await).unwrap();
        give_new_token(&mut arena).await;
        let since = Instant::now();
        eventually("the old token's time is over", PROGRESS, async || {
            arena.job.provide(&arena.books).await;
            (since.elapsed() >= OLD_TOKEN).then_some(())
        })
        .await;
        take_back(&arena, &old);
        arena.go_on(messages / (rotations + 2)).await;
        assert_eq!(refused(&arena), 0, "a POST had the old token");
    }
    arena.notes.push(format!(
        "no POST had an old token later than {OLD_TOKEN:?} after the new one was confirmed"
    ));
    control(&mut arena).await;
    arena.come_to_rest().await;
    let judged = arena.judge().await;
    judged.assert_good();
    arena.lying_log().await;
    arena.conclude(judged);
}

/// A token that is taken back without a new one is refused and stops the number; a new one frees what was held.
async fn control(arena: &mut Arena) {
    let old = arena.shop.plan.access_token.clone();
    // A stopped number starts no campaign.
    arena.job.provide(&arena.books).await;
    take_back(arena, &old);
    let held = eventually("the number is stopped", PROGRESS, async || {
        let held = arena.books.number(HELD).await;
        (held > 0).then_some(held)
    })
    .await;
    let times = refused(arena);
    assert!(times > 0, "Meta takes a token that was taken back");
    arena.controls.push(format!(
        "a token that is taken back without a new one: refused {times} times; messages were held ({held} at the first look) \
         and left with the next token"
    ));
    give_new_token(arena).await;
}

/// The account has another token, and the business connects its number with it.
async fn give_new_token(arena: &mut Arena) {
    let waba_id = arena.shop.plan.waba_id.clone();
    let account = Account {
        waba_id,
        tokens: vec![Token::default()],
        ..Account::default()
    };
    let account = arena.stack.meta.put_account(account).unwrap();
    let token = account.tokens.last().unwrap().token.clone();
    let plan = &mut arena.shop.plan;
    assert_ne!(plan.access_token, token);
    plan.access_token = token;
    let number = json!({
        "waba_id": plan.waba_id,
        "phone_number_id": plan.phone_number_id,
        "access_token": plan.access_token,
    });
    let _ = arena.shop.api.post("/v1/numbers", &number).await.ok();
}

/// Meta does not take the token any more.
fn take_back(arena: &Arena, token: &str) {
    let account = Account {
        waba_id: arena.shop.plan.waba_id.clone(),
        tokens: vec![Token {
            token: token.to_owned(),
            is_valid: false,
            ..Token::default()
        }],
        ..Account::default()
    };
    let _ = arena.stack.meta.put_account(account).unwrap();
}

fn refused(arena: &Arena) -> u64 {
    let refused = arena.stack.meta.stats().refused_by_code;
    refused.get(&REFUSED).copied().unwrap_or_default()
}
