//! RabbitMQ rejects publishes, is down for a minute, or has lost its queues, while clients send.

use std::time::{Duration, Instant};

use broker::Queue;
use reqwest::StatusCode;
use testkit::{OwnServer, Service, eventually};

use super::broker_controls::Unpublished;
use super::broker_faults::{
    ACCEPTED_MEANWHILE, JOBS, close, open, sustain, until_broker_holds_work,
};
use super::fixture::{Fixture, PROGRESS};
use super::report::Scenario;
use super::tier::Counts;
use crate::in_flight_probe::ProbeResult;

const DOWN: Scenario = Scenario {
    name: "broker_down",
    bar: "R13",
    what: "RabbitMQ is killed and stays down; clients get their 202s, and no service has to be started again",
};
const ALARMED: Scenario = Scenario {
    name: "broker_alarmed",
    bar: "R10",
    what: "RabbitMQ is short of memory, then of disk, and blocks publishers; clients get their 202s",
};
const DELETED: Scenario = Scenario {
    name: "queues_deleted",
    bar: "R11",
    what: "the queues of jobs are deleted while they hold jobs",
};
const SECONDS_DOWN: Counts = Counts::new(10, 60, 20 * 60);
const SECONDS_ALARMED: Counts = Counts::new(5, 30, 120);
/// Alarms of each kind.
const ALARMS: Counts = Counts::new(1, 1, 5);
const DELETIONS: Counts = Counts::new(2, 20, 100);
const MESSAGES: Counts = Counts::new(600, 6_000, 50_000);
const CLIENTS: usize = 8;
const PACE: Duration = Duration::from_millis(50);

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn broker_down() {
    let mut fixture = open(DOWN).await;
    let (messages, seconds) = (fixture.tier.of(MESSAGES), fixture.tier.of(SECONDS_DOWN));
    let clients = fixture.clients(PACE);
    let sending = tokio::spawn(clients.clone().send_all(CLIENTS));
    let _ = fixture.campaign_load.start_tickets(messages).await;
    fixture.advance(messages / 3).await;
    let replenish = async || fixture.campaign_load.replenish(&fixture.sources).await;
    let probe = until_broker_holds_work(&fixture, replenish).await;
    OwnServer::RabbitMq.kill_9().await;
    let process_ids = process_ids(&fixture);
    clients.until_accepted_more(ACCEPTED_MEANWHILE).await;
    sustain(Duration::from_secs(seconds)).await;
    OwnServer::RabbitMq.start().await;
    all_are_ready(&fixture).await;
    fixture.advance(messages / 3).await;
    assert_eq!(
        self::process_ids(&fixture),
        process_ids,
        "a service was restarted"
    );
    fixture.injections.add(probe);
    clients.stop();
    sending.await.unwrap();
    fixture.notes.push(format!(
        "it was down for {seconds} s; every service recovered by itself"
    ));
    close(fixture, Unpublished::Away).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn broker_alarmed() {
    let mut fixture = open(ALARMED).await;
    let (messages, alarms) = (fixture.tier.of(MESSAGES), fixture.tier.of(ALARMS));
    let lasts = Duration::from_secs(fixture.tier.of(SECONDS_ALARMED));
    let clients = fixture.clients(PACE);
    let sending = tokio::spawn(clients.clone().send_all(CLIENTS));
    let _ = fixture.campaign_load.start_tickets(messages).await;
    for alarm in 0..2 * alarms {
        fixture.advance(messages / (2 * alarms + 2)).await;
        let probe = until_it_has_jobs(&fixture).await;
        match alarm % 2 {
            0 => OwnServer::RabbitMq.memory_alarm().await,
            _ => OwnServer::RabbitMq.disk_alarm().await,
        }
        let since = Instant::now();
        clients.until_accepted_more(ACCEPTED_MEANWHILE).await;
        sustain(lasts.saturating_sub(since.elapsed())).await;
        OwnServer::RabbitMq.calm().await;
        fixture.injections.add(probe);
    }
    fixture.advance(messages / 3).await;
    clients.stop();
    sending.await.unwrap();
    fixture.notes.push(format!(
        "at least {ACCEPTED_MEANWHILE} messages were accepted during each alarm, which lasted {lasts:?} or longer"
    ));
    close(fixture, Unpublished::Alarmed).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn queues_deleted() {
    let mut fixture = open(DELETED).await;
    let (messages, deletions) = (fixture.tier.of(MESSAGES), fixture.tier.of(DELETIONS));
    let clients = fixture.clients(PACE);
    let sending = tokio::spawn(clients.clone().send_all(CLIENTS));
    let _ = fixture.campaign_load.start_tickets(messages).await;
    for _ in 0..deletions {
        fixture.advance(messages / (deletions + 2)).await;
        let probe = until_it_has_jobs(&fixture).await;
        for queue in [Queue::Send, Queue::SendCampaign] {
            fixture.stack.broker.delete_queue(queue).await;
        }
        fixture.injections.add(probe);
    }
    fixture.advance(messages / (deletions + 2)).await;
    clients.stop();
    sending.await.unwrap();
    close(fixture, Unpublished::Deleted).await;
}

/// Waits until there are jobs that nobody has claimed.
async fn until_it_has_jobs(fixture: &Fixture) -> ProbeResult {
    let in_flight = eventually("there are jobs", PROGRESS, async || {
        fixture.campaign_load.replenish(&fixture.sources).await;
        let jobs = usize::try_from(fixture.sources.number(JOBS).await).unwrap();
        (jobs > 0).then_some(jobs)
    })
    .await;
    ProbeResult {
        in_flight,
        missed: 0,
    }
}

async fn all_are_ready(fixture: &Fixture) {
    for service in Service::ALL {
        eventually("the service is ready again", PROGRESS, async || {
            let (status, _) = fixture.stack.services.readiness(service).await;
            (status == StatusCode::OK).then_some(())
        })
        .await;
    }
}

/// The operating system's ids of the services.
fn process_ids(fixture: &Fixture) -> Vec<Option<u32>> {
    let services = &fixture.stack.services;
    Service::ALL
        .map(|service| services.process_id(service))
        .to_vec()
}
