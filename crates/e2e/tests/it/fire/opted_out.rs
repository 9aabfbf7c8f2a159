//! Clients write STOP while advertisements to them wait: none is posted later than a second after Meta's word was taken.

use std::collections::BTreeSet;
use std::time::Duration;

use bootstrap::clock::SystemClock;
use common::clock::Clock as _;
use meta_sim::{Inbound, WebhookBehaviour};
use serde_json::json;
use testkit::{SingleMessage, StackPlan, eventually};

use super::arena::{Arena, PROGRESS, impatient, meta};
use super::report::Scenario;
use super::tier::Counts;
use crate::audience::{Client, clients};

const SCENARIO: Scenario = Scenario {
    name: "opted_out",
    bar: "R24",
    what: "clients write STOP while a campaign of advertisements to them runs; tickets go on",
};
const MESSAGES: Counts = Counts::new(1_000, 10_000, 100_000);
const STOPS: Counts = Counts::new(10, 50, 200);
const PACE_SHARE: &str = "0.15";
/// People, by their numbers: an opt-out stands at each of their identifiers.
const OPTED_OUT: &str = "select count(*) from suppressions s join contact_identifiers i
    on i.business_id = s.business_id and i.hash = s.recipient_hash and i.until is null and i.kind in (1, 2)
    where s.is_opted_out";
/// Messages that were not sent for it, and rows that were not made into messages.
const SUPPRESSED: &str = "select (select count(*) from messages where state = 12)
    + (select count(*) from campaign_recipients where state = 2 and skip_reason = 32)";
/// The bar's.
const GRACE: Duration = Duration::from_secs(1);
/// Who writes something else instead, for the control.
const OTHERS: u64 = 5;

/// A person who wrote, and when it had been taken at the latest, in Unix milliseconds.
struct Writer {
    wa_id: String,
    taken_by_ms: i64,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn opted_out() {
    let mut settings = impatient();
    settings.push(("sender.pace_share", PACE_SHARE.to_owned()));
    let mut meta = meta();
    meta.behaviour = WebhookBehaviour {
        failed_share: 0.0,
        silent_share: 0.0,
        ..meta.behaviour
    };
    let mut arena = Arena::open(SCENARIO, StackPlan { meta, settings }).await;
    let (messages, stops) = (arena.tier.of(MESSAGES), arena.tier.of(STOPS));
    let people = clients(usize::try_from(messages).unwrap());
    // The last rows of the file are released last.
    let mut waiting = people.iter().rev().map(Client::wa_id);
    let others: BTreeSet<String> = waiting
        .by_ref()
        .take(usize::try_from(OTHERS).unwrap())
        .collect();
    let _ = arena.job.start_advertising(messages).await;
    let mut writers = Vec::new();
    for (stop, wa_id) in (1..=stops).zip(waiting) {
        wait_for(&arena, messages * stop / (stops + 1) / 2).await;
        writers.push(write_stop(&arena, wa_id, stop).await);
    }
    for wa_id in &others {
        write(&arena, wa_id, "Merci !");
    }
    arena.blows.struck = stops;
    arena.blows.in_hand = stops;
    arena.come_to_rest().await;
    let judged = arena.judge().await;
    judged.assert_good();
    let late: usize = writers
        .iter()
        .map(|writer| posted_late(&arena, writer))
        .sum();
    assert_eq!(late, 0, "advertisements left after an opt-out");
    let suppressed = arena.books.number(SUPPRESSED).await;
    assert!(suppressed > 0, "no advertisement was left to suppress");
    arena.notes.push(format!(
        "of {stops} people who wrote STOP {suppressed} had an advertisement waiting, which was not sent"
    ));
    let got = advertised(&arena, &others);
    assert_eq!(got, others.len(), "who wrote something else was left out");
    arena.controls.push(format!(
        "{got} people who wrote `Merci !` instead got theirs all the same"
    ));
    tickets_go_on(&mut arena, &writers).await;
    arena.conclude(judged);
}

/// Waits until Meta has so many.
async fn wait_for(arena: &Arena, posted: u64) {
    eventually("the campaign goes on", PROGRESS, async || {
        (arena.posted() >= posted).then_some(())
    })
    .await;
}

/// Writes STOP, and waits until the opt-out is stored: the webhook was answered 200 before.
async fn write_stop(arena: &Arena, wa_id: String, stops: u64) -> Writer {
    write(arena, &wa_id, "STOP");
    eventually("the opt-out is stored", PROGRESS, async || {
        let stored = u64::try_from(arena.books.number(OPTED_OUT).await).unwrap();
        (stored >= stops).then_some(())
    })
    .await;
    Writer {
        wa_id,
        taken_by_ms: SystemClock.now().timestamp_millis(),
    }
}

fn write(arena: &Arena, wa_id: &str, text: &str) {
    let inbound = Inbound {
        phone_number_id: arena.shop.plan.phone_number_id.clone(),
        from: wa_id.to_owned(),
        profile_name: None,
        message: json!({"type": "text", "text": {"body": text}})
            .as_object()
            .unwrap()
            .clone(),
        ..Inbound::default()
    };
    let _ = arena.stack.meta.inbound(inbound).unwrap();
}

/// Advertisements that Meta got from us later than that.
fn posted_late(arena: &Arena, writer: &Writer) -> usize {
    let end = writer.taken_by_ms + i64::try_from(GRACE.as_millis()).unwrap();
    let ledger = arena.stack.meta.ledger();
    let late = ledger.iter().filter(|entry| {
        entry.category == "marketing"
            && entry.wa_id.as_deref() == Some(&writer.wa_id)
            && entry.accepted_at_ms > end
    });
    late.count()
}

/// How many of them got an advertisement.
fn advertised(arena: &Arena, people: &BTreeSet<String>) -> usize {
    let ledger = arena.stack.meta.ledger();
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

/// An opt-out is of advertisements: a ticket still reaches who wrote STOP.
async fn tickets_go_on(arena: &mut Arena, writers: &[Writer]) {
    let to = format!("+{}", writers[0].wa_id);
    let message = arena
        .shop
        .send(&SingleMessage {
            to: &to,
            template: "ticket_de_caisse",
            variables: &["Awa", "T-1", "500"],
            reference: None,
        })
        .await;
    let _ = arena
        .shop
        .await_state(&message, &["submitted", "sent", "delivered", "read"])
        .await;
    arena
        .notes
        .push("a ticket to one of them was sent".to_owned());
}
