//! The pair rate: so many messages of a number to one recipient, and what is too much waits while others go on.

use common::message::{Lane, MessageState};
use common::template::Category;
use meta_sim::{Fault, Limits, Script, SimConfig};
use sender::{PairSettings, SenderSettings};
use testkit::eventually;

use crate::stand::{AWA, PATIENCE, Stand, quick};

/// A sixth of it is the time that a POST may take on a busy machine.
const EVERY_MS: u64 = 2_400;
const BURST: u32 = 4;

fn settings() -> SenderSettings {
    SenderSettings {
        pair: PairSettings {
            every_ms: EVERY_MS,
            burst: BURST,
        },
        ..quick()
    }
}

/// A Meta that keeps the same pair rate.
fn limiting() -> SimConfig {
    SimConfig {
        limits: Limits {
            pair: true,
            pair_every_ms: EVERY_MS,
            pair_burst: BURST,
            ..Limits::default()
        },
        ..SimConfig::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_much_for_one_recipient_waits_and_others_go_on() {
    let stand = Stand::with(limiting()).await;
    let mut to_awa = Vec::new();
    for _ in 0..6 {
        to_awa.push(stand.accept(Category::Utility, AWA, None).await);
    }
    let other = stand.accept(Category::Utility, "+22670112244", None).await;
    let mut all = to_awa.clone();
    all.push(other);
    stand.publish(Lane::Transactional, &all).await;
    let sender = stand.send(settings());
    stand.until(other, MessageState::Submitted).await;
    let mut waiting = 0;
    for id in &to_awa {
        waiting += usize::from(stand.stored(*id).await.state == MessageState::Accepted);
    }
    assert!(waiting > 0, "the other one waited for all of them");
    for id in &to_awa {
        let stored = stand.until(*id, MessageState::Submitted).await;
        assert_eq!((stored.attempt, stand.copies(*id)), (1, 1));
    }
    let refused = stand.meta.stats().refused_by_code;
    assert!(refused.is_empty(), "{refused:?}");
    sender.stop().await;
}

/// The judge of the test above sees what happens when nobody waits.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_known_rate_meta_refuses() {
    let stand = Stand::with(limiting()).await;
    let mut ids = Vec::new();
    for _ in 0..8 {
        ids.push(stand.accept(Category::Utility, AWA, None).await);
    }
    stand.publish(Lane::Transactional, &ids).await;
    let sender = stand.send(quick());
    eventually("Meta refuses", PATIENCE, async || {
        let refused = stand.meta.stats().refused_by_code;
        refused.contains_key(&131_056).then_some(())
    })
    .await;
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_delays_the_recipient_and_nobody_else() {
    let stand = Stand::start().await;
    let sender = stand.send(settings());
    let fault = Fault::Error {
        code: 131_056,
        http_status: None,
        details: None,
    };
    stand.meta.script(Script::always(fault).times(1));
    let refused = stand.order(Category::Utility, AWA).await;
    stand.until(refused, MessageState::RetryWait).await;
    let next = stand.order(Category::Utility, AWA).await;
    let other = stand.order(Category::Utility, "+22670112244").await;
    stand.until(other, MessageState::Submitted).await;
    let waiting = stand.stored(next).await;
    assert_eq!(
        (waiting.state, waiting.attempt),
        (MessageState::Accepted, 0)
    );
    for id in [refused, next] {
        stand.until(id, MessageState::Submitted).await;
        assert_eq!(stand.copies(id), 1);
    }
    sender.stop().await;
}
