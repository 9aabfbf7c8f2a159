//! Messages without an obstacle are sent exactly once.

use common::message::{Lane, MessageState, PostOutcome};
use common::template::Category;
use meta_sim::{Fault, Script, sample};
use sealing::HashDomain;
use storage::seal_contexts::{self, MessageColumn};
use testkit::eventually;

use crate::fixture::{AWA, Fixture, TIMEOUT, quick};

#[tokio::test(flavor = "multi_thread")]
async fn a_ticket_an_offer_and_a_code_are_sent_and_recorded() {
    let fixture = Fixture::start().await;
    let sender = fixture.send(quick());
    for category in [
        Category::Utility,
        Category::Marketing,
        Category::Authentication,
    ] {
        let id = fixture.order(category, AWA).await;
        let stored = fixture.until(id, MessageState::Submitted).await;
        assert_eq!((stored.attempt, stored.possible_duplicate), (1, false));
        assert_eq!(fixture.events(id).await, ["message.submitted"]);
        assert_eq!(fixture.outcomes(id).await, [PostOutcome::Submitted.code()]);
        let posted = fixture.meta.ledger_of(&fixture.opaque_id(id, 1));
        assert_eq!(posted.len(), 1);
        assert_eq!(
            (posted[0].input.as_str(), posted[0].phone_number_id.as_str()),
            (AWA, sample::PHONE_NUMBER_ID)
        );
    }
    assert_eq!(fixture.due_rows().await, 0);
    let codes = fixture
        .admin
        .query_one("select count(*) from otp_secrets", &[])
        .await
        .unwrap();
    assert_eq!(codes.get::<_, i64>(0), 0);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wamid_is_sealed_and_found_by_its_hash() {
    let fixture = Fixture::start().await;
    let sender = fixture.send(quick());
    let id = fixture.order(Category::Utility, AWA).await;
    fixture.until(id, MessageState::Submitted).await;
    let wamid = fixture.meta.ledger_of(&fixture.opaque_id(id, 1))[0]
        .wamid
        .clone();
    let keys = fixture.db.store.keys(fixture.business_id).await.unwrap();
    let hash = keys
        .lookup_hash(HashDomain::Wamid, wamid.as_bytes())
        .bytes
        .to_vec();
    let sql = "select m.wamid_sealed, a.wamid_hash = $2
        from messages m join attempts a on a.message_id = m.id where m.id = $1";
    let row = fixture
        .admin
        .query_one(sql, &[&id.as_uuid(), &hash])
        .await
        .unwrap();
    assert!(row.get::<_, bool>(1));
    let (id, sealed): (_, &[u8]) = (id.as_uuid(), row.get(0));
    let opened = keys.open(
        &seal_contexts::message(fixture.business_id, &id, MessageColumn::Wamid),
        sealed,
    );
    assert_eq!(opened.unwrap().as_slice(), wamid.as_bytes());
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_delivered_twice_is_posted_once() {
    let fixture = Fixture::start().await;
    let mut ids = Vec::new();
    for number in 0..20 {
        ids.push(
            fixture
                .accept(Category::Utility, &format!("+2267011{number:04}"), None)
                .await,
        );
    }
    let twice: Vec<_> = ids.iter().chain(&ids).copied().collect();
    let senders = [fixture.send(quick()), fixture.send(quick())];
    for _ in 0..3 {
        fixture.publish(Lane::Transactional, &twice).await;
    }
    for id in &ids {
        fixture.until(*id, MessageState::Submitted).await;
    }
    // A separate job behind all copies: once it is processed, so are they.
    let last = fixture.order(Category::Utility, AWA).await;
    fixture.until(last, MessageState::Submitted).await;
    for sender in senders {
        sender.stop().await;
    }
    for id in ids {
        assert_eq!(fixture.copies(id), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_keeps_its_send_rate_and_delays_no_other_lane() {
    let fixture = Fixture::start().await;
    let mut ids = Vec::new();
    for number in 0..150 {
        ids.push(
            fixture
                .accept(Category::Utility, &format!("+2267022{number:04}"), None)
                .await,
        );
    }
    fixture.publish(Lane::Transactional, &ids).await;
    let sender = fixture.send(quick());
    let code = fixture.order(Category::Authentication, AWA).await;
    fixture.until(code, MessageState::Submitted).await;
    assert_ne!(
        fixture.stored(ids[149]).await.state,
        MessageState::Submitted,
        "the tickets should have been slower"
    );
    for id in &ids {
        fixture.until(*id, MessageState::Submitted).await;
    }
    sender.stop().await;
    let times: Vec<i64> = fixture
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
    assert_eq!(fixture.meta.summary().accepted, 151);
    let sql = "select count(*), count(distinct number), max(number), (select last_number from event_counters)
        from events";
    let row = fixture.admin.query_one(sql, &[]).await.unwrap();
    let numbers: [i64; 4] = [row.get(0), row.get(1), row.get(2), row.get(3)];
    assert_eq!(numbers, [151; 4], "event numbers have no gaps");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_locked_message_is_claimed_later() {
    let fixture = Fixture::start().await;
    let sender = fixture.send(quick());
    let id = fixture.accept(Category::Utility, AWA, None).await;
    let other = fixture.db.admin().await;
    other
        .batch_execute("begin; select from messages for update")
        .await
        .unwrap();
    fixture.publish(Lane::Transactional, &[id]).await;
    // Behind the job: once it is processed, the message was skipped.
    let later = fixture
        .accept(Category::Utility, "+22670112244", None)
        .await;
    fixture.publish(Lane::Transactional, &[later]).await;
    fixture.until(later, MessageState::Submitted).await;
    assert_eq!(fixture.stored(id).await.state, MessageState::Accepted);
    other.batch_execute("commit").await.unwrap();
    fixture.until(id, MessageState::Submitted).await;
    sender.stop().await;
    assert_eq!(fixture.copies(id), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_accepted_message_whose_job_was_lost_is_published_again() {
    let fixture = Fixture::start().await;
    let id = fixture.accept(Category::Utility, AWA, None).await;
    let mut settings = quick();
    settings.reaper.lost_after_ms = 200;
    let sender = fixture.send(settings);
    fixture.until(id, MessageState::Submitted).await;
    sender.stop().await;
    assert_eq!(fixture.copies(id), 1);
    let row = fixture
        .admin
        .query_one("select published_at is not null from messages", &[])
        .await
        .unwrap();
    assert!(row.get::<_, bool>(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_survives_a_lost_database_without_another_post() {
    let fixture = Fixture::start().await;
    let sender = fixture.send(quick());
    let before = fixture.order(Category::Utility, AWA).await;
    fixture.until(before, MessageState::Submitted).await;
    fixture.meta.script(
        Script::always(Fault::Hold {
            millis: 300,
            accepted: true,
        })
        .times(1),
    );
    let id = fixture.order(Category::Utility, AWA).await;
    eventually("Meta has the message", TIMEOUT, async || {
        (fixture.copies(id) == 1).then_some(())
    })
    .await;
    fixture
        .sql("begin; lock table attempts in access exclusive mode")
        .await;
    let waiting = "select pid from pg_stat_activity where usename = 'djigbachats_test_sender' and datname = current_database()
        and wait_event_type = 'Lock' and query like '%insert into attempts%'";
    let observer = fixture.db.admin().await;
    eventually("the result is being recorded", TIMEOUT, async || {
        observer.query_opt(waiting, &[]).await.unwrap().map(drop)
    })
    .await;
    let all = "select pg_terminate_backend(pid) from pg_stat_activity
        where usename = 'djigbachats_test_sender' and datname = current_database()";
    observer.batch_execute(all).await.unwrap();
    fixture.sql("commit").await;
    fixture.until(id, MessageState::Submitted).await;
    sender.stop().await;
    assert_eq!(
        (fixture.copies(id), fixture.stored(id).await.attempt),
        (1, 1)
    );
}
