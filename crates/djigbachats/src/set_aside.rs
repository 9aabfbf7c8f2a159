//! What an operator does with messages that were set aside in the broker.

use std::collections::HashSet;
use std::sync::Arc;

use anyhow::{Context, bail};
use bootstrap::clock::SystemClock;
use broker::{Content, DeadLetterKind, SetAside, SetAsideMessage};
use uuid::Uuid;

use crate::cli::SetAsideCommand;
use crate::output;
use crate::settings::Settings;

/// As many as a pile can hold.
const ALL: usize = usize::MAX;

/// Lists, shows or puts back.
pub(crate) async fn act(settings: &Settings, command: SetAsideCommand) -> anyhow::Result<()> {
    let operator = SetAside::open(&settings.broker()?, Arc::new(SystemClock))
        .await
        .context("nothing was looked at or changed")?;
    match command {
        SetAsideCommand::List { most } => list(&fetch(&operator, most).await?),
        SetAsideCommand::Show { id } => show(&fetch(&operator, ALL).await?, id),
        SetAsideCommand::Replay { ids, .. } => {
            let lying = fetch(&operator, ALL).await?;
            replay(&operator, &lying, &ids.into_iter().collect()).await
        }
    }
}

async fn fetch(operator: &SetAside, most: usize) -> anyhow::Result<Vec<SetAsideMessage>> {
    let mut lying = Vec::new();
    for pile in DeadLetterKind::ALL {
        lying.extend(operator.fetch(pile, most).await?);
    }
    Ok(lying)
}

fn list(lying: &[SetAsideMessage]) -> anyhow::Result<()> {
    if lying.is_empty() {
        return output::print("Nothing is set aside.");
    }
    let lines: Vec<String> = lying.iter().map(line).collect();
    output::print(&lines.join("\n"))
}

fn show(lying: &[SetAsideMessage], id: Uuid) -> anyhow::Result<()> {
    let Some(message) = lying.iter().find(|message| message.id() == Some(id)) else {
        bail!("nothing with the id {id} is set aside; `djigbachats set-aside list` shows what is");
    };
    output::print(&format!("{}\n{}", line(message), said(message)))
}

/// Puts back what is named, or everything when nothing is. One that cannot be put back keeps no other from it.
async fn replay(
    operator: &SetAside,
    lying: &[SetAsideMessage],
    named: &HashSet<Uuid>,
) -> anyhow::Result<()> {
    let is_wanted = |message: &&SetAsideMessage| {
        named.is_empty() || message.id().is_some_and(|id| named.contains(&id))
    };
    let (mut put_back, mut refused) = (0_usize, 0_usize);
    for message in lying.iter().filter(is_wanted) {
        match operator.put_back(message).await {
            Ok(()) => put_back += 1,
            Err(error) => {
                refused += 1;
                output::print(&format!("{}\n  {error}", line(message)))?;
            }
        }
    }
    output::print(&format!("{put_back} put back."))?;
    let there: HashSet<Uuid> = lying.iter().filter_map(SetAsideMessage::id).collect();
    let absent: Vec<String> = named.difference(&there).map(Uuid::to_string).collect();
    if refused > 0 {
        bail!("{refused} could not be put back and are still set aside, for the reasons above");
    }
    if !absent.is_empty() {
        bail!("not among what is set aside: {}", absent.join(", "));
    }
    Ok(())
}

/// `quarantine <id> djigbachats.v1.SendMessages from sender.send, 2026-11-25 13:00:00 UTC, 14 bytes: why`
fn line(message: &SetAsideMessage) -> String {
    let id = message
        .id()
        .map_or("(no id)".to_owned(), |id| id.to_string());
    let origin = message
        .origin()
        .map_or("nowhere we know", |queue| queue.name());
    let at = message
        .published_at()
        .map_or("at no known time".to_owned(), |at| at.to_string());
    let (pile, word) = (message.pile().as_str(), message.word());
    let (size, reason) = (message.bytes().len(), message.reason());
    format!("{pile} {id} {word} from {origin}, {at}, {size} bytes: {reason}")
}

/// What the message says, in lines that begin with two blanks. Only ids: the rest is sealed.
fn said(message: &SetAsideMessage) -> String {
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
                    id.map_or("  a tick".to_owned(), |id| {
                        format!("  an event at phone_number_id {id}")
                    })
                })
                .collect()
        }
        Content::Webhook(webhook) => {
            vec![format!("  a webhook received at {}", webhook.received_at)]
        }
        Content::Unreadable { reason } => vec![format!("  cannot be read: {reason}")],
    };
    lines.join("\n")
}
