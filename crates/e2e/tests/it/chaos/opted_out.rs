//! Clients write STOP while marketing messages to them wait: none is posted later than a second after the webhook was
//! accepted.

use std::collections::BTreeSet;
use std::time::Duration;

use bootstrap::clock::SystemClock;
use common::clock::Clock as _;
use meta_sim::{Inbound, WebhookBehaviour};
use serde_json::json;
use testkit::{SingleMessage, StackPlan, eventually};

use super::fixture::{Fixture, PROGRESS, meta, short_timeouts};
use super::report::Scenario;
use super::tier::Counts;
use crate::audience::{Client, clients};

const SCENARIO: Scenario = Scenario {
    name: "opted_out",
    bar: "R24",
    what: "clients write STOP while a marketing campaign to them runs; tickets are still sent",
};
const MESSAGES: Counts = Counts::new(1_000, 10_000, 100_000);
const STOPS: Counts = Counts::new(10, 50, 200);
const THROUGHPUT_SHARE: &str = "0.15";
/// People, by their phone numbers: an opt-out is stored for each of their identifiers.
const OPTED_OUT: &str = "select count(*) from suppressions s join contact_identifiers i
    on i.business_id = s.business_id and i.hash = s.recipient_hash and i.until is null and i.kind in (1, 2)
    where s.is_opted_out";
/// Messages suppressed for it, and rows that were skipped.
const SUPPRESSED: &str = "select (select count(*) from messages where state = 12)
    + (select count(*) from campaign_recipients where state = 2 and skip_reason = 32)";
/// The limit of the reliability bar.
const GRACE: Duration = Duration::from_secs(1);
/// Clients who write something else, for the control.
const OTHERS: u64 = 5;

/// A person who wrote, and the latest time at which the webhook was accepted, in Unix milliseconds.
struct Writer {
    wa_id: String,
    taken_by_ms: i64,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn opted_out() {
    let mut settings = short_timeouts();
    settings.push(("sender.throughput_share", THROUGHPUT_SHARE.to_owned()));
    let mut meta = meta();
    meta.behaviour = WebhookBehaviour {
        failed_share: 0.0,
        silent_share: 0.0,
        ..meta.behaviour
    };
    let mut fixture = Fixture::open(SCENARIO, StackPlan { meta, settings }).await;
    let (messages, stops) = (fixture.tier.of(MESSAGES), fixture.tier.of(STOPS));
    let people = clients(usize::try_from(messages).unwrap());
    // The last rows of the file are released last.
    let mut waiting = people.iter().rev().map(Client::wa_id);
    let others: BTreeSet<String> = waiting
        .by_ref()
        .take(usize::try_from(OTHERS).unwrap())
        .collect();
    let _ = fixture.campaign_load.start_advertising(messages).await;
    let mut writers = Vec::new();
    for (stop, wa_id) in (1..=stops).zip(waiting) {
        wait_for(&fixture, messages * stop / (stops + 1) / 2).await;
        writers.push(write_stop(&fixture, wa_id, stop).await);
    }
    for wa_id in &others {
        write(&fixture, wa_id, "Merci !");
    }
    fixture.injections.injected = stops;
    fixture.injections.in_flight = stops;
    fixture.settle().await;
    let report = fixture.run_auditor().await;
    report.assert_clean();
    let late: usize = writers
        .iter()
        .map(|writer| posted_late(&fixture, writer))
        .sum();
    assert_eq!(late, 0, "marketing messages were sent after an opt-out");
    let suppressed = fixture.sources.number(SUPPRESSED).await;
    assert!(suppressed > 0, "no marketing message was left to suppress");
    fixture.notes.push(format!(
        "of {stops} people who wrote STOP {suppressed} had a marketing message waiting, which was not sent"
    ));
    let got = advertised(&fixture, &others);
    assert_eq!(
        got,
        others.len(),
        "a client who wrote something else was skipped"
    );
    fixture.controls.push(format!(
        "{got} people who wrote `Merci !` instead got theirs nevertheless"
    ));
    assert_tickets_are_sent(&mut fixture, &writers).await;
    fixture.finish(report);
}

/// Waits until Meta has accepted this many POSTs.
async fn wait_for(fixture: &Fixture, posted: u64) {
    eventually("the campaign proceeds", PROGRESS, async || {
        (fixture.posted() >= posted).then_some(())
    })
    .await;
}

/// Writes STOP, and waits until the opt-out is stored: the webhook was answered 200 before.
async fn write_stop(fixture: &Fixture, wa_id: String, stops: u64) -> Writer {
    write(fixture, &wa_id, "STOP");
    eventually("the opt-out is stored", PROGRESS, async || {
        let stored = u64::try_from(fixture.sources.number(OPTED_OUT).await).unwrap();
        (stored >= stops).then_some(())
    })
    .await;
    Writer {
        wa_id,
        taken_by_ms: SystemClock.now().timestamp_millis(),
    }
}

fn write(fixture: &Fixture, wa_id: &str, text: &str) {
    let inbound = Inbound {
        phone_number_id: fixture.shop.plan.phone_number_id.clone(),
        from: wa_id.to_owned(),
        profile_name: None,
        message: json!({"type": "text", "text": {"body": text}})
            .as_object()
            .unwrap()
            .clone(),
        ..Inbound::default()
    };
    let _ = fixture.stack.meta.inbound(inbound).unwrap();
}

/// Marketing messages that Meta received from us after that time.
fn posted_late(fixture: &Fixture, writer: &Writer) -> usize {
    let end = writer.taken_by_ms + i64::try_from(GRACE.as_millis()).unwrap();
    let ledger = fixture.stack.meta.ledger();
    let late = ledger.iter().filter(|entry| {
        entry.category == "marketing"
            && entry.wa_id.as_deref() == Some(&writer.wa_id)
            && entry.accepted_at_ms > end
    });
    late.count()
}

/// How many of them got a marketing message.
fn advertised(fixture: &Fixture, people: &BTreeSet<String>) -> usize {
    let ledger = fixture.stack.meta.ledger();
    let got: BTreeSet<&str> = ledger
        .iter()
        .filter(|entry| entry.category == "marketing")
        .filter_map(|entry| entry.wa_id.as_deref())
        .collect();
    people
        .iter()
        .filter(|person| got.contains(person.as_str()))
        .count()
}

/// An opt-out applies to marketing: a ticket still reaches a client who wrote STOP.
async fn assert_tickets_are_sent(fixture: &mut Fixture, writers: &[Writer]) {
    let to = format!("+{}", writers[0].wa_id);
    let message = fixture
        .shop
        .send(&SingleMessage {
            to: &to,
            template: "ticket_de_caisse",
            variables: &["Awa", "T-1", "500"],
            reference: None,
        })
        .await;
    let _ = fixture
        .shop
        .await_state(&message, &["submitted", "sent", "delivered", "read"])
        .await;
    fixture
        .notes
        .push("a ticket to one of them was sent".to_owned());
}
