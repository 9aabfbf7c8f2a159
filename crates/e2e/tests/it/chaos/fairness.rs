//! One-time codes are sent while a campaign runs on the same number, and on another business's. Only the order in which
//! Meta received the messages is asserted, no time.

use std::collections::BTreeMap;
use std::time::Duration;

use common::ids::MessageId;
use e2e::audit::Acknowledgement;
use testkit::{Shop, SingleMessage, StackPlan, eventually};
use uuid::Uuid;

use super::fixture::{Fixture, meta, short_timeouts};
use super::report::Scenario;
use super::tier::Counts;
use crate::sources::attempt_of;

const SCENARIO: Scenario = Scenario {
    name: "fairness",
    bar: "R22",
    what: "one-time codes of two businesses while a campaign runs on the number of one of them",
};
const MESSAGES: Counts = Counts::new(1_500, 10_000, 100_000);
const CODES: Counts = Counts::new(10, 50, 200);
/// So slow that the codes fall within the campaign.
const THROUGHPUT_SHARE: &str = "0.3";
const POSTED: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn fairness() {
    let mut settings = short_timeouts();
    settings.push(("sender.throughput_share", THROUGHPUT_SHARE.to_owned()));
    let plan = StackPlan {
        meta: meta(),
        settings,
    };
    let mut fixture = Fixture::open(SCENARIO, plan).await;
    let (messages, codes) = (fixture.tier.of(MESSAGES), fixture.tier.of(CODES));
    let _ = fixture.campaign_load.start_tickets(messages).await;
    let mut sent = Vec::new();
    for code in 0..codes {
        fixture.advance(messages / (codes + 2)).await;
        let shop = if code % 2 == 0 {
            &fixture.shop
        } else {
            &fixture.other_shop
        };
        sent.push(send_code(&fixture, shop, code).await);
    }
    fixture.settle().await;
    let late = send_code(&fixture, &fixture.shop, codes).await;
    eventually("the last code is posted", POSTED, async || {
        first_indexes(&fixture).contains_key(&late).then_some(())
    })
    .await;
    fixture.settle().await;

    let report = fixture.run_auditor().await;
    report.assert_clean();
    let all: Vec<MessageId> = sent.iter().copied().chain([late]).collect();
    let behind = |code: &MessageId| left_behind(&fixture, &all, code);
    let fewest = sent.iter().map(behind).min().unwrap();
    assert!(fewest > 0, "a code was sent after the whole campaign");
    assert_eq!(
        behind(&late),
        0,
        "the code requested last was sent in between"
    );
    fixture.notes.push(format!(
        "each of {codes} codes was sent while at least {fewest} messages of the campaign were still behind it"
    ));
    fixture
        .controls
        .push("a code requested after the campaign: 0 messages behind it".to_owned());
    fixture.finish(report);
}

/// Has a one-time code accepted.
pub(super) async fn send_code(fixture: &Fixture, shop: &Shop, index: u64) -> MessageId {
    let (to, code) = (format!("64{index:06}"), format!("{:06}", 100_000 + index));
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
    let acknowledgement = Acknowledgement::Message {
        business_id: shop.business_id.parse().unwrap(),
        key,
        message_id,
    };
    fixture.log.write(&acknowledgement).await;
    message_id
}

/// The first index of each message in the ledger.
fn first_indexes(fixture: &Fixture) -> BTreeMap<MessageId, usize> {
    let ledger = fixture.stack.meta.ledger();
    let posts = ledger.iter().filter_map(attempt_of).map(|(id, _)| id);
    // Reversed, so that the first occurrence is inserted last.
    posts
        .zip(0..)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .collect()
}

/// Messages of the campaign that Meta received after the code.
fn left_behind(fixture: &Fixture, codes: &[MessageId], code: &MessageId) -> usize {
    let first_indexes = first_indexes(fixture);
    let index = first_indexes[code];
    let behind = first_indexes
        .iter()
        .filter(|(id, other)| **other > index && !codes.contains(id));
    behind.count()
}
