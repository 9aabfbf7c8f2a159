//! The pair rate limit: excess messages of a number to one recipient wait while others are sent.

use common::message::{Lane, MessageState};
use common::template::Category;
use meta_sim::{Fault, Limits, Script, SimConfig};
use sender::{PairRateLimitSettings, SenderSettings};
use testkit::eventually;

use crate::fixture::{AWA, Fixture, TIMEOUT, quick};

/// A sixth of it is the time a POST may take on a busy machine.
const EVERY_MS: u64 = 2_400;
const BURST: u32 = 4;

fn settings() -> SenderSettings {
    SenderSettings {
        pair_rate_limit: PairRateLimitSettings {
            every_ms: EVERY_MS,
            burst: BURST,
        },
        ..quick()
    }
}

/// A Meta that enforces the same pair rate limit.
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
async fn excess_for_one_recipient_waits_and_others_are_sent() {
    let fixture = Fixture::with(limiting()).await;
    let mut to_awa = Vec::new();
    for _ in 0..6 {
        to_awa.push(fixture.accept(Category::Utility, AWA, None).await);
    }
    let other = fixture
        .accept(Category::Utility, "+22670112244", None)
        .await;
    let mut all = to_awa.clone();
    all.push(other);
    fixture.publish(Lane::Transactional, &all).await;
    let sender = fixture.send(settings());
    fixture.until(other, MessageState::Submitted).await;
    let mut waiting = 0;
    for id in &to_awa {
        waiting += usize::from(fixture.stored(*id).await.state == MessageState::Accepted);
    }
    assert!(waiting > 0, "the other recipient waited for all of them");
    for id in &to_awa {
        let stored = fixture.until(*id, MessageState::Submitted).await;
        assert_eq!((stored.attempt, fixture.copies(*id)), (1, 1));
    }
    let refused = fixture.meta.stats().refused_by_code;
    assert!(refused.is_empty(), "{refused:?}");
    sender.stop().await;
}

/// Negative control of the test above: without a known rate Meta refuses.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_known_rate_meta_refuses() {
    let fixture = Fixture::with(limiting()).await;
    let mut ids = Vec::new();
    for _ in 0..8 {
        ids.push(fixture.accept(Category::Utility, AWA, None).await);
    }
    fixture.publish(Lane::Transactional, &ids).await;
    let sender = fixture.send(quick());
    eventually("Meta refuses", TIMEOUT, async || {
        let refused = fixture.meta.stats().refused_by_code;
        refused.contains_key(&131_056).then_some(())
    })
    .await;
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_delays_only_its_recipient() {
    let fixture = Fixture::start().await;
    let sender = fixture.send(settings());
    let fault = Fault::Error {
        code: 131_056,
        http_status: None,
        details: None,
    };
    fixture.meta.script(Script::always(fault).times(1));
    let refused = fixture.order(Category::Utility, AWA).await;
    fixture.until(refused, MessageState::RetryWait).await;
    let next = fixture.order(Category::Utility, AWA).await;
    let other = fixture.order(Category::Utility, "+22670112244").await;
    fixture.until(other, MessageState::Submitted).await;
    let waiting = fixture.stored(next).await;
    assert_eq!(
        (waiting.state, waiting.attempt),
        (MessageState::Accepted, 0)
    );
    for id in [refused, next] {
        fixture.until(id, MessageState::Submitted).await;
        assert_eq!(fixture.copies(id), 1);
    }
    sender.stop().await;
}
