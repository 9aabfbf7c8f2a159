//! The whole job with canaries for personal data and secrets, at the most verbose log level; then all of its artifacts
//! are searched.
//!
//! Controls of the search: it finds every canary where it has to be (in what Meta received, and in what the product
//! returns to its owner), and finds one planted in a log and in a folder.

mod artifacts;
mod people;
mod steps;

use std::time::SystemTime;

use e2e::canary::{Find, Search};
use testkit::{Service, Shop, Stack, StackPlan};

use crate::output::{print_line, seed};
use artifacts::Artifact;
use people::People;

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn no_personal_data_in_the_clear() {
    let (since, people) = (written_now(), People::generate());
    let settings = vec![
        ("logs.level", "trace".to_owned()),
        ("logs.dependencies", "trace".to_owned()),
    ];
    let mut stack = Stack::start(StackPlan {
        meta: people.meta(seed()),
        settings,
    })
    .await;
    let platform = stack.platform().await;
    let shop = Shop::open(&platform, people.account(&stack)).await;

    let mut artifacts = steps::send(&stack, &shop, &people).await;
    artifacts.extend(steps::receive(&stack, &shop, &people).await);
    artifacts.extend(steps::refuse(&stack, &shop, &people).await);
    let shown = steps::look_up(&shop, &people).await;
    stack.meta.settled().await;
    artifacts.extend(artifacts::operations(&stack).await);
    steps::fill_queues(&mut stack, &shop, &people).await;
    artifacts.extend(artifacts::queues(&stack).await);
    artifacts.extend(artifacts::tables(&stack).await);
    artifacts.extend(artifacts::logs(&stack));

    let keys = [platform.key(), shop.api.key()];
    let search = Search::new(people.canaries(&stack, &keys)).unwrap();
    let mut found: Vec<Find> = artifacts
        .iter()
        .flat_map(|artifact| search.within(&artifact.location, &artifact.bytes))
        .collect();
    found.extend(artifacts::broker_files(&search, since));
    let bytes: usize = artifacts.iter().map(|artifact| artifact.bytes.len()).sum();
    print_line(format_args!(
        "{} locations and {} KiB were searched in addition to the broker's files",
        artifacts.len(),
        bytes >> 10
    ));

    prove_the_search(&stack, &search, &people, &shown);
    for find in &found {
        print_line(format_args!(
            "{} in {}: {}",
            find.what, find.location, find.around
        ));
    }
    assert!(
        found.is_empty(),
        "{} finds in plain text; all are above",
        found.len()
    );
}

/// The search finds what passed through the product, and what is planted.
fn prove_the_search(stack: &Stack, search: &Search, people: &People, shown: &[Artifact]) {
    let bodies: Vec<u8> = stack
        .meta
        .ledger()
        .iter()
        .flat_map(|entry| entry.body.as_ref().unwrap().get().bytes())
        .collect();
    let seen: Vec<Find> = shown
        .iter()
        .flat_map(|artifact| search.within(&artifact.location, &artifact.bytes))
        .chain(search.within("what Meta received", &bodies))
        .collect();
    for (what, _) in people.passed_through() {
        assert!(
            seen.iter().any(|find| find.what == what),
            "{what} did not pass through: nothing is proved"
        );
    }
    let planted = format!(
        "{{\"level\":\"INFO\",\"to\":\"+226{}\"}}",
        people.number("receipt")
    );
    let log = [stack.services.log(Service::Sender), planted.into_bytes()].concat();
    assert_eq!(search.within("a log with a canary", &log).len(), 1);
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("quorum")).unwrap();
    std::fs::write(folder.path().join("quorum/0001.wal"), people.text("vente-")).unwrap();
    assert_eq!(
        artifacts::files(search, folder.path(), SystemTime::UNIX_EPOCH)
            .0
            .len(),
        1
    );
}

/// The current time by the clock of the files, which separates the files of the run from older ones.
fn written_now() -> SystemTime {
    tempfile::NamedTempFile::new()
        .unwrap()
        .as_file()
        .metadata()
        .unwrap()
        .modified()
        .unwrap()
}
