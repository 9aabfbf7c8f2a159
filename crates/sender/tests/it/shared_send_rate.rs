//! Several senders on one number: together they keep its send rate, and no expired slot is used.

use std::time::Duration;

use common::ids::MessageId;
use common::message::{Lane, MessageState, PostOutcome};
use common::template::Category;
use meta_sim::{Fault, Match, Script};
use sender::{InDoubtSettings, SenderSettings};
use testkit::eventually;

use crate::fixture::{AWA, Fixture, TIMEOUT, quick};

/// Meta's limit per second for a number of the level STANDARD.
const LIMIT: usize = 80;
/// More than three seconds' worth of its share.
const MESSAGES: usize = 200;
/// Messages per job: the jobs are distributed over the senders in turn.
const JOB: usize = 10;

/// The product's own send rate.
fn rate_settings() -> SenderSettings {
    let product = SenderSettings::default();
    SenderSettings {
        send_slot_ms: product.send_slot_ms,
        send_horizon_ms: product.send_horizon_ms,
        throughput_share: product.throughput_share,
        ..quick()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_senders_never_exceed_the_throughput_of_a_number() {
    let fixture = Fixture::without_throttles().await;
    let ids = order_many(&fixture).await;
    let senders = [fixture.send(rate_settings()), fixture.send(rate_settings())];
    for id in &ids {
        fixture.until(*id, MessageState::Submitted).await;
        assert_eq!(fixture.copies(*id), 1);
    }
    let busiest = busiest_second(&fixture);
    assert!(busiest <= LIMIT, "{busiest} POSTs in a second");
    for sender in senders {
        sender.stop().await;
    }
}

/// Negative control of the test above: a send rate that is not shared is exceeded.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_shared_send_rate_two_senders_exceed_it() {
    let fixture = Fixture::without_throttles().await;
    fixture
        .sql(
            "create function forget() returns trigger language plpgsql as 'begin return null; end';
             create trigger forget before update on number_send_rates for each row execute function forget()",
        )
        .await;
    order_many(&fixture).await;
    let _senders = [fixture.send(rate_settings()), fixture.send(rate_settings())];
    eventually("Meta gets too many POSTs", TIMEOUT, async || {
        (busiest_second(&fixture) > LIMIT).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_is_not_idle_when_one_of_its_senders_is_killed() {
    let fixture = Fixture::without_throttles().await;
    let ids = order_many(&fixture).await;
    // Messages in flight in the killed sender are in doubt, and a receipt is sent once more.
    let settings = SenderSettings {
        post_timeout_ms: 1_000,
        lease_margin_ms: 500,
        lease_ms: 3_000,
        in_doubt: InDoubtSettings {
            utility_ms: 100,
            ..InDoubtSettings::default()
        },
        ..rate_settings()
    };
    let (killed, other) = (fixture.send(settings.clone()), fixture.send(settings));
    eventually("both are sending", TIMEOUT, async || {
        (fixture.meta.summary().accepted >= 50).then_some(())
    })
    .await;
    killed.kill();
    for id in &ids {
        fixture.until(*id, MessageState::Submitted).await;
    }
    let busiest = busiest_second(&fixture);
    assert!(busiest <= LIMIT, "{busiest} POSTs in a second");
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_slot_is_not_used_later() {
    let fixture = Fixture::start().await;
    let gate = fixture.db.admin().await;
    // The claim has its slot and then waits for its lease.
    gate.batch_execute("begin; lock table due_messages in share mode")
        .await
        .unwrap();
    let granted = "update number_send_rates set free_at = now() - interval '1 hour'";
    fixture.sql(granted).await;
    let sender = fixture.send(rate_settings());
    let id = fixture.order(Category::Utility, AWA).await;
    let over = "select free_at > now() - interval '1 minute' and free_at < clock_timestamp() - interval '1 second'
        from number_send_rates";
    eventually("a slot was granted and has expired", TIMEOUT, async || {
        let row = fixture.admin.query_one(over, &[]).await.unwrap();
        row.get::<_, bool>(0).then_some(())
    })
    .await;
    gate.batch_execute("commit").await.unwrap();
    fixture.until(id, MessageState::Submitted).await;
    let outcomes = fixture.outcomes(id).await;
    assert_eq!(outcomes.first(), Some(&PostOutcome::GivenBack.code()));
    assert_eq!(fixture.copies(id), 1);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_one_time_code_is_sent_before_the_backlog_of_its_number() {
    let fixture = Fixture::without_throttles().await;
    order_many(&fixture).await;
    let sender = fixture.send(rate_settings());
    eventually("the backlog is being sent", TIMEOUT, async || {
        (fixture.meta.summary().accepted >= 30).then_some(())
    })
    .await;
    let before = fixture.meta.summary().accepted;
    let code = fixture.order(Category::Authentication, AWA).await;
    fixture.until(code, MessageState::Submitted).await;
    // On a busy machine its first slot may expire before it is posted.
    let of_attempt = |attempt| fixture.meta.ledger_of(&fixture.opaque_id(code, attempt));
    let place = (1..10).flat_map(of_attempt).next().unwrap().sequence;
    let overtaken = place - before;
    assert!(overtaken < 40, "{overtaken} others were sent first");
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_throttle_of_one_sender_slows_the_number_for_all() {
    let fixture = Fixture::start().await;
    let sender = fixture.send(quick());
    for (code, recipient, halvings) in [(131_056, AWA, 0), (130_429, "+22670112244", 1)] {
        let fault = Fault::Error {
            code,
            http_status: None,
            details: None,
        };
        let theirs = Match {
            recipient: Some(recipient.to_owned()),
            ..Match::default()
        };
        // The retry of the message before may happen meanwhile.
        let script = Script::always(fault).matching(theirs).times(1);
        fixture.meta.script(script);
        let id = fixture.order(Category::Utility, recipient).await;
        fixture.until(id, MessageState::RetryWait).await;
        let row = fixture
            .admin
            .query_one("select halvings from number_send_rates", &[])
            .await;
        assert_eq!(row.unwrap().get::<_, i16>(0), halvings, "{code}");
        fixture.meta.clear_scripts();
    }
    sender.stop().await;
}

/// Many receipts, each to a different client.
async fn order_many(fixture: &Fixture) -> Vec<MessageId> {
    let mut ids = Vec::new();
    for number in 0..MESSAGES {
        let recipient = format!("+2267055{number:04}");
        ids.push(fixture.accept(Category::Utility, &recipient, None).await);
    }
    for job in ids.chunks(JOB) {
        fixture.publish(Lane::Transactional, job).await;
    }
    ids
}

/// The maximum number of POSTs that Meta received within a second.
fn busiest_second(fixture: &Fixture) -> usize {
    let second = i64::try_from(Duration::from_secs(1).as_millis()).unwrap();
    let ledger = fixture.meta.ledger();
    let mut times: Vec<i64> = ledger.iter().map(|entry| entry.accepted_at_ms).collect();
    times.sort_unstable();
    let within = |first: usize| {
        let end = times[first] + second;
        times[first..].iter().take_while(|at| **at < end).count()
    };
    (0..times.len()).map(within).max().unwrap_or_default()
}
