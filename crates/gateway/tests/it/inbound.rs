//! Lists of inbound messages.

use chrono::{DateTime, Utc};
use common::wire::{Identity, InboundContent};
use meta_sim::sample;
use reqwest::StatusCode;
use serde_json::{Value, json};
use worker_storage::project::{InboundMessage, apply_inbound};

use crate::shop::Shop;

/// A number of the business other than the sample one.
const OTHER_NUMBER: &str = "106540352242923";
const BSUID: &str = "BF.13491208655302741918";

/// The author of a message.
enum Sender {
    Number(&'static str),
    UserId,
}

async fn wrote(shop: &Shop, number: &str, sender: Sender, at: DateTime<Utc>, words: &str) {
    let (from, from_user_id) = match sender {
        Sender::Number(digits) => (Some(digits.to_owned()), None),
        Sender::UserId => (None, Some(BSUID.to_owned())),
    };
    let message = InboundMessage {
        phone_number_id: number.parse().unwrap(),
        message_type: "text".to_owned(),
        occurred_at: at,
        content: InboundContent {
            wamid: format!("wamid.{words}"),
            sender: Identity {
                wa_id: from,
                user_id: from_user_id,
                parent_user_id: None,
            },
            name: None,
            words: vec![words.to_owned()],
            message: json!({"type": "text", "text": {"body": words}}),
            identity_change: None,
            group_id: None,
            revoked_wamid: None,
            edited_wamid: None,
        },
    };
    let store = &shop.harness.db.store;
    let outcome = apply_inbound(store, &[message], at).await.unwrap();
    assert_eq!(outcome.stored, 1);
}

async fn add_number(shop: &Shop) {
    let sql = format!(
        "insert into phone_numbers (business_id, phone_number_id, waba_id, display_phone_number, verified_name,
            quality_rating, throughput_level, messaging_limit, connection, connected_at)
        select business_id, '{OTHER_NUMBER}', waba_id, '+226 25 30 61 09', verified_name, quality_rating,
            throughput_level, messaging_limit, 1, connected_at from phone_numbers"
    );
    let admin = shop.harness.db.admin().await;
    admin.batch_execute(&sql).await.unwrap();
}

/// The texts of the messages in a list.
fn words(list: &Value) -> Vec<String> {
    let items = list["items"].as_array().unwrap();
    let body = |item: &Value| item["message"]["text"]["body"].as_str().unwrap().to_owned();
    items.iter().map(body).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_of_clients_are_listed_by_number_sender_and_time() {
    let shop = Shop::open().await;
    add_number(&shop).await;
    let start = shop.harness.context.clock.now();
    let at = |seconds: i64| start + chrono::TimeDelta::seconds(seconds);
    let own = sample::PHONE_NUMBER_ID;
    wrote(&shop, own, Sender::Number("22670112233"), at(0), "un").await;
    wrote(&shop, own, Sender::Number("33612345678"), at(1), "deux").await;
    wrote(
        &shop,
        OTHER_NUMBER,
        Sender::Number("22670112233"),
        at(2),
        "trois",
    )
    .await;
    wrote(&shop, own, Sender::UserId, at(3), "quatre").await;
    let time = |seconds| at(seconds).to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
    for (query, expected) in [
        (String::new(), vec!["quatre", "trois", "deux", "un"]),
        (format!("phone_number_id={OTHER_NUMBER}"), vec!["trois"]),
        // In local notation, as Meta writes it, and with an unencoded plus.
        ("from=70%2011%2022%2033".to_owned(), vec!["trois", "un"]),
        ("from=22670112233".to_owned(), vec!["trois", "un"]),
        ("from=+22670112233".to_owned(), vec!["trois", "un"]),
        ("from=%2B33612345678".to_owned(), vec!["deux"]),
        ("from=33612345678".to_owned(), vec!["deux"]),
        (format!("from={BSUID}"), vec!["quatre"]),
        ("from=22670112234".to_owned(), vec![]),
        (
            format!("from=22670112233&phone_number_id={own}"),
            vec!["un"],
        ),
        (
            format!("received_since={}", time(2)),
            vec!["quatre", "trois"],
        ),
        (
            format!("received_since={}&received_until={}", time(1), time(3)),
            vec!["trois", "deux"],
        ),
    ] {
        let list = shop.get(&format!("/v1/inbound-messages?{query}")).await;
        assert_eq!(words(&list.expect(StatusCode::OK)), expected, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_messages_is_read_page_by_page_and_shows_what_one_shows() {
    let shop = Shop::open().await;
    let start = shop.harness.context.clock.now();
    let sent = ["un", "deux", "trois", "quatre", "cinq"];
    for (seconds, words) in (0..).zip(sent) {
        let at = start + chrono::TimeDelta::seconds(seconds);
        let sender = Sender::Number("22670112233");
        wrote(&shop, sample::PHONE_NUMBER_ID, sender, at, words).await;
    }
    let (mut read, mut cursor) = (Vec::new(), String::new());
    loop {
        let path = format!("/v1/inbound-messages?limit=2{cursor}");
        let page = shop.get(&path).await.expect(StatusCode::OK);
        for item in page["items"].as_array().unwrap() {
            let one = format!("/v1/inbound-messages/{}", item["id"].as_str().unwrap());
            assert_eq!(shop.get(&one).await.expect(StatusCode::OK), *item);
        }
        read.extend(words(&page));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(read, ["cinq", "quatre", "trois", "deux", "un"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_that_is_none_is_named() {
    let shop = Shop::open().await;
    for (query, parameter) in [
        ("phone_number_id=abc", "phone_number_id"),
        ("received_since=yesterday", "received_since"),
        ("received_until=2026-11-30", "received_until"),
    ] {
        let refused = shop.get(&format!("/v1/inbound-messages?{query}")).await;
        assert_eq!(refused.problem(400), "query_invalid");
        assert_eq!(refused.json()["errors"][0]["parameter"], parameter);
    }
}
