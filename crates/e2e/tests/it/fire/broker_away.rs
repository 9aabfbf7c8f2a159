//! RabbitMQ is there and takes nothing, is not there for a minute, or has lost its queues, while clients send.

use std::time::{Duration, Instant};

use broker::Queue;
use reqwest::StatusCode;
use testkit::{OwnServer, Service, eventually};

use super::arena::{Arena, PROGRESS};
use super::broker_control::Unpublished;
use super::broker_struck::{ACCEPTED_MEANWHILE, JOBS, close, last, open, until_it_holds_work};
use super::report::Scenario;
use super::tier::Counts;
use crate::catch::Caught;

const DOWN: Scenario = Scenario {
    name: "broker_down",
    bar: "R13",
    what: "RabbitMQ is killed and stays away; clients get their 202s, and no service has to be started again",
};
const ALARMED: Scenario = Scenario {
    name: "broker_alarmed",
    bar: "R10",
    what: "RabbitMQ is short of memory, then of disk, and takes nothing more; clients get their 202s",
};
const DELETED: Scenario = Scenario {
    name: "queues_deleted",
    bar: "R11",
    what: "the queues of jobs are deleted while they hold jobs",
};
const SECONDS_AWAY: Counts = Counts::new(10, 60, 20 * 60);
const SECONDS_ALARMED: Counts = Counts::new(5, 30, 120);
/// Of each kind.
const ALARMS: Counts = Counts::new(1, 1, 5);
const DELETIONS: Counts = Counts::new(2, 20, 100);
const MESSAGES: Counts = Counts::new(600, 6_000, 50_000);
const CLIENTS: usize = 8;
const PACE: Duration = Duration::from_millis(50);

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn broker_down() {
    let mut arena = open(DOWN).await;
    let (messages, away) = (arena.tier.of(MESSAGES), arena.tier.of(SECONDS_AWAY));
    let clients = arena.clients(PACE);
    let sending = tokio::spawn(clients.clone().send_all(CLIENTS));
    let _ = arena.job.start_tickets(messages).await;
    arena.go_on(messages / 3).await;
    let provide = async || arena.job.provide(&arena.books).await;
    let caught = until_it_holds_work(&arena, provide).await;
    OwnServer::RabbitMq.kill_9().await;
    let lives = lives(&arena);
    clients.until_accepted_more(ACCEPTED_MEANWHILE).await;
    last(Duration::from_secs(away)).await;
    OwnServer::RabbitMq.start().await;
    all_are_ready(&arena).await;
    arena.go_on(messages / 3).await;
    assert_eq!(self::lives(&arena), lives, "a service was started again");
    arena.blows.add(caught);
    clients.stop();
    sending.await.unwrap();
    arena.notes.push(format!(
        "it was away for {away} s; every service went on by itself"
    ));
    close(arena, Unpublished::Away).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn broker_alarmed() {
    let mut arena = open(ALARMED).await;
    let (messages, alarms) = (arena.tier.of(MESSAGES), arena.tier.of(ALARMS));
    let lasts = Duration::from_secs(arena.tier.of(SECONDS_ALARMED));
    let clients = arena.clients(PACE);
    let sending = tokio::spawn(clients.clone().send_all(CLIENTS));
    let _ = arena.job.start_tickets(messages).await;
    for alarm in 0..2 * alarms {
        arena.go_on(messages / (2 * alarms + 2)).await;
        let caught = until_it_has_jobs(&arena).await;
        match alarm % 2 {
            0 => OwnServer::RabbitMq.memory_alarm().await,
            _ => OwnServer::RabbitMq.disk_alarm().await,
        }
        let since = Instant::now();
        clients.until_accepted_more(ACCEPTED_MEANWHILE).await;
        last(lasts.saturating_sub(since.elapsed())).await;
        OwnServer::RabbitMq.calm().await;
        arena.blows.add(caught);
    }
    arena.go_on(messages / 3).await;
    clients.stop();
    sending.await.unwrap();
    arena.notes.push(format!(
        "at least {ACCEPTED_MEANWHILE} messages were accepted during each alarm, which lasted {lasts:?} or longer"
    ));
    close(arena, Unpublished::Alarmed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn queues_deleted() {
    let mut arena = open(DELETED).await;
    let (messages, deletions) = (arena.tier.of(MESSAGES), arena.tier.of(DELETIONS));
    let clients = arena.clients(PACE);
    let sending = tokio::spawn(clients.clone().send_all(CLIENTS));
    let _ = arena.job.start_tickets(messages).await;
    for _ in 0..deletions {
        arena.go_on(messages / (deletions + 2)).await;
        let caught = until_it_has_jobs(&arena).await;
        for queue in [Queue::Send, Queue::SendCampaign] {
            arena.stack.broker.delete_queue(queue).await;
        }
        arena.blows.add(caught);
    }
    arena.go_on(messages / (deletions + 2)).await;
    clients.stop();
    sending.await.unwrap();
    close(arena, Unpublished::Deleted).await;
}

/// Waits until there are jobs that nobody has claimed.
async fn until_it_has_jobs(arena: &Arena) -> Caught {
    let in_hand = eventually("there are jobs", PROGRESS, async || {
        arena.job.provide(&arena.books).await;
        let jobs = usize::try_from(arena.books.number(JOBS).await).unwrap();
        (jobs > 0).then_some(jobs)
    })
    .await;
    Caught { in_hand, vain: 0 }
}

async fn all_are_ready(arena: &Arena) {
    for service in Service::ALL {
        eventually("the service is ready again", PROGRESS, async || {
            let (status, _) = arena.stack.services.readiness(service).await;
            (status == StatusCode::OK).then_some(())
        })
        .await;
    }
}

/// The operating system's ids of the services.
fn lives(arena: &Arena) -> Vec<Option<u32>> {
    let services = &arena.stack.services;
    Service::ALL
        .map(|service| services.process_id(service))
        .to_vec()
}
