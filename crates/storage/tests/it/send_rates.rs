//! The send rate of a number: no slot is granted twice, whichever sender asks.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use common::send_rate::{Ask, Grant, SendRateRules};
use storage::Store;
use testkit::{TestDb, eventually};
use worker_storage::send_rate::{Granted, NumberAsk, NumberKey, grant};

use crate::fixture::BusinessFixture;

const TIMEOUT: Duration = Duration::from_secs(10);
const THROUGHPUT: u32 = 80;

fn rules() -> SendRateRules {
    SendRateRules::new(0.8, Duration::from_millis(110), Duration::from_millis(100))
}

fn number(shop: &BusinessFixture) -> NumberKey {
    (shop.id, shop.number().parse().unwrap())
}

async fn ask(store: &Store, numbers: &[&NumberKey], others: u32) -> Granted {
    let ask = NumberAsk {
        throughput: THROUGHPUT,
        ask: Ask { urgent: 0, others },
    };
    let asks: BTreeMap<_, _> = numbers
        .iter()
        .map(|number| ((*number).clone(), ask))
        .collect();
    grant(store, &rules(), &asks).await.unwrap()
}

async fn ask_one(store: &Store, number: &NumberKey, others: u32) -> Grant {
    ask(store, &[number], others)
        .await
        .grants
        .remove(number)
        .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_without_a_send_rate_starts_at_once() {
    let database = TestDb::start().await;
    let shop = BusinessFixture::open(&database).await;
    let number = number(&shop);
    let first = ask_one(&shop.store, &number, 10).await;
    assert!(first.slots.is_empty());
    let slots = eventually("its first slot", TIMEOUT, async || {
        let slots = ask_one(&shop.store, &number, 10).await.slots;
        (!slots.is_empty()).then_some(slots)
    })
    .await;
    assert!(slots[0] >= first.free_at - TimeDelta::microseconds(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_senders_get_different_slots() {
    let database = TestDb::start().await;
    let shop = BusinessFixture::open(&database).await;
    let other = BusinessFixture::open(&database).await;
    let numbers = [number(&shop), number(&other)];
    let senders = [(); 4].map(|()| {
        let (store, numbers) = (database.another_store(), numbers.clone());
        tokio::spawn(async move {
            let mut slots: Vec<(NumberKey, DateTime<Utc>)> = Vec::new();
            for _ in 0..60 {
                for (number, grant) in ask(&store, &[&numbers[1], &numbers[0]], 3).await.grants {
                    slots.extend(grant.slots.iter().map(|slot| (number.clone(), *slot)));
                }
            }
            slots
        })
    });
    let mut slots = Vec::new();
    for sender in senders {
        slots.extend(sender.await.unwrap());
    }
    slots.sort();
    let interval = ask_one(&shop.store, &numbers[0], 0).await.interval;
    let pairs = slots.windows(2).filter(|pair| pair[0].0 == pair[1].0);
    let closest = pairs.map(|pair| pair[1].1 - pair[0].1).min().unwrap();
    assert!(closest >= interval, "{closest} between two slots");
}
