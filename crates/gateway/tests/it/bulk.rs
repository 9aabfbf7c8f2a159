//! Many messages in one call: all or none, in order, once for each key.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use broker::Queue;
use gateway::GatewaySettings;
use reqwest::StatusCode;
use serde_json::{Value, json};
use testkit::eventually;

use crate::harness::{Answer, Harness};
use crate::shop::{Shop, lock_waits, ticket, ticket_with};

const BULK: &str = "/v1/messages/bulk";

#[tokio::test(flavor = "multi_thread")]
async fn all_messages_are_stored_published_and_answered_in_order() {
    let shop = Shop::open().await;
    let answer = shop.post(BULK, &tickets(1_000)).await;
    let ids = ids(&answer);
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), 1_000);
    assert_eq!(shop.count("select count(*) from messages").await, 1_000);
    assert_eq!(
        shop.count("select sum(accepted)::bigint from accepted_counts")
            .await,
        1_000
    );
    let published = published(&shop, Queue::Send, 1_000).await;
    assert_eq!(published, ids.iter().cloned().collect());
    for number in [0, 1, 500, 999] {
        let path = format!("/v1/messages/{}", ids[number]);
        let shown = shop.get(&path).await.expect(StatusCode::OK);
        assert_eq!(shown["reference"], reference(number));
        assert_eq!(
            shown["accepted_at"],
            answer.json()["messages"][number]["accepted_at"]
        );
        assert_eq!(shown["state"], answer.json()["messages"][number]["state"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_answered_like_a_single_one() {
    let shop = Shop::open().await;
    let alone = shop
        .post("/v1/messages", &ticket())
        .await
        .expect(StatusCode::ACCEPTED);
    let together = shop.post(BULK, &tickets(1)).await;
    let fields = |message: &Value| {
        let fields = message.as_object().unwrap().keys().cloned();
        fields.collect::<BTreeSet<_>>()
    };
    let body = together.expect(StatusCode::ACCEPTED);
    assert_eq!(fields(&body["messages"][0]), fields(&alone));
    assert_eq!(fields(&body), BTreeSet::from(["messages".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn with_one_invalid_message_nothing_is_stored() {
    let shop = Shop::open().await;
    let mut bad = tickets(500);
    bad["messages"][437]["to"] = json!("70 11");
    let refused = shop.post_as(BULK, "till 1", &bad).await;
    assert_eq!(refused.problem(422), "messages_refused");
    assert_eq!(refused.pointers(), ["/messages/437/to"]);
    assert_eq!(refused.json()["errors"][0]["problem"], "recipient_invalid");
    for sql in [
        "select count(*) from messages",
        "select count(*) from otp_secrets",
        "select sum(accepted)::bigint from accepted_counts",
    ] {
        assert_eq!(shop.count(sql).await, 0, "{sql}");
    }
    // The key is still free: the corrected call may use it.
    let corrected = shop.post_as(BULK, "till 1", &tickets(500)).await;
    assert_eq!(ids(&corrected).len(), 500);
    assert_eq!(corrected.header("idempotency-replayed"), "");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_errors_of_all_messages_are_reported_together() {
    let shop = Shop::open().await;
    let template = |name: &str| json!({"name": name, "language": "fr"});
    let mut bad = tickets(8);
    let messages = &mut bad["messages"];
    messages[1] = json!({"from": ticket()["from"], "to": "70 11 22 33"});
    messages[2]["variables"] = json!({"1": "Awa", "2": "a\nb", "3": 4});
    messages[3]["template"] = template("pause");
    messages[4]["to"] = json!("Awa");
    messages[4]["reference"] = json!("");
    messages[4]["variables"] = json!({"1": "Awa"});
    messages[5]["from"] = json!("106540352242999");
    messages[7]["more"] = json!(1);
    let refused = shop.post(BULK, &bad).await;
    assert_eq!(refused.problem(422), "messages_refused");
    assert_eq!(
        places(&refused),
        [
            ("/messages/1", "body_invalid"),
            ("/messages/2/variables/3", "body_invalid"),
            ("/messages/3/template", "template_not_approved"),
            ("/messages/4/reference", "body_invalid"),
            ("/messages/4/to", "recipient_invalid"),
            ("/messages/4/variables/2", "variables_invalid"),
            ("/messages/5/from", "number_unknown"),
            ("/messages/7/more", "body_invalid"),
        ]
        .map(|(pointer, problem)| (pointer.to_owned(), problem.to_owned()))
    );
    let body = refused.json();
    let detail = body["detail"].as_str().unwrap();
    assert!(
        detail.starts_with("6 of the 8 messages are refused"),
        "{detail}"
    );
    let reported = body["errors"][2]["detail"].as_str().unwrap();
    assert!(reported.contains("PAUSED"), "{reported}");
    assert!(!body.to_string().contains("Awa"), "{body}");
    assert_eq!(shop.count("select count(*) from messages").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_invalid_messages_the_first_pointers_are_reported() {
    let shop = Shop::open().await;
    let mut bad = tickets(1_000);
    for message in bad["messages"].as_array_mut().unwrap() {
        message["to"] = json!("12");
    }
    let refused = shop.post(BULK, &bad).await;
    assert_eq!(refused.problem(422), "messages_refused");
    let pointers = refused.pointers();
    assert_eq!(pointers.len(), 100);
    assert_eq!(
        (pointers[0].as_str(), pointers[99].as_str()),
        ("/messages/0/to", "/messages/99/to")
    );
    let detail = refused.json()["detail"].as_str().unwrap().to_owned();
    assert!(detail.starts_with("1000 of the 1000"), "{detail}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_call_gets_the_first_answer_byte_for_byte() {
    let mut shop = Shop::open().await;
    let first = shop.post_as(BULK, "till 1", &tickets(100)).await;
    first.expect(StatusCode::ACCEPTED);
    assert_eq!(first.header("idempotency-replayed"), "");
    let again = async |shop: &Shop| {
        let again = shop.post_as(BULK, "till 1", &tickets(100)).await;
        assert_eq!((again.status, &again.body), (first.status, &first.body));
        assert_eq!(again.header("idempotency-replayed"), "true");
        let other = shop.post_as(BULK, "till 1", &tickets(99)).await;
        assert_eq!(other.problem(422), "idempotency_key_reused");
        let alone = shop.post_as("/v1/messages", "till 1", &ticket()).await;
        assert_eq!(alone.problem(422), "idempotency_key_reused");
        assert_eq!(shop.count("select count(*) from messages").await, 100);
        assert_eq!(
            shop.count("select sum(accepted)::bigint from accepted_counts")
                .await,
            100
        );
    };
    again(&shop).await;
    shop.harness.restart().await;
    again(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_16_concurrent_calls_with_one_key_one_stores_its_messages() {
    let shop = Shop::open().await;
    let body = tickets(200);
    let calls = (0..16).map(|_| shop.post_as(BULK, "the same", &body));
    let answers = futures_util::future::join_all(calls).await;
    answers[0].expect(StatusCode::ACCEPTED);
    assert!(answers.iter().all(|answer| answer.body == answers[0].body));
    assert_eq!(shop.count("select count(*) from messages").await, 200);
    assert_eq!(
        shop.count("select sum(accepted)::bigint from accepted_counts")
            .await,
        200
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accepted_call_is_replayed_even_if_it_would_be_refused_now() {
    let shop = Shop::open().await;
    let first = shop.post_as(BULK, "till 1", &tickets(3)).await;
    first.expect(StatusCode::ACCEPTED);
    let pause = "update templates set status = 'PAUSED' where name = 'ticket'";
    let admin = shop.harness.db.admin().await;
    admin.batch_execute(pause).await.unwrap();
    let noticed = async || {
        (shop.post(BULK, &tickets(1)).await.status == StatusCode::UNPROCESSABLE_ENTITY)
            .then_some(())
    };
    eventually("the pause is noticed", Duration::from_secs(10), noticed).await;
    let again = shop.post_as(BULK, "till 1", &tickets(3)).await;
    assert_eq!((again.status, again.body), (first.status, first.body));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_messages_and_too_many_are_refused() {
    let shop = Shop::open().await;
    for (body, pointer) in [
        (tickets(0), "/messages"),
        (tickets(1_001), "/messages"),
        (json!({}), "/messages"),
        (json!({"messages": "none"}), "/messages"),
        (json!({"messages": [], "more": 1}), "/more"),
    ] {
        let refused = shop.post(BULK, &body).await;
        assert_eq!(refused.problem(422), "body_invalid");
        assert_eq!(refused.pointers(), [pointer]);
    }
    let not_json = shop
        .harness
        .request(reqwest::Method::POST, BULK, &shop.business.key)
        .header("Idempotency-Key", "till 1")
        .header("Content-Type", "application/json")
        .body(r#"{"messages": [{"to""#);
    let refused = crate::harness::send(not_json).await;
    assert_eq!(refused.problem(400), "body_not_json");
    assert_eq!(shop.count("select count(*) from messages").await, 0);
}

/// Two million invalid items: only their count is checked, none is parsed.
#[tokio::test(flavor = "multi_thread")]
async fn of_millions_of_items_only_the_count_is_reported() {
    let shop = Shop::open().await;
    let most = GatewaySettings::default().max_bulk_json_bytes;
    for item in ["1,", "{},", "[],"] {
        let count = (most - 32) / item.len();
        let body = format!("{{\"messages\":[{}1]}}", item.repeat(count));
        let request = shop
            .harness
            .request(reqwest::Method::POST, BULK, &shop.business.key)
            .header("Idempotency-Key", "till 1")
            .header("Content-Type", "application/json")
            .body(body);
        let refused = crate::harness::send(request).await;
        assert_eq!(refused.problem(422), "body_invalid");
        let errors = refused.json()["errors"].clone();
        let reported =
            json!([{"pointer": "/messages", "detail": "should have 1 to 1000 messages"}]);
        assert_eq!(errors, reported, "{item}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_body_has_a_limit_of_its_own() {
    let settings = GatewaySettings {
        max_json_bytes: 1_000,
        max_bulk_json_bytes: 4_000,
        ..GatewaySettings::default()
    };
    let shop = Shop::open_in(Harness::start_with(settings).await).await;
    ids(&shop.post(BULK, &tickets(10)).await);
    let refused = shop.post(BULK, &tickets(100)).await;
    assert_eq!(refused.problem(413), "body_too_large");
    assert_eq!(shop.count("select count(*) from messages").await, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_long_messages_fit_the_usual_limit() {
    let shop = Shop::open().await;
    let mut body = tickets(1_000);
    for message in body["messages"].as_array_mut().unwrap() {
        message["variables"]["2"] = json!("é".repeat(900));
    }
    assert_eq!(ids(&shop.post(BULK, &body).await).len(), 1_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_message_goes_to_its_own_lane() {
    let shop = Shop::open().await;
    let with = |template: &str, variables: Value| {
        let mut message = ticket_with("template", json!({"name": template, "language": "fr"}));
        message["variables"] = variables;
        message
    };
    let body = json!({"messages": [
        with("ticket", json!({"1": "Awa", "2": "12 500"})),
        with("code", json!({"1": "482915"})),
        with("promo", json!({"1": "Awa", "2": "samedi"})),
        with("code", json!({"1": "715604"})),
    ]});
    let ids = ids(&shop.post(BULK, &body).await);
    let of = |numbers: [usize; 2]| numbers.map(|number| ids[number].clone()).into();
    assert_eq!(published(&shop, Queue::SendOtp, 2).await, of([1, 3]));
    assert_eq!(published(&shop, Queue::Send, 2).await, of([0, 2]));
    assert_eq!(shop.count("select count(*) from otp_secrets").await, 2);
    let sealed = "select count(*) from messages where content_sealed is not null";
    assert_eq!(shop.count(sealed).await, 2);
    let mut lanes = BTreeMap::new();
    for id in &ids {
        let shown = shop.get(&format!("/v1/messages/{id}")).await;
        let shown = shown.expect(StatusCode::OK);
        let kind = (shown["category"].to_string(), shown["lane"].to_string());
        *lanes.entry(kind).or_insert(0) += 1;
    }
    let kind = |category: &str, lane: &str| (format!("\"{category}\""), format!("\"{lane}\""));
    assert_eq!(
        lanes,
        BTreeMap::from([
            (kind("AUTHENTICATION", "otp"), 2),
            (kind("MARKETING", "transactional"), 1),
            (kind("UTILITY", "transactional"), 1),
        ])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_platform_sends_for_a_business_and_a_foreign_key_does_not() {
    let shop = Shop::open().await;
    let path = format!("/v1/businesses/{}/messages/bulk", shop.business.id);
    let platform = &shop.harness.platform;
    ids(&shop.harness.post(platform, &path, &tickets(2)).await);
    let foreign = shop.harness.business("Foreign").await;
    let refused = shop.harness.post(&foreign.key, &path, &tickets(2)).await;
    assert_eq!(refused.problem(404), "not_found");
    // Its own routes do not reach the number of another business either.
    let refused = shop.harness.post(&foreign.key, BULK, &tickets(1)).await;
    assert_eq!(refused.problem(422), "messages_refused");
    assert_eq!(refused.pointers(), ["/messages/0/from"]);
    assert_eq!(shop.count("select count(*) from messages").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_the_database_refuses_fails_alone_and_whole() {
    let shop = Shop::open().await;
    let admin = shop.harness.db.admin().await;
    let trap = "create function trap() returns trigger language plpgsql as
            $$ begin if new.template_id = '594425479261593' then raise 'refused'; end if; return new; end $$;
        create trigger trap before insert on messages for each row execute function trap();";
    admin.batch_execute(trap).await.unwrap();
    // While the counter is locked no batch commits, so the following calls are collected in one batch.
    shop.accepted(&ticket()).await;
    admin
        .batch_execute("begin; select from accepted_counts for update")
        .await
        .unwrap();
    let (valid, mut invalid) = (tickets(50), tickets(50));
    invalid["messages"][20]["template"] = json!({"name": "rappel", "language": "fr"});
    invalid["messages"][20]["variables"] = json!({"1": "Awa"});
    let calls = (0..8).map(|call| {
        let body = if call == 5 { &invalid } else { &valid };
        shop.post(BULK, body)
    });
    let unlock = async {
        let sql = "select count(*) from pg_stat_activity
            where wait_event_type = 'Lock' and datname = current_database()";
        let first_waits = async || (shop.count(sql).await > 0).then_some(());
        let patience = Duration::from_secs(10);
        eventually("the first batch waits", patience, first_waits).await;
        admin.batch_execute("commit").await.unwrap();
    };
    let (answers, ()) = tokio::join!(futures_util::future::join_all(calls), unlock);
    for (call, answer) in answers.iter().enumerate() {
        let expected = if call == 5 { 500 } else { 202 };
        assert_eq!(answer.status, expected, "call {call}");
    }
    assert_eq!(
        shop.count("select count(*) from messages").await,
        1 + 7 * 50
    );
    assert_eq!(
        shop.count("select sum(accepted)::bigint from accepted_counts")
            .await,
        1 + 7 * 50
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_batch_does_not_wait_for_the_previous_one() {
    let shop = Shop::open().await;
    let admin = shop.harness.db.admin().await;
    let trap = "create function wait_here() returns trigger language plpgsql as
            $$ begin if new.template_id = '594425479261593' then perform pg_advisory_xact_lock(1); end if; return new; end $$;
        create trigger wait_here before insert on messages for each row execute function wait_here();
        select pg_advisory_lock(1);";
    admin.batch_execute(trap).await.unwrap();
    let slow = json!({
        "from": ticket()["from"], "to": "70 11 22 33",
        "template": {"name": "rappel", "language": "fr"}, "variables": {"1": "Awa"}
    });
    let mut slow = std::pin::pin!(shop.post("/v1/messages", &slow));
    let waits = async || (lock_waits(&shop).await > 0).then_some(());
    tokio::select! {
        answer = &mut slow => panic!("answered {} while its batch was blocked", answer.status),
        () = eventually("the first batch waits", Duration::from_secs(10), waits) => {}
    }
    let full = tickets(1_000);
    tokio::select! {
        answer = &mut slow => panic!("answered {} while its batch was blocked", answer.status),
        answer = shop.post(BULK, &full) => assert_eq!(ids(&answer).len(), 1_000),
    }
    admin
        .batch_execute("select pg_advisory_unlock(1)")
        .await
        .unwrap();
    slow.await.expect(StatusCode::ACCEPTED);
    assert_eq!(shop.count("select count(*) from messages").await, 1_001);
    assert_eq!(
        shop.count("select sum(accepted)::bigint from accepted_counts")
            .await,
        1_001
    );
}

/// A body with tickets that differ in their references.
fn tickets(count: usize) -> Value {
    let messages = (0..count).map(|number| ticket_with("reference", reference(number)));
    json!({ "messages": messages.collect::<Vec<_>>() })
}

fn reference(number: usize) -> Value {
    json!(format!("ticket {number}"))
}

/// The message ids of an accepted call.
fn ids(answer: &Answer) -> Vec<String> {
    let body = answer.expect(StatusCode::ACCEPTED);
    let id = |message: &Value| message["id"].as_str().unwrap().to_owned();
    body["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(id)
        .collect()
}

/// The pointers of a problem, with their details.
fn places(answer: &Answer) -> Vec<(String, String)> {
    let word = |error: &Value, name: &str| error[name].as_str().unwrap_or_default().to_owned();
    let body = answer.json();
    let errors = body["errors"].as_array().unwrap().iter();
    errors
        .map(|error| (word(error, "pointer"), word(error, "problem")))
        .collect()
}

/// The message ids of the next jobs in a queue, until there are `count`.
async fn published(shop: &Shop, queue: Queue, count: usize) -> BTreeSet<String> {
    let mut ids = BTreeSet::new();
    while ids.len() < count {
        let messages = shop.published(queue).await;
        ids.extend(
            messages
                .iter()
                .map(|message| message.message_id.to_string()),
        );
    }
    ids
}
