//! The tasks of a service and the checks of its dependencies, with tokio's paused clock.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use bootstrap::service::ServiceTasks;
use bootstrap::shutdown::Shutdown;
use bootstrap::{Context, health_check};

#[tokio::test(start_paused = true)]
async fn every_start_of_a_task_gets_the_state_and_all_tasks_are_awaited() {
    let context = Context::new(Shutdown::new());
    let mut tasks = ServiceTasks::new("shop", &context);
    let starts = Arc::new(AtomicUsize::new(0));
    tasks.start("flaky", Arc::clone(&starts), |starts| async move {
        match starts.fetch_add(1, Ordering::SeqCst) {
            0 => Err("not yet"),
            1 => panic!("a defect"),
            _ => Ok(()),
        }
    });
    let (shutdown, ended) = (context.shutdown.clone(), Arc::new(AtomicUsize::new(0)));
    tasks.start(
        "lasting",
        (shutdown, Arc::clone(&ended)),
        |(shutdown, ended)| async move {
            shutdown.triggered().await;
            ended.fetch_add(1, Ordering::SeqCst);
        },
    );
    while starts.load(Ordering::SeqCst) < 3 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert_eq!(ended.load(Ordering::SeqCst), 0);
    tasks.stop().await;
    assert!(context.shutdown.is_triggered());
    assert_eq!(starts.load(Ordering::SeqCst), 3, "it ended without failure");
    assert_eq!(ended.load(Ordering::SeqCst), 1, "it was awaited");
}

#[tokio::test(start_paused = true)]
async fn a_dependency_is_missing_while_its_check_fails_or_does_not_answer() {
    let context = Context::new(Shutdown::new());
    let postgres = context.health.dependency("postgres");
    let (shutdown, checks) = (context.shutdown.clone(), Arc::new(AtomicUsize::new(0)));
    let watched = tokio::spawn(async move {
        health_check::watch(&postgres, &shutdown, || {
            let check = checks.fetch_add(1, Ordering::SeqCst);
            async move {
                match check {
                    0 => Err("refused"),
                    1 => std::future::pending().await,
                    _ => Ok(()),
                }
            }
        })
        .await;
    });
    for reason in ["refused", "no answer within 5 s"] {
        until(|| {
            let missing = context.health.check().missing;
            missing.first().is_some_and(|it| it.reason == reason)
        })
        .await;
    }
    until(|| context.health.check().ready).await;
    context.shutdown.trigger();
    watched.await.unwrap();
}

async fn until(is_so: impl Fn() -> bool) {
    while !is_so() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
