//! A business rotates its token while its messages are sent: five seconds later nothing is posted with the old one.

use std::time::{Duration, Instant};

use meta_sim::{Account, Token};
use serde_json::json;
use testkit::{StackPlan, eventually};

use super::campaign_load::CampaignLoad;
use super::fixture::{Fixture, PROGRESS, meta, short_timeouts};
use super::report::Scenario;
use super::tier::{Counts, Tier};

const SCENARIO: Scenario = Scenario {
    name: "token_rotated",
    bar: "R26",
    what: "the token is rotated while messages are sent, and Meta refuses the old one 5 s later; then it is revoked",
};
const ROTATIONS: Counts = Counts::new(2, 5, 50);
const MESSAGES: Counts = Counts::new(600, 5_000, 20_000);
/// How long the old token may still be used.
const OLD_TOKEN: Duration = Duration::from_secs(5);
/// Of the 1,000 messages a second that the number may send.
const PER_SECOND: Counts = Counts::new(200, 200, 1_000);
/// Meta's code for an invalid token.
const REFUSED: i64 = 190;
/// Messages that are claimed or about to be.
const UNDER_WAY: &str = "select count(*) from messages where state in (1, 2)";
const HELD: &str = "select count(*) from messages where state = 4 and held_reason = 1";

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn token_rotated() {
    let mut settings = short_timeouts();
    let per_second = Tier::of_run().of(PER_SECOND);
    let share = format!("{}.{:03}", per_second / 1_000, per_second % 1_000);
    settings.push(("sender.throughput_share", share));
    let plan = StackPlan {
        meta: meta(),
        settings,
    };
    let mut fixture = Fixture::open(SCENARIO, plan).await;
    fixture.campaign_load =
        CampaignLoad::new(fixture.shop.clone(), fixture.log.clone(), per_second);
    let (messages, rotations) = (fixture.tier.of(MESSAGES), fixture.tier.of(ROTATIONS));
    let _ = fixture.campaign_load.start_tickets(messages).await;
    for _ in 0..rotations {
        fixture.advance(messages / (rotations + 2)).await;
        let old = fixture.shop.plan.access_token.clone();
        fixture.injections.injected += 1;
        fixture.injections.in_flight +=
            u64::try_from(fixture.sources.number(UNDER_WAY).await).unwrap();
        give_new_token(&mut fixture).await;
        let since = Instant::now();
        eventually("the old token has expired", PROGRESS, async || {
            fixture.campaign_load.replenish(&fixture.sources).await;
            (since.elapsed() >= OLD_TOKEN).then_some(())
        })
        .await;
        revoke(&fixture, &old);
        fixture.advance(messages / (rotations + 2)).await;
        assert_eq!(refused(&fixture), 0, "a POST had the old token");
    }
    fixture.notes.push(format!(
        "no POST had an old token later than {OLD_TOKEN:?} after the new one was confirmed"
    ));
    control(&mut fixture).await;
    fixture.settle().await;
    let report = fixture.run_auditor().await;
    report.assert_clean();
    fixture.control_false_acknowledgement().await;
    fixture.finish(report);
}

/// A token revoked without a replacement is refused and stops the number; a new token releases the held messages.
async fn control(fixture: &mut Fixture) {
    let old = fixture.shop.plan.access_token.clone();
    // A stopped number starts no campaign.
    fixture.campaign_load.replenish(&fixture.sources).await;
    revoke(fixture, &old);
    let held = eventually("the number is stopped", PROGRESS, async || {
        let held = fixture.sources.number(HELD).await;
        (held > 0).then_some(held)
    })
    .await;
    let times = refused(fixture);
    assert!(times > 0, "Meta accepts a revoked token");
    fixture.controls.push(format!(
        "a token revoked without a replacement: refused {times} times; messages were held ({held} at the first look) \
         and were sent with the next token"
    ));
    give_new_token(fixture).await;
}

/// The account gets another token, and the business reconnects its number with it.
async fn give_new_token(fixture: &mut Fixture) {
    let waba_id = fixture.shop.plan.waba_id.clone();
    let account = Account {
        waba_id,
        tokens: vec![Token::default()],
        ..Account::default()
    };
    let account = fixture.stack.meta.put_account(account).unwrap();
    let token = account.tokens.last().unwrap().token.clone();
    let plan = &mut fixture.shop.plan;
    assert_ne!(plan.access_token, token);
    plan.access_token = token;
    let number = json!({
        "waba_id": plan.waba_id,
        "phone_number_id": plan.phone_number_id,
        "access_token": plan.access_token,
    });
    let _ = fixture.shop.api.post("/v1/numbers", &number).await.ok();
}

/// Revokes the token at Meta.
fn revoke(fixture: &Fixture, token: &str) {
    let account = Account {
        waba_id: fixture.shop.plan.waba_id.clone(),
        tokens: vec![Token {
            token: token.to_owned(),
            is_valid: false,
            ..Token::default()
        }],
        ..Account::default()
    };
    let _ = fixture.stack.meta.put_account(account).unwrap();
}

fn refused(fixture: &Fixture) -> u64 {
    let refused = fixture.stack.meta.stats().refused_by_code;
    refused.get(&REFUSED).copied().unwrap_or_default()
}
