//! Supervised tasks, with tokio's paused clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bootstrap::Context;
use bootstrap::shutdown::{DRAIN, Shutdown};
use bootstrap::task::supervise;
use tokio::time::Instant;

#[tokio::test(start_paused = true)]
async fn a_task_that_fails_or_panics_is_started_again_until_it_ends() {
    let starts = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&starts);
    let task = supervise("flaky", Shutdown::new(), None, move || {
        let start = counted.fetch_add(1, Ordering::SeqCst);
        async move {
            assert!(start != 1, "a defect");
            if start < 5 { Err("not yet") } else { Ok(()) }
        }
    });
    task.await.unwrap();
    assert_eq!(starts.load(Ordering::SeqCst), 6);
}

#[tokio::test(start_paused = true)]
async fn the_pause_between_starts_grows_to_five_seconds() {
    let starts = Arc::new(std::sync::Mutex::new(Vec::new()));
    let noted = Arc::clone(&starts);
    let task = supervise("failing", Shutdown::new(), None, move || {
        let mut starts = noted.lock().unwrap();
        starts.push(Instant::now());
        let done = starts.len() == 12;
        async move { if done { Ok(()) } else { Err("no") } }
    });
    task.await.unwrap();
    let starts = starts.lock().unwrap();
    let pauses: Vec<_> = starts.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert!(pauses[0] < Duration::from_secs(1));
    assert!(
        pauses
            .iter()
            .all(|pause| *pause <= Duration::from_millis(5_100)),
        "{pauses:?}"
    );
    assert!(pauses[10] >= Duration::from_secs(4), "{pauses:?}");
}

#[tokio::test(start_paused = true)]
async fn health_hears_of_a_failing_task_and_of_one_that_lasts() {
    let context = Context::new(Shutdown::new());
    let health = context.health.dependency("projector");
    let stop = context.shutdown.clone();
    let mut failed = false;
    let task = supervise(
        "projector",
        context.shutdown.clone(),
        Some(health),
        move || {
            let fails = !std::mem::replace(&mut failed, true);
            let stop = stop.clone();
            async move {
                if fails {
                    return Err("no table");
                }
                stop.triggered().await;
                Ok(())
            }
        },
    );
    while context
        .health
        .check()
        .missing
        .first()
        .is_none_or(|it| it.reason != "no table")
    {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    while !context.health.check().ready {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    context.shutdown.trigger();
    task.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_task_in_its_pause_ends_with_the_process() {
    let shutdown = Shutdown::new();
    let task = supervise("failing", shutdown.clone(), None, || async { Err("no") });
    tokio::time::sleep(Duration::from_secs(60)).await;
    shutdown.trigger();
    task.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn work_that_does_not_end_is_left_after_the_drain_deadline() {
    let shutdown = Shutdown::new();
    let started = Instant::now();
    shutdown.trigger();
    let never = std::future::pending::<()>();
    assert_eq!(shutdown.run_until_shutdown(never).await, None);
    assert!(started.elapsed() >= DRAIN);
    assert_eq!(shutdown.run_until_shutdown(async { 7 }).await, Some(7));
}
