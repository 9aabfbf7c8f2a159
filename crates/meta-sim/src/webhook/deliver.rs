//! Posting webhooks: one dispatcher takes due items; the number of concurrent POSTs is bounded.
//!
//! As at Meta (webhooks, delivery), only HTTP 200 counts; after anything else the same bytes are posted again after a
//! growing delay, without blocking other webhooks.

use std::sync::Arc;
use std::time::{Duration, Instant};

use actix_web::web::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use tokio::sync::{Semaphore, oneshot};
use tokio_util::task::TaskTracker;

use super::compose;
use super::delivery_queue::{Item, after};
use crate::choices::Choices;
use crate::config::WebhookBehaviour;
use crate::state::State;

/// Meta, webhooks overview: at most 1,000 updates in one POST.
const MOST_UPDATES: usize = 1_000;

/// A complete body to be posted.
pub(crate) struct Posting {
    pub(crate) body: Bytes,
    pub(crate) signature: String,
    /// The number of statuses, messages or changes in it.
    pub(crate) updates: u64,
    pub(crate) attempt: u32,
    pub(crate) waiting: Vec<oneshot::Sender<()>>,
}

/// The outcome of a POST.
enum Outcome {
    Accepted,
    Refused(&'static str),
    NoAddress,
}

/// Posts due items until the simulator stops.
pub(crate) async fn dispatch(state: Arc<State>) {
    let under_way = Arc::new(Semaphore::new(state.config.webhook_concurrency.max(1)));
    let tasks = TaskTracker::new();
    let mut behind = false;
    while let Some(items) = next_items(&state, behind).await {
        behind = items.len() >= batch_size(&state.behaviour());
        let Some(posting) = finish(&state, items) else {
            continue;
        };
        let Ok(permit) = Arc::clone(&under_way).acquire_owned().await else {
            break;
        };
        let state = Arc::clone(&state);
        tasks.spawn(async move {
            tokio::select! {
                () = state.stopping.cancelled() => {}
                () = post(&state, posting) => {}
            }
            drop(permit);
        });
    }
    tasks.close();
    tasks.wait().await;
}

async fn next_items(state: &State, behind: bool) -> Option<Vec<Item>> {
    tokio::select! {
        () = state.stopping.cancelled() => None,
        items = gathered(state, behind) => Some(items),
    }
}

/// The due items; a batch waits a moment for more, unless the one before it was full already.
async fn gathered(state: &State, behind: bool) -> Vec<Item> {
    state.delivery_queue.until_due().await;
    let behaviour = state.behaviour();
    let most = batch_size(&behaviour);
    if most > 1 && !behind {
        tokio::time::sleep(Duration::from_millis(behaviour.gather_ms)).await;
    }
    state.delivery_queue.take_due(most)
}

fn batch_size(behaviour: &WebhookBehaviour) -> usize {
    behaviour.statuses_per_post.clamp(1, MOST_UPDATES)
}

/// Composes one body of a batch.
fn finish(state: &State, items: Vec<Item>) -> Option<Posting> {
    let mut events = Vec::with_capacity(items.len());
    let mut waiting = Vec::new();
    for item in items {
        match item {
            Item::Posting(posting) => return Some(posting),
            Item::Status(event, waiter) => {
                events.push(event);
                waiting.extend(waiter);
            }
        }
    }
    let updates = u64::try_from(events.len()).unwrap_or(u64::MAX);
    if updates == 0 {
        return None;
    }
    match compose::statuses(&events) {
        Ok(body) => Some(Posting {
            waiting,
            ..state.posting(body, updates)
        }),
        Err(error) => {
            tracing::error!(%error, "a status webhook could not be composed");
            state.delivery_queue.done(updates);
            None
        }
    }
}

async fn post(state: &State, mut posting: Posting) {
    let behaviour = state.behaviour();
    posting.attempt += 1;
    state.stats.webhook_posted();
    let outcome = attempt(state, &behaviour, &posting).await;
    state.stats.webhook_answered();
    for waiter in posting.waiting.drain(..) {
        // The waiting call has ended: no receiver is left.
        let _ = waiter.send(());
    }
    match outcome {
        Outcome::Accepted => {
            state.stats.webhook_accepted(posting.updates);
            state.recent.keep(&posting.body, posting.updates);
            state.delivery_queue.done(posting.updates);
        }
        Outcome::Refused(why) if posting.attempt < behaviour.retry_attempts => {
            state.stats.webhook_refused(why);
            let due = after(
                Instant::now(),
                wait_before_retry(&behaviour, &posting, state),
            );
            state.delivery_queue.put(due, Item::Posting(posting));
        }
        Outcome::Refused(_) | Outcome::NoAddress => {
            state.stats.webhook_given_up(posting.updates);
            state.delivery_queue.done(posting.updates);
        }
    }
}

async fn attempt(state: &State, behaviour: &WebhookBehaviour, posting: &Posting) -> Outcome {
    let Some(url) = state.webhook_url() else {
        return Outcome::NoAddress;
    };
    let request = state
        .client
        .post(url)
        .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
        .header("X-Hub-Signature-256", &posting.signature)
        .timeout(Duration::from_millis(behaviour.timeout_ms))
        .body(posting.body.clone());
    match request.send().await {
        Ok(response) if response.status() == reqwest::StatusCode::OK => {
            // The body is read so that the connection can be reused.
            let _ = response.bytes().await;
            Outcome::Accepted
        }
        Ok(_) => Outcome::Refused("status"),
        Err(error) if error.is_timeout() => Outcome::Refused("timeout"),
        Err(_) => Outcome::Refused("connection"),
    }
}

/// Doubles from the first to the longest delay, with up to a tenth of jitter.
fn wait_before_retry(behaviour: &WebhookBehaviour, posting: &Posting, state: &State) -> u64 {
    let doubled = 1_u64
        .checked_shl(posting.attempt.saturating_sub(1))
        .unwrap_or(u64::MAX);
    let wait = behaviour
        .retry_first_ms
        .saturating_mul(doubled)
        .min(behaviour.retry_max_ms);
    let key = format!("retry {} {}", posting.signature, posting.attempt);
    wait + Choices::new(state.config.seed, &key).between(0, wait / 10)
}
