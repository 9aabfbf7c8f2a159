//! The breaker of a number: too much in doubt holds what the number has to send, until Meta answers clearly about it.

use common::message::{HeldReason, MessageState};
use common::template::Category;
use meta_sim::{Endpoint, Fault, Match, Script, sample};
use sender::{BreakerSettings, SenderSettings};
use testkit::eventually;

use crate::stand::{AWA, PATIENCE, Stand, quick};

const DOUBTS: u32 = 3;

fn settings() -> SenderSettings {
    SenderSettings {
        breaker: BreakerSettings {
            doubts: DOUBTS,
            within_ms: 600_000,
            ask_every_ms: 50,
        },
        ..quick()
    }
}

/// Meta tells of the next messages nothing, and does not answer about the number.
fn is_down(stand: &Stand, messages: u32) {
    let silence = Script::always(Fault::Html500 { accepted: false });
    stand
        .meta
        .script(silence.clone().times(u64::from(messages)));
    stand.meta.script(silence.matching(Match {
        endpoint: Endpoint::Node,
        ..Match::default()
    }));
}

async fn breaker_events(stand: &Stand) -> Vec<String> {
    let sql = "select type from events where type like 'number.%' order by number";
    let rows = stand.admin.query(sql, &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// Waits until Meta is asked about the number by a question that began later.
async fn until_asked_again(stand: &Stand) {
    let asked = || stand.meta.scripts()[1].hits;
    let before = asked();
    eventually("Meta is asked again", PATIENCE, async || {
        (asked() > before + 1).then_some(())
    })
    .await;
}

async fn until_told(stand: &Stand, expected: &[&str]) {
    eventually("the events are told", PATIENCE, async || {
        (breaker_events(stand).await == expected).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn doubts_hold_a_number_until_meta_answers_about_it() {
    let stand = Stand::start().await;
    is_down(&stand, DOUBTS);
    let sender = stand.send(settings());
    for _ in 0..DOUBTS {
        let id = stand.order(Category::Utility, AWA).await;
        stand.until(id, MessageState::Unknown).await;
    }
    until_told(&stand, &["number.breaker_opened"]).await;
    let ticket = stand.order(Category::Utility, AWA).await;
    let held = stand.until_held(ticket, HeldReason::BreakerOpen).await;
    assert_eq!((held.attempt, stand.copies(ticket)), (0, 0));
    until_asked_again(&stand).await;
    assert_eq!(stand.stored(ticket).await.state, MessageState::Held);
    stand.meta.clear_scripts();
    stand.until(ticket, MessageState::Submitted).await;
    assert_eq!(stand.copies(ticket), 1);
    until_told(&stand, &["number.breaker_opened", "number.breaker_closed"]).await;
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fewer_doubts_hold_nothing() {
    let stand = Stand::start().await;
    is_down(&stand, DOUBTS - 1);
    let sender = stand.send(settings());
    for _ in 1..DOUBTS {
        let id = stand.order(Category::Utility, AWA).await;
        stand.until(id, MessageState::Unknown).await;
    }
    let ticket = stand.order(Category::Utility, AWA).await;
    stand.until(ticket, MessageState::Submitted).await;
    assert!(breaker_events(&stand).await.is_empty());
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_whose_token_meta_refuses_meanwhile_is_stopped() {
    let stand = Stand::start().await;
    is_down(&stand, DOUBTS);
    let sender = stand.send(settings());
    for _ in 0..DOUBTS {
        let id = stand.order(Category::Utility, AWA).await;
        stand.until(id, MessageState::Unknown).await;
    }
    until_told(&stand, &["number.breaker_opened"]).await;
    let ticket = stand.order(Category::Utility, AWA).await;
    stand.until_held(ticket, HeldReason::BreakerOpen).await;
    stand.keep_token(sample::EXPIRED_TOKEN).await;
    // With this token now.
    until_asked_again(&stand).await;
    stand.meta.clear_scripts();
    until_told(&stand, &["number.breaker_opened", "number.stopped"]).await;
    eventually("the ticket is held for the stop", PATIENCE, async || {
        let stored = stand.stored(ticket).await;
        (stored.held == Some(HeldReason::NumberStopped)).then_some(())
    })
    .await;
    assert_eq!(stand.copies(ticket), 0);
    sender.stop().await;
}
