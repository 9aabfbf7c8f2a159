//! What nothing speaks against is sent, once.

use common::message::{Lane, MessageState, PostOutcome};
use common::template::Category;
use meta_sim::{Fault, Script, sample};
use sealing::LookupDomain;
use storage::places::{self, MessageColumn};
use testkit::eventually;

use crate::stand::{AWA, PATIENCE, Stand, quick};

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_an_offer_and_a_code_are_sent_and_recorded() {
    let stand = Stand::start().await;
    let sender = stand.send(quick());
    for category in [
        Category::Utility,
        Category::Marketing,
        Category::Authentication,
    ] {
        let id = stand.order(category, AWA).await;
        let stored = stand.until(id, MessageState::Submitted).await;
        assert_eq!((stored.attempt, stored.possible_duplicate), (1, false));
        assert_eq!(stand.events(id).await, ["message.submitted"]);
        assert_eq!(stand.outcomes(id).await, [PostOutcome::Submitted.code()]);
        let posted = stand.meta.ledger_of(&stand.opaque_id(id, 1));
        assert_eq!(posted.len(), 1);
        assert_eq!(
            (posted[0].input.as_str(), posted[0].phone_number_id.as_str()),
            (AWA, sample::PHONE_NUMBER_ID)
        );
    }
    assert_eq!(stand.due_rows().await, 0);
    let codes = stand
        .admin
        .query_one("select count(*) from otp_secrets", &[])
        .await
        .unwrap();
    assert_eq!(codes.get::<_, i64>(0), 0);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_meta_calls_the_message_is_sealed_and_found_by_its_hash() {
    let stand = Stand::start().await;
    let sender = stand.send(quick());
    let id = stand.order(Category::Utility, AWA).await;
    stand.until(id, MessageState::Submitted).await;
    let wamid = stand.meta.ledger_of(&stand.opaque_id(id, 1))[0]
        .wamid
        .clone();
    let keys = stand.db.store.keys(stand.business_id).await.unwrap();
    let hash = keys
        .lookup_hash(LookupDomain::Wamid, wamid.as_bytes())
        .bytes
        .to_vec();
    let sql = "select m.wamid_sealed, a.wamid_hash = $2
        from messages m join attempts a on a.message_id = m.id where m.id = $1";
    let row = stand
        .admin
        .query_one(sql, &[&id.as_uuid(), &hash])
        .await
        .unwrap();
    assert!(row.get::<_, bool>(1));
    let (id, sealed): (_, &[u8]) = (id.as_uuid(), row.get(0));
    let opened = keys.open(
        &places::message(stand.business_id, &id, MessageColumn::Wamid),
        sealed,
    );
    assert_eq!(opened.unwrap().as_slice(), wamid.as_bytes());
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_comes_twice_is_posted_once() {
    let stand = Stand::start().await;
    let mut ids = Vec::new();
    for number in 0..20 {
        ids.push(
            stand
                .accept(Category::Utility, &format!("+2267011{number:04}"), None)
                .await,
        );
    }
    let twice: Vec<_> = ids.iter().chain(&ids).copied().collect();
    let senders = [stand.send(quick()), stand.send(quick())];
    for _ in 0..3 {
        stand.publish(Lane::Transactional, &twice).await;
    }
    for id in &ids {
        stand.until(*id, MessageState::Submitted).await;
    }
    // A job of its own behind all copies: when it is through, so are they.
    let last = stand.order(Category::Utility, AWA).await;
    stand.until(last, MessageState::Submitted).await;
    for sender in senders {
        sender.stop().await;
    }
    for id in ids {
        assert_eq!(stand.copies(id), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_keeps_its_pace_and_delays_no_other_lane() {
    let stand = Stand::start().await;
    let mut ids = Vec::new();
    for number in 0..150 {
        ids.push(
            stand
                .accept(Category::Utility, &format!("+2267022{number:04}"), None)
                .await,
        );
    }
    stand.publish(Lane::Transactional, &ids).await;
    let sender = stand.send(quick());
    let code = stand.order(Category::Authentication, AWA).await;
    stand.until(code, MessageState::Submitted).await;
    assert_ne!(
        stand.stored(ids[149]).await.state,
        MessageState::Submitted,
        "the tickets were to be slower"
    );
    for id in &ids {
        stand.until(*id, MessageState::Submitted).await;
    }
    sender.stop().await;
    let times: Vec<i64> = stand
        .meta
        .ledger()
        .iter()
        .map(|entry| entry.accepted_at_ms)
        .collect();
    for (index, first) in times.iter().enumerate() {
        let within = times[index..]
            .iter()
            .filter(|time| **time < first + 1_000)
            .count();
        assert!(within <= 80, "{within} messages within a second");
    }
    assert_eq!(stand.meta.summary().accepted, 151);
    let sql = "select count(*), count(distinct number), max(number), (select last_number from event_counters)
        from events";
    let row = stand.admin.query_one(sql, &[]).await.unwrap();
    let numbers: [i64; 4] = [row.get(0), row.get(1), row.get(2), row.get(3)];
    assert_eq!(numbers, [151; 4], "event numbers have no gaps");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_another_transaction_works_on_is_asked_for_again() {
    let stand = Stand::start().await;
    let sender = stand.send(quick());
    let id = stand.accept(Category::Utility, AWA, None).await;
    let other = stand.db.admin().await;
    other
        .batch_execute("begin; select from messages for update")
        .await
        .unwrap();
    stand.publish(Lane::Transactional, &[id]).await;
    // Behind the job: when it is through, the message was passed over.
    let later = stand.accept(Category::Utility, "+22670112244", None).await;
    stand.publish(Lane::Transactional, &[later]).await;
    stand.until(later, MessageState::Submitted).await;
    assert_eq!(stand.stored(id).await.state, MessageState::Accepted);
    other.batch_execute("commit").await.unwrap();
    stand.until(id, MessageState::Submitted).await;
    sender.stop().await;
    assert_eq!(stand.copies(id), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accepted_message_whose_job_was_lost_is_published_again() {
    let stand = Stand::start().await;
    let id = stand.accept(Category::Utility, AWA, None).await;
    let mut settings = quick();
    settings.reaper.lost_after_ms = 200;
    let sender = stand.send(settings);
    stand.until(id, MessageState::Submitted).await;
    sender.stop().await;
    assert_eq!(stand.copies(id), 1);
    let row = stand
        .admin
        .query_one("select published_at is not null from messages", &[])
        .await
        .unwrap();
    assert!(row.get::<_, bool>(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_outlives_a_lost_database_and_is_never_answered_by_another_post() {
    let stand = Stand::start().await;
    let sender = stand.send(quick());
    let before = stand.order(Category::Utility, AWA).await;
    stand.until(before, MessageState::Submitted).await;
    stand.meta.script(
        Script::always(Fault::Hold {
            millis: 300,
            accepted: true,
        })
        .times(1),
    );
    let id = stand.order(Category::Utility, AWA).await;
    eventually("Meta has the message", PATIENCE, async || {
        (stand.copies(id) == 1).then_some(())
    })
    .await;
    stand
        .sql("begin; lock table attempts in access exclusive mode")
        .await;
    let waiting = "select pid from pg_stat_activity where usename = 'djigbachats_test_sender' and datname = current_database()
        and wait_event_type = 'Lock' and query like '%insert into attempts%'";
    let observer = stand.db.admin().await;
    eventually("the result is being recorded", PATIENCE, async || {
        observer.query_opt(waiting, &[]).await.unwrap().map(drop)
    })
    .await;
    let all = "select pg_terminate_backend(pid) from pg_stat_activity
        where usename = 'djigbachats_test_sender' and datname = current_database()";
    observer.batch_execute(all).await.unwrap();
    stand.sql("commit").await;
    stand.until(id, MessageState::Submitted).await;
    sender.stop().await;
    assert_eq!((stand.copies(id), stand.stored(id).await.attempt), (1, 1));
}
