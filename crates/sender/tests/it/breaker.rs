//! The breaker of a number: too many messages in doubt hold the number's messages until Meta answers clearly about it.

use common::message::{HeldReason, MessageState};
use common::template::Category;
use meta_sim::{Endpoint, Fault, Match, Script, sample};
use sender::{BreakerSettings, SenderSettings};
use testkit::eventually;

use crate::fixture::{AWA, Fixture, TIMEOUT, quick};

const DOUBTS: u32 = 3;

fn settings() -> SenderSettings {
    SenderSettings {
        breaker: BreakerSettings {
            in_doubt: DOUBTS,
            within_ms: 600_000,
            ask_every_ms: 50,
        },
        ..quick()
    }
}

/// Meta sends no statuses for the next messages, and does not answer reads of the number.
fn take_meta_down(fixture: &Fixture, messages: u32) {
    let silence = Script::always(Fault::Html500 { accepted: false });
    fixture
        .meta
        .script(silence.clone().times(u64::from(messages)));
    fixture.meta.script(silence.matching(Match {
        endpoint: Endpoint::Node,
        ..Match::default()
    }));
}

async fn breaker_events(fixture: &Fixture) -> Vec<String> {
    let sql = "select type from events where type like 'number.%' order by number";
    let rows = fixture.admin.query(sql, &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

/// Waits until Meta gets another, later read of the number.
async fn until_read_again(fixture: &Fixture) {
    let asked = || fixture.meta.scripts()[1].hits;
    let before = asked();
    eventually("Meta is read again", TIMEOUT, async || {
        (asked() > before + 1).then_some(())
    })
    .await;
}

async fn until_events(fixture: &Fixture, expected: &[&str]) {
    eventually("the events are written", TIMEOUT, async || {
        (breaker_events(fixture).await == expected).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn doubts_hold_a_number_until_meta_answers_about_it() {
    let fixture = Fixture::start().await;
    take_meta_down(&fixture, DOUBTS);
    let sender = fixture.send(settings());
    for _ in 0..DOUBTS {
        let id = fixture.order(Category::Utility, AWA).await;
        fixture.until(id, MessageState::Unknown).await;
    }
    until_events(&fixture, &["number.breaker_opened"]).await;
    let ticket = fixture.order(Category::Utility, AWA).await;
    let held = fixture.until_held(ticket, HeldReason::BreakerOpen).await;
    assert_eq!((held.attempt, fixture.copies(ticket)), (0, 0));
    until_read_again(&fixture).await;
    assert_eq!(fixture.stored(ticket).await.state, MessageState::Held);
    fixture.meta.clear_scripts();
    fixture.until(ticket, MessageState::Submitted).await;
    assert_eq!(fixture.copies(ticket), 1);
    until_events(
        &fixture,
        &["number.breaker_opened", "number.breaker_closed"],
    )
    .await;
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fewer_doubts_hold_nothing() {
    let fixture = Fixture::start().await;
    take_meta_down(&fixture, DOUBTS - 1);
    let sender = fixture.send(settings());
    for _ in 1..DOUBTS {
        let id = fixture.order(Category::Utility, AWA).await;
        fixture.until(id, MessageState::Unknown).await;
    }
    let ticket = fixture.order(Category::Utility, AWA).await;
    fixture.until(ticket, MessageState::Submitted).await;
    assert!(breaker_events(&fixture).await.is_empty());
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_whose_token_meta_refuses_meanwhile_is_stopped() {
    let fixture = Fixture::start().await;
    take_meta_down(&fixture, DOUBTS);
    let sender = fixture.send(settings());
    for _ in 0..DOUBTS {
        let id = fixture.order(Category::Utility, AWA).await;
        fixture.until(id, MessageState::Unknown).await;
    }
    until_events(&fixture, &["number.breaker_opened"]).await;
    let ticket = fixture.order(Category::Utility, AWA).await;
    fixture.until_held(ticket, HeldReason::BreakerOpen).await;
    fixture.keep_token(sample::EXPIRED_TOKEN).await;
    // Now with this token.
    until_read_again(&fixture).await;
    fixture.meta.clear_scripts();
    until_events(&fixture, &["number.breaker_opened", "number.stopped"]).await;
    eventually("the ticket is held for the stop", TIMEOUT, async || {
        let stored = fixture.stored(ticket).await;
        (stored.held == Some(HeldReason::NumberStopped)).then_some(())
    })
    .await;
    assert_eq!(fixture.copies(ticket), 0);
    sender.stop().await;
}
