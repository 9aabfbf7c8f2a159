//! The artifacts of a run: logs, metrics, queues, the broker's files, the database.

use std::path::Path;
use std::time::{Duration, SystemTime};

use e2e::canary::{Find, Search};
use futures_util::StreamExt as _;
use lapin::options::{BasicConsumeOptions, QueueDeclareOptions};
use lapin::types::FieldTable;
use lapin::{Connection, ConnectionProperties};
use reqwest::StatusCode;
use testkit::{Service, Stack};

use crate::output::print_line;

/// Queues that hold messages while their consumers are stopped.
pub(super) const QUEUES: [&str; 3] = ["sender.send", "gateway.status", "gateway.inbound"];
/// Time limit until a message that a queue holds is delivered.
const PEEK: Duration = Duration::from_secs(20);

/// Bytes and the location where they were found.
pub(super) struct Artifact {
    pub(super) location: String,
    pub(super) bytes: Vec<u8>,
}

impl Artifact {
    pub(super) fn new(location: impl Into<String>, bytes: impl Into<Vec<u8>>) -> Self {
        Self {
            location: location.into(),
            bytes: bytes.into(),
        }
    }
}

/// The logs of all services at level trace.
pub(super) fn logs(stack: &Stack) -> Vec<Artifact> {
    let log = |service: Service| {
        Artifact::new(
            format!("the log of {}", service.name()),
            stack.services.log(service),
        )
    };
    let logs: Vec<Artifact> = Service::ALL.into_iter().map(log).collect();
    let text: String = logs
        .iter()
        .map(|log| String::from_utf8_lossy(&log.bytes))
        .collect();
    for level in ["trace", "debug"] {
        assert!(
            text.contains(&format!("\"level\":\"{level}\"")),
            "nothing is logged at {level}: nothing is proved"
        );
    }
    logs
}

/// `/metrics` and `/readyz` of all services, all of which run.
pub(super) async fn operations(stack: &Stack) -> Vec<Artifact> {
    let mut artifacts = Vec::new();
    for service in Service::ALL {
        let metrics = stack.services.scrape(service).await;
        assert!(
            metrics.text().contains("djigbachats_"),
            "{} has no metrics",
            service.name()
        );
        artifacts.push(Artifact::new(
            format!("/metrics of {}", service.name()),
            metrics.text(),
        ));
        let (status, ready) = stack.services.readiness(service).await;
        assert_eq!(status, StatusCode::OK, "{ready}");
        artifacts.push(Artifact::new(
            format!("/readyz of {}", service.name()),
            ready.to_string(),
        ));
    }
    artifacts
}

/// The content of the queues. Each must have some, and keeps it.
pub(super) async fn queues(stack: &Stack) -> Vec<Artifact> {
    let connection = Connection::connect(&stack.broker.url, ConnectionProperties::default())
        .await
        .unwrap();
    let mut artifacts = Vec::new();
    for queue in QUEUES {
        let messages = tokio::time::timeout(PEEK, peek(&connection, queue)).await;
        let messages = messages.unwrap_or_else(|_| panic!("{queue} delivers nothing"));
        assert!(
            !messages.is_empty(),
            "{queue} is empty: nothing would be proved"
        );
        print_line(format_args!(
            "{queue}: {} messages are searched",
            messages.len()
        ));
        artifacts.extend(
            messages
                .into_iter()
                .map(|bytes| Artifact::new(format!("the queue {queue}"), bytes)),
        );
    }
    // Unacked messages are requeued.
    connection.close(200, "looked".into()).await.unwrap();
    artifacts
}

async fn peek(connection: &Connection, queue: &str) -> Vec<Vec<u8>> {
    let channel = connection.create_channel().await.unwrap();
    let passive = QueueDeclareOptions {
        passive: true,
        ..QueueDeclareOptions::durable()
    };
    let declared = channel
        .queue_declare(queue.into(), passive, FieldTable::default())
        .await
        .unwrap();
    let count = usize::try_from(declared.message_count()).unwrap();
    let options = BasicConsumeOptions::default();
    let consumer = channel.basic_consume(
        queue.into(),
        "looker".into(),
        options,
        FieldTable::default(),
    );
    let messages = consumer.await.unwrap().take(count).map(|delivery| {
        let delivery = delivery.unwrap();
        [
            delivery.data.clone(),
            format!("{:?}", delivery.properties).into_bytes(),
        ]
        .concat()
    });
    let messages = messages.collect().await;
    // A channel that is dropped closes later, at times while its connection is being closed.
    channel.close(200, "looked".into()).await.unwrap();
    messages
}

/// The broker's files written since then, if they are accessible.
pub(super) fn broker_files(search: &Search, since: SystemTime) -> Vec<Find> {
    let Some(folder) = testkit::environment("DJIGBACHATS_TEST_AMQP_DATA_DIR") else {
        print_line(
            "SKIPPED: the broker's files (the broker is external: DJIGBACHATS_TEST_AMQP_DATA_DIR is not set)",
        );
        return Vec::new();
    };
    let (found, bytes) = files(search, Path::new(&folder), since);
    print_line(format_args!(
        "the broker's files: {} MiB are searched",
        bytes >> 20
    ));
    assert!(
        bytes > 0,
        "{folder} holds nothing new: it is not the broker's folder, or nothing would be proved"
    );
    found
}

/// Searches every file below a folder that was written since then; returns the finds and the number of bytes.
pub(super) fn files(search: &Search, folder: &Path, since: SystemTime) -> (Vec<Find>, usize) {
    let (mut found, mut searched, mut folders) = (Vec::new(), 0, vec![folder.to_owned()]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            // Files of a running broker appear and disappear.
            let Ok(about) = entry.metadata() else {
                continue;
            };
            if about.is_dir() {
                folders.push(entry.path());
            } else if about.modified().is_ok_and(|at| at >= since) {
                let Ok(bytes) = std::fs::read(entry.path()) else {
                    continue;
                };
                searched += bytes.len();
                found.extend(search.within(&entry.path().display().to_string(), &bytes));
            }
        }
    }
    (found, searched)
}

/// Every row of every table as text; bytea columns as hexadecimal.
pub(super) async fn tables(stack: &Stack) -> Vec<Artifact> {
    let admin = stack.db.admin().await;
    let names = "select relname::text from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'";
    let mut artifacts = Vec::new();
    for table in admin.query(names, &[]).await.unwrap() {
        let table: String = table.get(0);
        let rows = admin
            .query(&format!("select t::text from {table} t"), &[])
            .await
            .unwrap();
        let text: String = rows
            .iter()
            .map(|row| row.get::<_, String>(0) + "\n")
            .collect();
        artifacts.push(Artifact::new(format!("the table {table}"), text));
    }
    artifacts
}
