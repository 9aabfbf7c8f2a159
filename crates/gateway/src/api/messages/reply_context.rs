//! The checks of a reply that query the database: whether the customer service window is open, which message it quotes,
//! and whether a number of no numbering plan belongs to a customer. Messages that need none of these make no query.

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

const NEVER_OPEN: &str = "the customer never wrote to this number, or not within a month";

/// The results of the queries for the messages of one call.
struct ReplyTargets<'a> {
    state: &'a AppState,
    keys: BusinessKeys,
    windows: HashMap<Client, Window>,
    targets: HashMap<Uuid, Quotable>,
    /// Those of the given hashes under which customers of the business are or were stored.
    named: HashSet<Vec<u8>>,
    /// For each recipient of a reply: all hashes of the same contact.
    siblings: HashMap<Vec<u8>, HashSet<Vec<u8>>>,
}

/// The message, if its window is open and the message that it quotes can be quoted.
pub(super) async fn resolve(
    state: &AppState,
    scope: &BusinessScope,
    message: Checked,
) -> Result<NewMessage, Problem> {
    let joined = resolve_all(state, scope, vec![((), message)]).await?;
    let only = joined.into_iter().next().map(|((), message)| message);
    only.unwrap_or_else(|| Err(Problem::internal("one message became none")))
}

/// The same for several messages; the order is kept.
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
        return Ok(joined.map(|(index, it)| (index, Ok(it.message))).collect());
    }
    // Boxed: most messages are templates, and their future should not be larger because of this one.
    let known = Box::pin(ReplyTargets::ask(state, scope, &messages)).await?;
    let joined = messages.into_iter();
    Ok(joined
        .map(|(index, message)| (index, known.resolve(message)))
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

    /// Whether a customer of the business is stored under the recipient's number.
    fn is_named(&self, message: &NewMessage) -> bool {
        hashes(&self.keys, message).any(|hash| self.named.contains(&hash))
    }

    /// Whether messages that were exchanged with `client` were between this message's number and its recipient, under
    /// any of the recipient's identifiers.
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
                format!("the customer service window closed at {at}")
            },
        );
        Err(Problem::new(ProblemCode::WindowClosed)
            .at(format!("/{}", content.kind()), since)
            .detail(
                "Messages without a template can be sent only within 24 hours of a customer's last message to the \
                 number. Nothing was stored. Send a template instead.",
            ))
    }

    /// Meta's id of the message that is quoted.
    fn quote(&self, message: &NewMessage, id: Uuid) -> Result<String, Problem> {
        let refused =
            |detail: &str| Problem::new(ProblemCode::ReplyToUnknown).at("/reply_to", detail);
        let targets = self.targets.get(&id);
        let targets = targets.filter(|it| self.is_between_same(message, &it.client));
        let targets = targets
            .ok_or_else(|| refused("is not a message between this number and this recipient"))?;
        let wamid = targets.wamid.clone();
        wamid.ok_or_else(|| refused("is a message that WhatsApp has not accepted, or not yet"))
    }
}

/// The pair of number and recipient, hashed with every live version of the business's look-up key.
fn clients(keys: &BusinessKeys, message: &NewMessage) -> impl Iterator<Item = Client> {
    let phone_number_id = message.phone_number_id.to_string();
    hashes(keys, message).map(move |contact_hash| Client {
        phone_number_id: phone_number_id.clone(),
        contact_hash,
    })
}

/// The recipient's hashes with every live version of that key.
fn hashes(keys: &BusinessKeys, message: &NewMessage) -> impl Iterator<Item = Vec<u8>> + use<> {
    let hashes = lookup::hashes(keys, &message.recipient).into_iter();
    hashes.map(|hash| hash.bytes.to_vec())
}
