//! The whole job with canaries for personal data and secrets, everything logged; then all that it left behind is searched.
//!
//! What makes the search believable: the same search finds every canary where it has to be (in what Meta got, and in what
//! the product shows to its owner), and finds one that was planted in a log and in a folder.

mod people;
mod remains;
mod steps;

use std::time::SystemTime;

use e2e::canary::{Find, Search};
use testkit::{Service, Shop, Stack, StackPlan};

use crate::said::{say, seed};
use people::People;
use remains::Remain;

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn no_personal_data_in_the_clear() {
    let (since, people) = (written_now(), People::invent());
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

    let mut remains = steps::send(&stack, &shop, &people).await;
    remains.extend(steps::hear(&stack, &shop, &people).await);
    remains.extend(steps::refuse(&stack, &shop, &people).await);
    let shown = steps::look_up(&shop, &people).await;
    stack.meta.settled().await;
    remains.extend(remains::operations(&stack).await);
    steps::fill_queues(&mut stack, &shop, &people).await;
    remains.extend(remains::queues(&stack).await);
    remains.extend(remains::tables(&stack).await);
    remains.extend(remains::logs(&stack));

    let keys = [platform.key(), shop.api.key()];
    let search = Search::new(people.canaries(&stack, &keys)).unwrap();
    let mut found: Vec<Find> = remains
        .iter()
        .flat_map(|remain| search.within(&remain.place, &remain.bytes))
        .collect();
    found.extend(remains::broker_files(&search, since));
    let bytes: usize = remains.iter().map(|remain| remain.bytes.len()).sum();
    say(format_args!(
        "{} places and {} KiB were searched beside the broker's files",
        remains.len(),
        bytes >> 10
    ));

    prove_the_search(&stack, &search, &people, &shown);
    for find in &found {
        say(format_args!(
            "{} in {}: {}",
            find.what, find.place, find.around
        ));
    }
    assert!(
        found.is_empty(),
        "{} finds in the clear; all are above",
        found.len()
    );
}

/// The search finds what passed through, and what is planted.
fn prove_the_search(stack: &Stack, search: &Search, people: &People, shown: &[Remain]) {
    let bodies: Vec<u8> = stack
        .meta
        .ledger()
        .iter()
        .flat_map(|entry| entry.body.as_ref().unwrap().get().bytes())
        .collect();
    let seen: Vec<Find> = shown
        .iter()
        .flat_map(|remain| search.within(&remain.place, &remain.bytes))
        .chain(search.within("what Meta got", &bodies))
        .collect();
    for (what, _) in people.said() {
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
        remains::files(search, folder.path(), SystemTime::UNIX_EPOCH)
            .0
            .len(),
        1
    );
}

/// Now, by the clock of the files: those of the run are told from older ones by it.
fn written_now() -> SystemTime {
    tempfile::NamedTempFile::new()
        .unwrap()
        .as_file()
        .metadata()
        .unwrap()
        .modified()
        .unwrap()
}
