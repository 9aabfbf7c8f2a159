//! The publisher task: owns the connection for publishing, and publishes in batches.
//!
//! One batch is in flight at a time, because its confirms can only be interpreted together (see `settle`). The next
//! batch collects meanwhile.

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use lapin::message::BasicReturnMessage;
use lapin::options::{BasicPublishOptions, ConfirmSelectOptions};
use lapin::{Channel, Confirmation};
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::confirms::{Confirmed, settle};
use super::{Outgoing, PublishError, Request};
use crate::connector::{Change, Connector, Link};
use crate::properties;
use crate::watch::{LinkState, Watch};

const NAME: &str = "publisher";
/// The maximum number of messages of one batch: RabbitMQ is fastest with 100 to 500 in flight.
const BATCH: usize = 256;

/// Runs until the last publisher is dropped.
pub(super) async fn run(
    connector: Connector,
    mut requests: mpsc::Receiver<Request>,
    open: watch::Sender<bool>,
    health: Watch,
) {
    let mut state = health.link(NAME.to_owned());
    while let Some(link) = dial(&connector, &mut requests, &mut state).await {
        state.up();
        open.send_replace(true);
        let lost = serve(link, &mut requests, &open, &mut state).await;
        open.send_replace(false);
        let Some(reason) = lost else {
            return;
        };
        state.lost(&reason);
    }
}

/// A connection in confirm mode; requests that arrive before are refused. `None` when the last publisher was dropped.
async fn dial(
    connector: &Connector,
    requests: &mut mpsc::Receiver<Request>,
    state: &mut LinkState,
) -> Option<Link> {
    let confirming = async |channel: Channel| {
        channel
            .confirm_select(ConfirmSelectOptions::default())
            .await
    };
    let dialling = connector.dial(state, confirming);
    tokio::pin!(dialling);
    loop {
        tokio::select! {
            link = &mut dialling => return Some(link),
            request = requests.recv() => request?.refuse(),
        }
    }
}

/// Publishes until the connection is lost (the reason) or the last publisher was dropped (`None`).
async fn serve(
    mut link: Link,
    requests: &mut mpsc::Receiver<Request>,
    open: &watch::Sender<bool>,
    state: &mut LinkState,
) -> Option<String> {
    let mut taken = Vec::with_capacity(BATCH);
    loop {
        tokio::select! {
            change = link.change() => match change {
                Change::Lost(reason) => return Some(reason),
                Change::Blocked(reason) => {
                    open.send_replace(false);
                    state.down(&format!("rabbitmq accepts no publishes: {reason}"));
                }
                Change::Unblocked => {
                    open.send_replace(true);
                    state.up();
                }
            },
            count = requests.recv_many(&mut taken, BATCH) => {
                if count == 0 {
                    return None;
                }
                let now = Instant::now();
                let takes = |request: &Request| *open.borrow() && request.deadline > now;
                let (batch, refused): (Vec<_>, Vec<_>) = taken.drain(..).partition(takes);
                refused.into_iter().for_each(Request::refuse);
                if let Err(reason) = publish(&link.channel, batch).await {
                    return Some(reason);
                }
            }
        }
    }
}

/// Publishes a batch and answers its callers. `Err` when the channel must not be used again.
async fn publish(channel: &Channel, batch: Vec<Request>) -> Result<(), String> {
    let Some(deadline) = batch.iter().map(|request| request.deadline).max() else {
        return Ok(());
    };
    let mut answers: Vec<_> = batch.iter().map(|_| Confirmed::Nothing).collect();
    let mut in_flight: FuturesUnordered<_> = batch
        .iter()
        .enumerate()
        .map(async |(index, request)| (index, publish_one(channel, &request.message).await))
        .collect();
    let mut problem = None;
    loop {
        match tokio::time::timeout_at(deadline, in_flight.next()).await {
            Ok(Some((index, Ok(answer)))) => {
                if let Some(slot) = answers.get_mut(index) {
                    *slot = answer;
                }
            }
            Ok(Some((_, Err(error)))) => problem = Some(error.to_string()),
            Ok(None) => break,
            Err(_) => {
                problem = Some("rabbitmq did not confirm in time".to_owned());
                break;
            }
        }
    }
    drop(in_flight);
    let ids = batch.iter().map(|request| request.message.message_id);
    let confirmed: Vec<_> = ids.zip(answers).collect();
    let results = settle(&confirmed);
    if results.contains(&Err(PublishError::Unroutable)) {
        problem.get_or_insert_with(|| "a queue is missing and is declared again".to_owned());
    }
    for (request, result) in batch.into_iter().zip(results) {
        request.answer(result);
    }
    problem.map_or(Ok(()), Err)
}

async fn publish_one(channel: &Channel, message: &Outgoing) -> Result<Confirmed, lapin::Error> {
    let (exchange, key) = message.queue.address();
    let options = BasicPublishOptions {
        mandatory: true,
        immediate: false,
    };
    let confirm = channel
        .basic_publish(
            exchange.into(),
            key.into(),
            options,
            &message.bytes,
            message.properties.clone(),
        )
        .await?;
    Ok(match confirm.await? {
        Confirmation::Ack(returned) => Confirmed::Ack(id_of(returned)),
        Confirmation::Nack(returned) => Confirmed::Nack(id_of(returned)),
        Confirmation::NotRequested => Confirmed::Nothing,
    })
}

/// The id of a returned message; the nil id, which no message has, when it has none.
fn id_of(returned: Option<BasicReturnMessage>) -> Option<uuid::Uuid> {
    let returned = returned?;
    Some(properties::message_id(&returned.delivery.properties).unwrap_or_default())
}

impl Request {
    fn refuse(self) {
        self.answer(Err(PublishError::Disconnected));
    }

    fn answer(self, result: Result<(), PublishError>) {
        // A caller that has stopped waiting does not need the result.
        self.answer.send(result).ok();
    }
}
