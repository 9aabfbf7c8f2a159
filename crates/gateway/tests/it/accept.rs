//! Accepting messages: once for each key, many together, and none lost.

use std::time::Duration;

use broker::Queue;
use common::wire::SendMessages;
use reqwest::StatusCode;
use serde_json::{Value, json};
use testkit::eventually;
use tokio_util::sync::CancellationToken;

use crate::shop::{Shop, lock_waits, ticket, ticket_with};

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_call_gets_the_first_answer_byte_for_byte() {
    let shop = Shop::open().await;
    let first = shop.post_as("/v1/messages", "ticket 1", &ticket()).await;
    first.expect(StatusCode::ACCEPTED);
    assert_eq!(first.header("idempotency-replayed"), "");
    let again = shop.post_as("/v1/messages", "ticket 1", &ticket()).await;
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    assert_eq!(again.header("idempotency-replayed"), "true");
    let other = shop
        .post_as(
            "/v1/messages",
            "ticket 1",
            &ticket_with("to", json!("75 00 00 00")),
        )
        .await;
    assert_eq!(other.problem(422), "idempotency_key_reused");
    assert_eq!(shop.count("select count(*) from messages").await, 1);
    assert_eq!(
        shop.count("select sum(accepted)::bigint from accepted_counts")
            .await,
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_64_concurrent_calls_with_one_key_one_stores_a_message() {
    let shop = Shop::open().await;
    let body = ticket();
    let calls = (0..64).map(|_| shop.post_as("/v1/messages", "the same", &body));
    let answers = futures_util::future::join_all(calls).await;
    let first = &answers[0];
    first.expect(StatusCode::ACCEPTED);
    assert!(
        answers
            .iter()
            .all(|answer| answer.status == first.status && answer.body == first.body)
    );
    let replayed = answers
        .iter()
        .filter(|answer| answer.header("idempotency-replayed") == "true")
        .count();
    assert_eq!(replayed, 63);
    assert_eq!(shop.count("select count(*) from messages").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invalid_call_fails_alone() {
    let shop = Shop::open().await;
    let admin = shop.harness.db.admin().await;
    let trap = "create function trap() returns trigger language plpgsql as
            $$ begin if new.template_id = '594425479261593' then raise 'refused'; end if; return new; end $$;
        create trigger trap before insert on messages for each row execute function trap();";
    admin.batch_execute(trap).await.unwrap();
    // While the counter is locked no batch commits, so the following calls are collected in one batch.
    admin
        .batch_execute("begin; select from accepted_counts for update")
        .await
        .unwrap();
    let valid = ticket();
    let invalid = json!({
        "from": valid["from"], "to": "70 11 22 33",
        "template": {"name": "rappel", "language": "fr"}, "variables": {"1": "Awa"}
    });
    let bodies: Vec<&Value> = (0..12)
        .map(|index| if index == 7 { &invalid } else { &valid })
        .collect();
    let calls = futures_util::future::join_all(
        bodies
            .into_iter()
            .map(|body| shop.post("/v1/messages", body)),
    );
    let unlock = async {
        let first_waits = async || (lock_waits(&shop).await > 0).then_some(());
        eventually(
            "the first batch waits",
            Duration::from_secs(10),
            first_waits,
        )
        .await;
        admin.batch_execute("commit").await.unwrap();
    };
    let (answers, ()) = tokio::join!(calls, unlock);
    for (index, answer) in answers.iter().enumerate() {
        let expected = if index == 7 {
            StatusCode::INTERNAL_SERVER_ERROR
        } else {
            StatusCode::ACCEPTED
        };
        assert_eq!(answer.status, expected, "call {index}");
    }
    assert_eq!(answers[7].problem(500), "internal");
    assert_eq!(shop.count("select count(*) from messages").await, 11);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accepted_call_is_replayed_even_if_it_would_be_refused_now() {
    let shop = Shop::open().await;
    let first = shop
        .post_as("/v1/messages", "offline till", &ticket())
        .await;
    first.expect(StatusCode::ACCEPTED);
    let pause = "update templates set status = 'PAUSED' where name = 'ticket'";
    shop.harness
        .db
        .admin()
        .await
        .batch_execute(pause)
        .await
        .unwrap();
    let noticed = async || {
        (shop.post("/v1/messages", &ticket()).await.status == StatusCode::CONFLICT).then_some(())
    };
    eventually("the pause is noticed", Duration::from_secs(10), noticed).await;
    let again = shop
        .post_as("/v1/messages", "offline till", &ticket())
        .await;
    assert_eq!((again.status, again.body), (first.status, first.body));
    let other = shop
        .post_as(
            "/v1/messages",
            "offline till",
            &ticket_with("to", json!("75 00 00 00")),
        )
        .await;
    assert_eq!(other.problem(422), "idempotency_key_reused");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disconnected_client_does_not_affect_its_message() {
    let shop = Shop::open().await;
    let admin = shop.harness.db.admin().await;
    admin
        .batch_execute("begin; select from accepted_counts for update")
        .await
        .unwrap();
    {
        let body = ticket();
        let mut call = std::pin::pin!(shop.post_as("/v1/messages", "hung up", &body));
        let arrived = async || (lock_waits(&shop).await > 0).then_some(());
        tokio::select! {
            answer = &mut call => panic!("answered {} while the counter was locked", answer.status),
            () = eventually("the call's batch waits", Duration::from_secs(10), arrived) => {}
        }
    }
    admin.batch_execute("commit").await.unwrap();
    let stored = async || (shop.count("select count(*) from messages").await == 1).then_some(());
    eventually("the message is stored", Duration::from_secs(10), stored).await;
    let again = shop.post_as("/v1/messages", "hung up", &ticket()).await;
    again.expect(StatusCode::ACCEPTED);
    assert_eq!(again.header("idempotency-replayed"), "true");
}

#[tokio::test(flavor = "multi_thread")]
async fn while_postgres_is_down_calls_get_retry_after() {
    let shop = Shop::open().await;
    shop.accepted(&ticket()).await;
    let admin = shop.harness.db.admin().await;
    let away = "update pg_database set datallowconn = false where datname = current_database();
        select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid()";
    admin.batch_execute(away).await.unwrap();
    let refused = shop.post_as("/v1/messages", "till 2", &ticket()).await;
    assert_eq!(refused.problem(503), "unavailable");
    assert!(!refused.header("retry-after").is_empty());
    let back = "update pg_database set datallowconn = true where datname = current_database()";
    admin.batch_execute(back).await.unwrap();
    let accepts = async || {
        (shop
            .post_as("/v1/messages", "till 2", &ticket())
            .await
            .status
            == StatusCode::ACCEPTED)
            .then_some(())
    };
    eventually(
        "messages are accepted again",
        Duration::from_secs(10),
        accepts,
    )
    .await;
    assert_eq!(shop.count("select count(*) from messages").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_postgres_is_blocked_calls_get_retry_after() {
    let shop = Shop::open().await;
    let admin = shop.harness.db.admin().await;
    // The lookups of the call are not cached yet: it waits for them.
    let still = "begin; lock table phone_numbers in access exclusive mode";
    admin.batch_execute(still).await.unwrap();
    let refused = shop.post_as("/v1/messages", "till 3", &ticket()).await;
    assert_eq!(refused.problem(503), "unavailable");
    assert!(!refused.header("retry-after").is_empty());
    admin.batch_execute("rollback").await.unwrap();
    let again = shop.post_as("/v1/messages", "till 3", &ticket()).await;
    again.expect(StatusCode::ACCEPTED);
    assert_eq!(shop.count("select count(*) from messages").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_publishes_all_accepted_messages() {
    let mut shop = Shop::open().await;
    let body = ticket();
    let calls = (0..200).map(|_| shop.post("/v1/messages", &body));
    let answers = futures_util::future::join_all(calls).await;
    let accepted = answers
        .iter()
        .filter(|answer| answer.status == StatusCode::ACCEPTED)
        .count();
    assert_eq!(accepted, 200);
    shop.harness.stop().await;
    let broker = shop.harness.connect_broker();
    let mut jobs = broker
        .consumer()
        .subscribe::<SendMessages>(Queue::Send, 500);
    let (mut published, never) = (0, CancellationToken::new());
    while published < accepted {
        let batch = jobs.next_batch(500, Duration::ZERO, &never);
        let batch = tokio::time::timeout(Duration::from_secs(10), batch).await;
        let batch = batch.expect("all that was accepted was published").unwrap();
        published += batch
            .iter()
            .map(|job| job.payload.messages.len())
            .sum::<usize>();
        jobs.ack(batch.into_iter().map(|job| job.handle)).await;
    }
    assert_eq!(published, accepted);
}
