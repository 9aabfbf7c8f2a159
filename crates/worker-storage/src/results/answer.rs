//! An answer to a POST as the sender hands it in, and what of it is sealed.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::fmt;
use std::time::Duration;

use chrono::{DateTime, Utc};
use common::ids::{BusinessId, MessageId, PhoneNumberId, WabaId, Wamid};
use common::message::PostOutcome;
use common::phone::E164;
use common::wire::Identity;
use sealing::{BusinessKeys, HashDomain};
use serde_json::json;

use super::Stop;
use crate::claim::MessageKey;
use crate::send_rate::NumberKey;
use database::StorageError;
use database::Store;
use database::seal_contexts::{self, MessageColumn};

/// What is known after an attempt.
#[derive(Clone)]
pub struct Answer {
    /// Whose message it is.
    pub business_id: BusinessId,
    /// The message.
    pub message_id: MessageId,
    /// Which attempt, from 1.
    pub attempt: u16,
    /// What it makes of the message.
    pub outcome: PostOutcome,
    /// Meta's id of the message, if it accepted it.
    pub wamid: Option<Wamid>,
    /// What Meta said.
    pub detail: AnswerDetail,
    /// When it is tried again, or a doubt is decided; of no meaning for other outcomes.
    pub again_in: Duration,
    /// What else is stopped by it.
    pub stop: Option<Stop>,
    /// The number that Meta throttled with it: its send rate is halved.
    pub throttled: Option<PhoneNumberId>,
    /// Who the recipient is, as far as Meta's answer tells more than the message did.
    pub recipient: Option<AnsweredRecipient>,
    /// When the attempt ended.
    pub ended_at: DateTime<Utc>,
}

/// Who Meta says that the recipient of a message is. It is never printed.
#[derive(Clone)]
pub struct AnsweredRecipient {
    /// The number that the message was posted to; `None` when it was posted to a user id.
    pub posted_to: Option<E164>,
    /// What Meta calls the person.
    pub identity: Identity,
    /// The account that it left from.
    pub waba_id: WabaId,
}

/// What Meta said of an attempt.
#[derive(Clone, Default)]
pub struct AnswerDetail {
    /// The HTTP status, if there was one.
    pub http_status: Option<u16>,
    /// Meta's error code.
    pub error_code: Option<i32>,
    /// What Meta's support asks for.
    pub fbtrace_id: Option<String>,
    /// Our short words for the code.
    pub title: Option<String>,
    /// Meta's longer words. They may name a person.
    pub details: Option<String>,
}

/// What of an answer is sealed or hashed.
#[derive(Default)]
pub(super) struct Sealed {
    pub(super) wamid: Option<Vec<u8>>,
    pub(super) wamid_hash: Option<[u8; 32]>,
    pub(super) error: Option<Vec<u8>>,
}

impl Answer {
    pub(super) const fn key(&self) -> MessageKey {
        (self.business_id, self.message_id)
    }

    pub(super) fn throttled(&self) -> Option<NumberKey> {
        Some((self.business_id, self.throttled.clone()?))
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("message_id", &self.message_id)
            .field("attempt", &self.attempt)
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}

/// Seals what the answers hold of persons, in their order, before a transaction is opened.
pub(super) async fn seal(store: &Store, answers: &[Answer]) -> Result<Vec<Sealed>, StorageError> {
    let mut rings: HashMap<BusinessId, Option<BusinessKeys>> = HashMap::new();
    let mut sealed = Vec::with_capacity(answers.len());
    for answer in answers {
        let has_secrets = answer.wamid.is_some() || answer.detail.error_code.is_some();
        let keys = match rings.entry(answer.business_id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) if has_secrets => {
                place.insert(keys(store, answer.business_id).await?)
            }
            Entry::Vacant(_) => &mut None,
        };
        sealed.push(
            keys.as_ref()
                .map(|keys| Sealed::of(answer, keys))
                .transpose()?
                .unwrap_or_default(),
        );
    }
    Ok(sealed)
}

/// The keys of a business; `None` when they were destroyed, which must not keep others' answers from being recorded.
async fn keys(
    store: &Store,
    business_id: BusinessId,
) -> Result<Option<BusinessKeys>, StorageError> {
    match store.keys(business_id).await {
        Ok(keys) => Ok(Some(keys)),
        Err(error) if error.is_unavailable() => Err(error),
        Err(_) => Ok(None),
    }
}

impl Sealed {
    fn of(answer: &Answer, keys: &BusinessKeys) -> Result<Self, StorageError> {
        let id = answer.message_id.as_uuid();
        let seal = |column, plain: &[u8]| {
            keys.seal(
                &seal_contexts::message(answer.business_id, &id, column),
                plain,
            )
        };
        let wamid = answer.wamid.as_ref().map(|wamid| wamid.expose().as_bytes());
        let has_error =
            answer.outcome == PostOutcome::Rejected && answer.detail.error_code.is_some();
        let error =
            json!({"title": answer.detail.title, "details": answer.detail.details}).to_string();
        Ok(Self {
            wamid: wamid
                .map(|wamid| seal(MessageColumn::Wamid, wamid))
                .transpose()?,
            wamid_hash: wamid.map(|wamid| keys.lookup_hash(HashDomain::Wamid, wamid).bytes),
            error: if has_error {
                Some(seal(MessageColumn::Error, error.as_bytes())?)
            } else {
                None
            },
        })
    }
}
