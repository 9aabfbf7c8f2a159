//! One-time codes leave while a campaign runs on the same number, and on another business's. No time is asserted: only
//! the order in which Meta got what was sent.

use std::collections::BTreeMap;
use std::time::Duration;

use common::ids::MessageId;
use e2e::audit::Promise;
use testkit::{Shop, SingleMessage, StackPlan, eventually};
use uuid::Uuid;

use super::arena::{Arena, impatient, meta};
use super::report::Scenario;
use super::tier::Counts;
use crate::books::attempt_of;

const SCENARIO: Scenario = Scenario {
    name: "fairness",
    bar: "R22",
    what: "one-time codes of two businesses while a campaign runs on the number of one of them",
};
const MESSAGES: Counts = Counts::new(1_500, 10_000, 100_000);
const CODES: Counts = Counts::new(10, 50, 200);
/// So slow that the codes fall within the campaign.
const PACE_SHARE: &str = "0.3";
const POSTED: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn fairness() {
    let mut settings = impatient();
    settings.push(("sender.pace_share", PACE_SHARE.to_owned()));
    let plan = StackPlan {
        meta: meta(),
        settings,
    };
    let mut arena = Arena::open(SCENARIO, plan).await;
    let (messages, codes) = (arena.tier.of(MESSAGES), arena.tier.of(CODES));
    let _ = arena.job.start_tickets(messages).await;
    let mut asked = Vec::new();
    for code in 0..codes {
        arena.go_on(messages / (codes + 2)).await;
        let shop = if code % 2 == 0 {
            &arena.shop
        } else {
            &arena.till
        };
        asked.push(send_code(&arena, shop, code).await);
    }
    arena.come_to_rest().await;
    let late = send_code(&arena, &arena.shop, codes).await;
    eventually("the last code is posted", POSTED, async || {
        places(&arena).contains_key(&late).then_some(())
    })
    .await;
    arena.come_to_rest().await;

    let judged = arena.judge().await;
    judged.assert_good();
    let all: Vec<MessageId> = asked.iter().copied().chain([late]).collect();
    let left = |code: &MessageId| left_behind(&arena, &all, code);
    let fewest = asked.iter().map(left).min().unwrap();
    assert!(fewest > 0, "a code left after the whole campaign");
    assert_eq!(left(&late), 0, "what was asked for last left in between");
    arena.notes.push(format!(
        "each of {codes} codes left while at least {fewest} messages of the campaign were behind it"
    ));
    arena
        .controls
        .push("a code asked for after the campaign: 0 messages behind it".to_owned());
    arena.conclude(judged);
}

/// Has a one-time code accepted.
pub(super) async fn send_code(arena: &Arena, shop: &Shop, place: u64) -> MessageId {
    let (to, code) = (format!("64{place:06}"), format!("{:06}", 100_000 + place));
    let body = shop.message(&SingleMessage {
        to: &to,
        template: "code_connexion",
        variables: &[&code],
        reference: None,
    });
    let key = Uuid::new_v4().to_string();
    let answer = shop
        .api
        .post_until_answered("/v1/messages", &key, &body)
        .await;
    let message_id = answer.ok()["id"].as_str().unwrap().parse().unwrap();
    let promise = Promise::Message {
        business_id: shop.business_id.parse().unwrap(),
        key,
        message_id,
    };
    arena.log.write(&promise).await;
    message_id
}

/// The first place of each message in the ledger.
fn places(arena: &Arena) -> BTreeMap<MessageId, usize> {
    let ledger = arena.stack.meta.ledger();
    let posts = ledger.iter().filter_map(attempt_of).map(|(id, _)| id);
    // The first one is entered last.
    posts
        .zip(0..)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .collect()
}

/// Messages of the campaign that Meta got after the code.
fn left_behind(arena: &Arena, codes: &[MessageId], code: &MessageId) -> usize {
    let places = places(arena);
    let place = places[code];
    let behind = places
        .iter()
        .filter(|(id, other)| **other > place && !codes.contains(id));
    behind.count()
}
