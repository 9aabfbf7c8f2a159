//! A call that waits for its group: its messages are sealed and hashed already, so that the transaction only writes.

use chrono::{DateTime, TimeDelta, Utc};
use common::ids::{BusinessId, MediaId, MessageId, PhoneNumberId, TemplateId, first_uuid_at};
use common::message::{Lane, OTP_LIFE, expires_at};
use common::recipient::Recipient;
use common::template::Category;
use sealing::{BusinessKeys, HashDomain, LookupHash};
use uuid::Uuid;

use crate::media::FileColumns;
use database::StorageError;
use database::lookup;
use database::seal_contexts::{self, MessageColumn};
use storage::idempotency_keys::StoredAnswer;
use storage::messages::MessageContent;

/// How old the id of a message may be when its group is committed: well below the age from which an accepted message
/// counts as lost, so that the sweep never stands above an id that is not committed yet.
pub const ID_LIFE: TimeDelta = TimeDelta::seconds(30);

/// What is unique among the calls of a group.
pub(super) type Key = (Uuid, [u8; 32]);

/// A message to accept, in the clear and checked.
pub struct NewMessage {
    /// Its id.
    pub id: MessageId,
    /// The number that it leaves from.
    pub phone_number_id: PhoneNumberId,
    /// Its template; `None` for a message that is none.
    pub template_id: Option<TemplateId>,
    /// The template's category, or [`Category::Service`].
    pub category: Category,
    /// Who gets it.
    pub recipient: Recipient,
    /// What it says.
    pub content: MessageContent,
    /// The files that it carries, each once, which its content names too.
    pub media_ids: Vec<MediaId>,
    /// The caller's own reference.
    pub reference: Option<String>,
    /// When its caller wants it to expire; [`common::message::expires_at`] decides.
    pub expires_at: Option<DateTime<Utc>>,
    /// When the offer in it ends.
    pub offer_ends_at: Option<DateTime<Utc>>,
    /// When it is accepted.
    pub accepted_at: DateTime<Utc>,
}

/// A call whose messages are ready to be written: all of them in one group, or none.
pub struct PendingAccept {
    pub(super) business_id: Uuid,
    pub(super) key_hash: [u8; 32],
    pub(super) answer: StoredAnswer,
    /// The body of the answer as it is written.
    pub(super) body_sealed: Vec<u8>,
    messages: Vec<PendingMessage>,
    /// What opens the answer that an earlier call with the same key got.
    keys: BusinessKeys,
}

/// A message that is ready to be written.
pub struct PendingMessage {
    pub(super) business_id: Uuid,
    pub(super) id: Uuid,
    pub(super) phone_number_id: String,
    pub(super) template_id: Option<String>,
    pub(super) category: i16,
    pub(super) lane: Lane,
    pub(super) recipient_hash: LookupHash,
    pub(super) recipient_sealed: Vec<u8>,
    /// Absent for one-time codes.
    pub(super) content_sealed: Option<Vec<u8>>,
    /// The content of a one-time code, and when it goes.
    pub(super) otp_secret: Option<(Vec<u8>, DateTime<Utc>)>,
    pub(super) reference_hash: Option<LookupHash>,
    pub(super) reference_sealed: Option<Vec<u8>>,
    pub(super) expires_at: DateTime<Utc>,
    pub(super) files: FileColumns,
}

impl PendingAccept {
    /// Seals and hashes what names a person in the messages of the business whose keys these are. `key_hash` is that of
    /// the call's idempotency key, and `answer` what the call is answered with and will be again: it is sealed too.
    ///
    /// # Errors
    /// When a value cannot be sealed.
    pub fn seal(
        keys: &BusinessKeys,
        messages: &[NewMessage],
        key_hash: [u8; 32],
        answer: StoredAnswer,
    ) -> Result<Self, StorageError> {
        let messages = messages
            .iter()
            .map(|message| PendingMessage::seal(keys, message));
        Ok(Self {
            business_id: keys.business_id(),
            key_hash,
            body_sealed: answer.sealed_body(keys, &key_hash)?,
            answer,
            messages: messages.collect::<Result<_, _>>()?,
            keys: keys.clone(),
        })
    }

    /// An answer that was stored under the key of this call.
    pub(super) fn open(&self, stored: StoredAnswer) -> Result<StoredAnswer, StorageError> {
        stored.opened(&self.keys, &self.key_hash)
    }

    /// Its messages, in the caller's order.
    #[must_use]
    pub fn messages(&self) -> &[PendingMessage] {
        &self.messages
    }

    /// Whether one of its ids is too old to be stored.
    pub(super) fn is_late(&self, now: DateTime<Utc>) -> bool {
        let oldest = first_uuid_at(now - ID_LIFE);
        self.messages.iter().any(|message| message.id < oldest)
    }

    /// Whose call it is.
    #[must_use]
    pub const fn business_id(&self) -> BusinessId {
        BusinessId::from_uuid(self.business_id)
    }

    pub(super) const fn key(&self) -> Key {
        (self.business_id, self.key_hash)
    }
}

impl PendingMessage {
    /// The content of a one-time code goes to its own table, and the message does not outlive it.
    fn seal(keys: &BusinessKeys, message: &NewMessage) -> Result<Self, StorageError> {
        let business_id = BusinessId::from_uuid(keys.business_id());
        let id = message.id.as_uuid();
        let seal = |column, plain: &[u8]| {
            keys.seal(&seal_contexts::message(business_id, &id, column), plain)
        };
        let content = serde_json::to_vec(&message.content)
            .map_err(|error| StorageError::Refused(Box::new(error)))?;
        let (mut content_sealed, mut otp_secret) = (None, None);
        let expires_at = expires_at(
            &message.category,
            message.accepted_at,
            message.expires_at,
            message.offer_ends_at,
        );
        if message.category == Category::Authentication {
            let gone_at = message.accepted_at + OTP_LIFE;
            otp_secret = Some((
                keys.seal(&seal_contexts::otp_secret(business_id, &id), &content)?,
                gone_at,
            ));
        } else {
            content_sealed = Some(seal(MessageColumn::Content, &content)?);
        }
        let reference = message.reference.as_deref().map(str::as_bytes);
        Ok(Self {
            business_id: business_id.as_uuid(),
            id,
            phone_number_id: message.phone_number_id.to_string(),
            template_id: message.template_id.as_ref().map(ToString::to_string),
            category: message.category.code(),
            lane: Lane::of_single(&message.category),
            recipient_hash: lookup::hash(keys, &message.recipient),
            recipient_sealed: seal(
                MessageColumn::Recipient,
                message.recipient.as_stored().as_bytes(),
            )?,
            content_sealed,
            otp_secret,
            reference_hash: reference.map(|plain| keys.lookup_hash(HashDomain::Reference, plain)),
            reference_sealed: reference
                .map(|plain| seal(MessageColumn::Reference, plain))
                .transpose()?,
            expires_at,
            files: FileColumns::of(&message.media_ids),
        })
    }

    /// Whose message it is.
    #[must_use]
    pub const fn business_id(&self) -> BusinessId {
        BusinessId::from_uuid(self.business_id)
    }

    /// The lane that it travels in.
    #[must_use]
    pub const fn lane(&self) -> Lane {
        self.lane
    }

    /// Its id.
    #[must_use]
    pub const fn id(&self) -> MessageId {
        MessageId::from_uuid(self.id)
    }
}
