//! The commands `dead-letter` and `quarantine`: list, show and replay messages that no consumer handles any more.

use std::collections::HashSet;
use std::sync::Arc;

use anyhow::{Context, bail};
use bootstrap::clock::SystemClock;
use broker::{Content, DeadLetter, DeadLetterKind, DeadLetters};
use uuid::Uuid;

use crate::cli::DeadLetterCommand;
use crate::output;
use crate::settings::Settings;

/// As many as a queue can hold.
const ALL: usize = usize::MAX;

/// Lists, shows or replays those of a kind.
pub(crate) async fn run(
    settings: &Settings,
    kind: DeadLetterKind,
    command: DeadLetterCommand,
) -> anyhow::Result<()> {
    let operator = DeadLetters::open(&settings.broker()?, Arc::new(SystemClock))
        .await
        .context("nothing was read or changed")?;
    match command {
        DeadLetterCommand::List { limit } => list(kind, &operator.fetch(kind, limit).await?),
        DeadLetterCommand::Show { id } => show(kind, &operator.fetch(kind, ALL).await?, id),
        DeadLetterCommand::Replay { ids, .. } => {
            let found = operator.fetch(kind, ALL).await?;
            replay(&operator, &found, &ids.into_iter().collect()).await
        }
    }
}

fn list(kind: DeadLetterKind, found: &[DeadLetter]) -> anyhow::Result<()> {
    if found.is_empty() {
        return output::print(&format!("The queue {} is empty.", kind.queue().name()));
    }
    let lines: Vec<String> = found.iter().map(summary).collect();
    output::print(&lines.join("\n"))
}

fn show(kind: DeadLetterKind, found: &[DeadLetter], id: Uuid) -> anyhow::Result<()> {
    let Some(message) = found.iter().find(|message| message.id() == Some(id)) else {
        let queue = kind.queue().name();
        bail!("the queue {queue} has no message {id}; the command `list` shows what it has");
    };
    output::print(&format!("{}\n{}", summary(message), content(message)))
}

/// Replays those with the given ids, or all when there are none. One failure does not prevent the others.
async fn replay(
    operator: &DeadLetters,
    found: &[DeadLetter],
    ids: &HashSet<Uuid>,
) -> anyhow::Result<()> {
    let is_wanted =
        |message: &&DeadLetter| ids.is_empty() || message.id().is_some_and(|id| ids.contains(&id));
    let (mut replayed, mut failed) = (0_usize, 0_usize);
    for message in found.iter().filter(is_wanted) {
        match operator.replay(message).await {
            Ok(()) => replayed += 1,
            Err(error) => {
                failed += 1;
                output::print(&format!("{}\n  {error}", summary(message)))?;
            }
        }
    }
    output::print(&format!("{replayed} replayed."))?;
    let present: HashSet<Uuid> = found.iter().filter_map(DeadLetter::id).collect();
    let absent: Vec<String> = ids.difference(&present).map(Uuid::to_string).collect();
    if failed > 0 {
        bail!("{failed} could not be replayed and are still there, for the reasons above");
    }
    if !absent.is_empty() {
        bail!("not found: {}", absent.join(", "));
    }
    Ok(())
}

/// `<id> djigbachats.v1.SendMessages from sender.send, 2026-11-25 13:00:00 UTC, 14 bytes: reason`
fn summary(message: &DeadLetter) -> String {
    let id = message
        .id()
        .map_or("(no id)".to_owned(), |id| id.to_string());
    let origin = message
        .origin()
        .map_or("an unknown queue", |queue| queue.name());
    let at = message
        .published_at()
        .map_or("at an unknown time".to_owned(), |at| at.to_string());
    let (type_name, size) = (message.type_name(), message.bytes().len());
    let reason = message.reason();
    format!("{id} {type_name} from {origin}, {at}, {size} bytes: {reason}")
}

/// The content in lines indented by two spaces. Only ids: the rest is sealed.
fn content(message: &DeadLetter) -> String {
    let lines: Vec<String> = match message.content() {
        Content::Send(job) => {
            let messages = job.messages.iter().map(|message| {
                let (business, id) = (message.business_id, message.message_id);
                format!("  business {business} message {id}")
            });
            let lane = format!("  lane {}", job.lane.as_str());
            std::iter::once(lane).chain(messages).collect()
        }
        Content::Sync(job) => vec![format!(
            "  business {} waba {}",
            job.business_id, job.waba_id
        )],
        Content::Events(envelope) => {
            let numbers = envelope
                .events
                .iter()
                .map(|event| event.phone_number_id.as_ref());
            numbers
                .map(|id| {
                    id.map_or("  a consent marker".to_owned(), |id| {
                        format!("  an update for phone_number_id {id}")
                    })
                })
                .collect()
        }
        Content::Webhook(webhook) => {
            vec![format!("  a webhook received at {}", webhook.received_at)]
        }
        Content::Unreadable { reason } => vec![format!("  cannot be decoded: {reason}")],
    };
    lines.join("\n")
}
