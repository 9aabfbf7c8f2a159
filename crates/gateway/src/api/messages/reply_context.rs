//! What has to be asked of the database before a message joins a conversation: whether the client's window is open, which
//! message it answers, and whether a number that no country has is a client's. Messages that need none of it ask nothing.

use std::collections::{HashMap, HashSet};

use chrono::SecondsFormat;
use common::message::Window;
use sealing::BusinessKeys;
use storage::BusinessScope;
use storage::in_time;
use storage::messages::MessageBody;
use storage::reply_targets::{self, Quotable};
use storage::service_windows::{self, Client};
use storage::{contacts, lookup};
use uuid::Uuid;
use worker_storage::accept::NewMessage;

use super::request::Checked;
use crate::problem::{Problem, ProblemCode};
use crate::state::AppState;

const NEVER_OPEN: &str = "the client never wrote to this number, or not for a month";

/// What the database says of the messages of one call.
struct ReplyTargets<'a> {
    state: &'a AppState,
    keys: BusinessKeys,
    windows: HashMap<Client, Window>,
    targets: HashMap<Uuid, Quotable>,
    /// Hashes by which clients of the business are or were named, of those that were asked for.
    named: HashSet<Vec<u8>>,
    /// For each recipient of an answer: all hashes of the same client.
    siblings: HashMap<Vec<u8>, HashSet<Vec<u8>>>,
}

/// The message, if its window is open and what it answers can be quoted.
pub(super) async fn resolve(
    state: &AppState,
    scope: &BusinessScope,
    message: Checked,
) -> Result<NewMessage, Problem> {
    let joined = resolve_all(state, scope, vec![((), message)]).await?;
    let only = joined.into_iter().next().map(|((), message)| message);
    only.unwrap_or_else(|| Err(Problem::internal("one message became none")))
}

/// The same for many; each keeps its place.
pub(super) async fn resolve_all<P>(
    state: &AppState,
    scope: &BusinessScope,
    messages: Vec<(P, Checked)>,
) -> Result<Vec<(P, Result<NewMessage, Problem>)>, Problem> {
    let asks = |message: &Checked| {
        message.reply_to.is_some() || message.unlisted.is_some() || needs_window(&message.message)
    };
    if !messages.iter().any(|(_, message)| asks(message)) {
        let joined = messages.into_iter();
        return Ok(joined.map(|(place, it)| (place, Ok(it.message))).collect());
    }
    // In a place of its own: most messages are templates, and need not carry the room that it takes.
    let known = Box::pin(ReplyTargets::ask(state, scope, &messages)).await?;
    let joined = messages.into_iter();
    Ok(joined
        .map(|(place, message)| (place, known.resolve(message)))
        .collect())
}

fn needs_window(message: &NewMessage) -> bool {
    matches!(message.content.body, MessageBody::FreeForm(_))
}

impl<'a> ReplyTargets<'a> {
    async fn ask<P>(
        state: &'a AppState,
        scope: &BusinessScope,
        messages: &[(P, Checked)],
    ) -> Result<Self, Problem> {
        let keys = scope.keys().await?;
        let all = || messages.iter().map(|(_, message)| message);
        let clients = all()
            .filter(|message| needs_window(&message.message))
            .flat_map(|message| clients(&keys, &message.message))
            .collect();
        let quoted: Vec<Uuid> = all().filter_map(|message| message.reply_to).collect();
        let hashes_of = |wanted: fn(&Checked) -> bool| -> Vec<Vec<u8>> {
            let recipients = all().filter(|message| wanted(message));
            recipients
                .flat_map(|message| hashes(&keys, &message.message))
                .collect()
        };
        let unlisted = hashes_of(|message| message.unlisted.is_some());
        let answered = hashes_of(|message| message.reply_to.is_some());
        let read = async {
            let mut transaction = scope.begin().await?;
            let windows = service_windows::find(&mut transaction, scope, clients).await?;
            let targets = reply_targets::find(&mut transaction, scope, &keys, &quoted).await?;
            let named = contacts::known_hashes(&mut transaction, scope, &unlisted).await?;
            let siblings = contacts::sibling_hashes(&mut transaction, scope, &answered).await?;
            Ok((windows, targets, named, siblings))
        };
        let (windows, targets, named, siblings) = in_time(read).await?;
        Ok(Self {
            state,
            keys,
            windows,
            targets,
            named,
            siblings,
        })
    }

