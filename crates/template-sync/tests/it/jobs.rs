//! The whole service: jobs from the broker, the schedule, and its shutdown.

use std::time::Duration;

use bootstrap::Context;
use bootstrap::shutdown::Shutdown;
use broker::Queue;
use common::wire::SyncTemplates;
use template_sync::Settings;
use testkit::{TestBroker, eventually};
use tokio::task::JoinHandle;

use crate::fixture::Fixture;

const TIMEOUT: Duration = Duration::from_secs(20);

struct Service {
    broker: broker::Broker,
    shutdown: Shutdown,
    task: JoinHandle<()>,
}

fn start(fixture: &Fixture, test_broker: &TestBroker) -> Service {
    let broker = test_broker.connect(fixture.shared_clock());
    let shutdown = Shutdown::new();
    let context = Context::with_clock(fixture.shared_clock(), shutdown.clone());
    let service = template_sync::run(
        Settings::default(),
        fixture.store(),
        fixture.cloud_api(),
        broker.consumer(),
        context,
    );
    Service {
        broker,
        shutdown,
        task: tokio::spawn(service),
    }
}

impl Service {
    async fn stop(self) {
        self.shutdown.trigger();
        tokio::time::timeout(TIMEOUT, self.task)
            .await
            .expect("it stops when asked to")
            .unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_due_is_synchronised_by_itself() {
    let (fixture, test_broker) = (Fixture::open().await, TestBroker::start().await);
    let service = start(&fixture, &test_broker);
    eventually("the account is synchronised", TIMEOUT, async || {
        fixture.synced_at().await
    })
    .await;
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_synchronises_its_account_once() {
    let (fixture, test_broker) = (Fixture::open().await, TestBroker::start().await);
    let service = start(&fixture, &test_broker);
    let scheduled = eventually("the schedule has run", TIMEOUT, async || {
        fixture.synced_at().await
    })
    .await;
    fixture.put_template("essai_ticket", "APPROVED");
    fixture.clock.advance(chrono::TimeDelta::seconds(1));
    let job = SyncTemplates {
        business_id: fixture.account.business_id,
        waba_id: fixture.account.waba_id.clone(),
    };
    service
        .broker
        .publisher()
        .publish(Queue::SyncTemplates, &job, None)
        .await
        .unwrap();
    eventually("the job has run", TIMEOUT, async || {
        fixture
            .synced_at()
            .await
            .filter(|synced_at| *synced_at > scheduled)
    })
    .await;
    assert_eq!(fixture.statuses("essai_ticket").await, ["APPROVED"]);
    service.stop().await;
    assert_eq!(
        next_job(&fixture, &test_broker).await,
        "7",
        "the job was not acked"
    );
}

/// The account of the first job in the queue, after a job for the account 7 was added behind all others.
async fn next_job(fixture: &Fixture, test_broker: &TestBroker) -> String {
    let broker = test_broker.connect(fixture.shared_clock());
    let marker = SyncTemplates {
        business_id: fixture.account.business_id,
        waba_id: "7".parse().unwrap(),
    };
    broker
        .publisher()
        .publish(Queue::SyncTemplates, &marker, None)
        .await
        .unwrap();
    let mut subscription = broker
        .consumer()
        .subscribe::<SyncTemplates>(Queue::SyncTemplates, 1);
    let stop = Shutdown::new().token();
    let batch = subscription.next_batch(1, Duration::ZERO, &stop);
    let batch = tokio::time::timeout(TIMEOUT, batch)
        .await
        .expect("there is a job")
        .unwrap();
    batch[0].payload.waba_id.to_string()
}
