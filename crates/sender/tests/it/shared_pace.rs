//! Several senders on one number: together they keep its pace, and none may spend what is over.

use std::time::Duration;

use common::ids::MessageId;
use common::message::{Lane, MessageState, PostOutcome};
use common::template::Category;
use meta_sim::{Fault, Match, Script};
use sender::{DoubtSettings, SenderSettings};
use testkit::eventually;

use crate::stand::{AWA, PATIENCE, Stand, quick};

/// What Meta lets a number of the level STANDARD send in a second.
const LIMIT: usize = 80;
/// Three seconds of its share, and more.
const MESSAGES: usize = 200;
/// Messages of one job: the jobs are dealt out to the senders in turns.
const JOB: usize = 10;

/// The pace as the product has it.
fn paced() -> SenderSettings {
    let product = SenderSettings::default();
    SenderSettings {
        pace_slot_ms: product.pace_slot_ms,
        pace_horizon_ms: product.pace_horizon_ms,
        pace_share: product.pace_share,
        ..quick()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_senders_together_never_exceed_what_meta_lets_a_number_send() {
    let stand = Stand::without_throttles().await;
    let ids = order_many(&stand).await;
    let senders = [stand.send(paced()), stand.send(paced())];
    for id in &ids {
        stand.until(*id, MessageState::Submitted).await;
        assert_eq!(stand.copies(*id), 1);
    }
    let busiest = busiest_second(&stand);
    assert!(busiest <= LIMIT, "{busiest} POSTs in a second");
    for sender in senders {
        sender.stop().await;
    }
}

/// The judge of the test above sees what a pace that is not shared does.
#[tokio::test(flavor = "multi_thread")]
async fn without_the_shared_pace_two_senders_exceed_it() {
    let stand = Stand::without_throttles().await;
    stand
        .sql(
            "create function forget() returns trigger language plpgsql as 'begin return null; end';
             create trigger forget before update on number_paces for each row execute function forget()",
        )
        .await;
    order_many(&stand).await;
    let _senders = [stand.send(paced()), stand.send(paced())];
    eventually("Meta sees too much", PATIENCE, async || {
        (busiest_second(&stand) > LIMIT).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_is_not_idle_when_one_of_its_senders_is_killed() {
    let stand = Stand::without_throttles().await;
    let ids = order_many(&stand).await;
    // What was in the killed one's hands is in doubt, and a ticket is sent once more.
    let settings = SenderSettings {
        post_timeout_ms: 1_000,
        lease_margin_ms: 500,
        lease_ms: 3_000,
        doubt: DoubtSettings {
            utility_ms: 100,
            ..DoubtSettings::default()
        },
        ..paced()
    };
    let (killed, other) = (stand.send(settings.clone()), stand.send(settings));
    eventually("both are at work", PATIENCE, async || {
        (stand.meta.summary().accepted >= 50).then_some(())
    })
    .await;
    killed.kill();
    for id in &ids {
        stand.until(*id, MessageState::Submitted).await;
    }
    let busiest = busiest_second(&stand);
    assert!(busiest <= LIMIT, "{busiest} POSTs in a second");
    other.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slot_that_is_over_is_not_spent_later() {
    let stand = Stand::start().await;
    let gate = stand.db.admin().await;
    // The claim has its slot and then waits in front of its lease.
    gate.batch_execute("begin; lock table due_messages in share mode")
        .await
        .unwrap();
    let granted = "update number_paces set free_at = now() - interval '1 hour'";
    stand.sql(granted).await;
    let sender = stand.send(paced());
    let id = stand.order(Category::Utility, AWA).await;
    let over = "select free_at > now() - interval '1 minute' and free_at < clock_timestamp() - interval '1 second'
        from number_paces";
    eventually("a slot was granted and is over", PATIENCE, async || {
        let row = stand.admin.query_one(over, &[]).await.unwrap();
        row.get::<_, bool>(0).then_some(())
    })
    .await;
    gate.batch_execute("commit").await.unwrap();
    stand.until(id, MessageState::Submitted).await;
    let outcomes = stand.outcomes(id).await;
    assert_eq!(outcomes.first(), Some(&PostOutcome::GivenBack.code()));
    assert_eq!(stand.copies(id), 1);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_one_time_code_leaves_before_the_backlog_of_its_number() {
    let stand = Stand::without_throttles().await;
    order_many(&stand).await;
    let sender = stand.send(paced());
    eventually("the backlog is at work", PATIENCE, async || {
        (stand.meta.summary().accepted >= 30).then_some(())
    })
    .await;
    let before = stand.meta.summary().accepted;
    let code = stand.order(Category::Authentication, AWA).await;
    stand.until(code, MessageState::Submitted).await;
    // On a busy machine its first slot may be over before it is posted.
    let of_attempt = |attempt| stand.meta.ledger_of(&stand.opaque_id(code, attempt));
    let place = (1..10).flat_map(of_attempt).next().unwrap().sequence;
    let overtaken = place - before;
    assert!(overtaken < 40, "{overtaken} others left first");
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_meta_says_to_one_sender_slows_the_number_down_for_all() {
    let stand = Stand::start().await;
    let sender = stand.send(quick());
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
        // The retry of the message before may come meanwhile.
        let script = Script::always(fault).matching(theirs).times(1);
        stand.meta.script(script);
        let id = stand.order(Category::Utility, recipient).await;
        stand.until(id, MessageState::RetryWait).await;
        let row = stand
            .admin
            .query_one("select halvings from number_paces", &[])
            .await;
        assert_eq!(row.unwrap().get::<_, i16>(0), halvings, "{code}");
        stand.meta.clear_scripts();
    }
    sender.stop().await;
}

/// Many tickets, each to a client of its own.
async fn order_many(stand: &Stand) -> Vec<MessageId> {
    let mut ids = Vec::new();
    for number in 0..MESSAGES {
        let recipient = format!("+2267055{number:04}");
        ids.push(stand.accept(Category::Utility, &recipient, None).await);
    }
    for job in ids.chunks(JOB) {
        stand.publish(Lane::Transactional, job).await;
    }
    ids
}

/// The most POSTs that Meta saw within a second.
fn busiest_second(stand: &Stand) -> usize {
    let second = i64::try_from(Duration::from_secs(1).as_millis()).unwrap();
    let ledger = stand.meta.ledger();
    let mut times: Vec<i64> = ledger.iter().map(|entry| entry.accepted_at_ms).collect();
    times.sort_unstable();
    let within = |first: usize| {
        let end = times[first] + second;
        times[first..].iter().take_while(|at| **at < end).count()
    };
    (0..times.len()).map(within).max().unwrap_or_default()
}