    fn resolve(&self, message: Checked) -> Result<NewMessage, Problem> {
        let Checked {
            mut message,
            reply_to,
            unlisted,
        } = message;
        if let Some(problem) = unlisted.filter(|_| !self.is_named(&message)) {
            return Err(problem);
        }
        let window = self.check_window(&message);
        let quoted = reply_to.map(|id| self.quote(&message, id)).transpose();
        match (window, quoted) {
            (Ok(()), Ok(wamid)) => {
                message.content.reply_to_wamid = wamid;
                Ok(message)
            }
            (window, quoted) => Err(Problem::all(
                [window.err(), quoted.err()].into_iter().flatten(),
            )),
        }
    }

    /// Whether Meta named a client of the business by the recipient's number.
    fn is_named(&self, message: &NewMessage) -> bool {
        hashes(&self.keys, message).any(|hash| self.named.contains(&hash))
    }

    /// Whether what was exchanged with `client` was so between this message's number and its recipient, under whatever
    /// name.
    fn is_between_same(&self, message: &NewMessage, client: &Client) -> bool {
        let is_same = |hash: Vec<u8>| {
            let siblings = self.siblings.get(&hash);
            hash == client.contact_hash
                || siblings.is_some_and(|names| names.contains(&client.contact_hash))
        };
        client.phone_number_id == message.phone_number_id.as_str()
            && hashes(&self.keys, message).any(is_same)
    }

    fn check_window(&self, message: &NewMessage) -> Result<(), Problem> {
        let MessageBody::FreeForm(content) = &message.content.body else {
            return Ok(());
        };
        let found = clients(&self.keys, message)
            .filter_map(|client| self.windows.get(&client).copied())
            .max_by_key(|window| window.last_inbound_at);
        let window = found.unwrap_or_default();
        if window.is_open(self.state.clock.now()) {
            return Ok(());
        }
        let since = window.closes_at().map_or_else(
            || NEVER_OPEN.to_owned(),
            |at| {
                let at = at.to_rfc3339_opts(SecondsFormat::Secs, true);
                format!("the client's window is closed since {at}")
            },
        );
        Err(Problem::new(ProblemCode::WindowClosed)
            .at(format!("/{}", content.kind()), since)
            .detail(
                "Within 24 hours of a client's last message to the number, messages of every kind may be sent; at any \
                 other time templates alone. Nothing was stored. Send a template instead.",
            ))
    }

    /// Meta's id of the message that is answered.
    fn quote(&self, message: &NewMessage, id: Uuid) -> Result<String, Problem> {
        let refused =
            |detail: &str| Problem::new(ProblemCode::ReplyToUnknown).at("/reply_to", detail);
        let targets = self.targets.get(&id);
        let targets = targets.filter(|it| self.is_between_same(message, &it.client));
        let targets = targets
            .ok_or_else(|| refused("is no message between this number and this recipient"))?;
        let wamid = targets.wamid.clone();
        wamid.ok_or_else(|| refused("is a message that WhatsApp has not taken, or not yet"))
    }
}

/// The recipient at the number, under every live version of the business's look-up key.
fn clients(keys: &BusinessKeys, message: &NewMessage) -> impl Iterator<Item = Client> {
    let phone_number_id = message.phone_number_id.to_string();
    hashes(keys, message).map(move |contact_hash| Client {
        phone_number_id: phone_number_id.clone(),
        contact_hash,
    })
}

/// The recipient's hashes under every live version of that key.
fn hashes(keys: &BusinessKeys, message: &NewMessage) -> impl Iterator<Item = Vec<u8>> + use<> {
    let hashes = lookup::hashes(keys, &message.recipient).into_iter();
    hashes.map(|hash| hash.bytes.to_vec())
}
