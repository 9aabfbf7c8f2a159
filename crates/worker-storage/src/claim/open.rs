//! A claimed message, sealed as it left the database, and opened for the one post.

use std::fmt;

use chrono::{DateTime, Utc};
use common::ids::{MediaId, MetaMediaId, TemplateId, WabaId};
use common::message::{TimeLimits, Window};
use common::recipient::Recipient;
use common::secret::AccessToken;
use common::template::Category;
use sealing::{BusinessKeys, SealError};

use crate::transitions::MessageKeys;
use database::StorageError;
use database::seal_contexts::{self, IdentifierColumn, MessageColumn};
use storage::messages::MessageContent;

/// A message that is this sender's until its lease ends.
pub struct ClaimedMessage {
    /// Which message.
    pub subject: MessageKeys,
    /// The category of its template, or that of messages without one.
    pub category: Category,
    /// Which attempt this is, from 1.
    pub attempt: u16,
    /// After this it must not leave.
    pub expires_at: Option<DateTime<Utc>>,
    /// Its template, if it is one.
    pub template_id: Option<TemplateId>,
    /// The account that its number belongs to.
    pub waba_id: WabaId,
    /// Tells the account's token from others.
    pub token_fingerprint: String,
    pub(super) token_sealed: Vec<u8>,
    pub(super) recipient_sealed: Vec<u8>,
    /// What Meta calls the recipient's number, with the hash of the identifier that it is stored at.
    pub(super) post_to: Option<(Vec<u8>, Vec<u8>)>,
    pub(super) content_sealed: Vec<u8>,
    /// The content lies in `otp_secrets`.
    pub(super) is_code: bool,
    /// The files that it carries, and what Meta calls each.
    pub(super) media: Vec<(MediaId, MetaMediaId)>,
    /// Up to when every opt-out that Meta reported had been applied when it was claimed.
    pub consent_applied_until: Option<DateTime<Utc>>,
    /// The client's window when it was claimed; it counts for messages without a template.
    pub window: Window,
}

/// Why a claimed message was not opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// What is stored of the message itself is damaged: no key opens it, now or later.
    #[error("the message is damaged: {0}")]
    Damaged(#[source] StorageError),
    /// The keys at hand do not fit, or the account's token is damaged: the message may open later.
    #[error("the message cannot be opened at the moment: {0}")]
    NotNow(#[source] StorageError),
}

/// What is posted, in the clear.
pub struct OpenedMessage {
    /// Who gets it, as Meta calls them where that is known.
    pub recipient: Recipient,
    /// What it says.
    pub content: MessageContent,
    /// The token of the account.
    pub token: AccessToken,
}

impl ClaimedMessage {
    /// What the passing of time changes in the decision of its claim.
    #[must_use]
    pub const fn time_limits(&self) -> TimeLimits<'_> {
        TimeLimits {
            category: &self.category,
            expires_at: self.expires_at,
            window: self.window,
            consent_applied_until: self.consent_applied_until,
        }
    }

    /// Opens what was sealed.
    ///
    /// # Errors
    /// When a value does not open with these keys, or is not what its column holds.
    pub fn open(&self, keys: &BusinessKeys) -> Result<OpenedMessage, OpenError> {
        let damaged = |column| OpenError::Damaged(StorageError::Corrupt { column });
        let (business_id, id) = (self.subject.business_id, self.subject.message_id.as_uuid());
        let recipient = match &self.post_to {
            Some((hash, sealed)) => {
                let column = IdentifierColumn::PostTo;
                keys.open(
                    &seal_contexts::contact_identifier(business_id, hash, column),
                    sealed,
                )?
            }
            None => {
                let seal_context =
                    seal_contexts::message(business_id, &id, MessageColumn::Recipient);
                keys.open(&seal_context, &self.recipient_sealed)?
            }
        };
        let seal_context = if self.is_code {
            seal_contexts::otp_secret(business_id, &id)
        } else {
            seal_contexts::message(business_id, &id, MessageColumn::Content)
        };
        let content = keys.open(&seal_context, &self.content_sealed)?;
        let mut content: MessageContent =
            serde_json::from_slice(&content).map_err(|_| damaged("messages.content_sealed"))?;
        for (ours, theirs) in &self.media {
            content.put_meta_id(*ours, theirs);
        }
        Ok(OpenedMessage {
            token: self.token(keys).map_err(OpenError::NotNow)?,
            recipient: str::from_utf8(&recipient)
                .ok()
                .and_then(|stored| Recipient::from_stored(stored).ok())
                .ok_or(damaged("messages.recipient_sealed"))?,
            content,
        })
    }

    fn token(&self, keys: &BusinessKeys) -> Result<AccessToken, StorageError> {
        let seal_context = seal_contexts::access_token(self.subject.business_id, &self.waba_id);
        let token = keys.open(&seal_context, &self.token_sealed)?;
        let token = str::from_utf8(&token).map_err(|_| StorageError::Corrupt {
            column: "access_tokens.token_sealed",
        })?;
        Ok(AccessToken::new(token.to_owned()))
    }
}

impl From<SealError> for OpenError {
    fn from(error: SealError) -> Self {
        match error {
            SealError::Refused | SealError::Malformed => Self::Damaged(error.into()),
            _ => Self::NotNow(error.into()),
        }
    }
}

impl fmt::Debug for ClaimedMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClaimedMessage")
            .field("subject", &self.subject)
            .field("attempt", &self.attempt)
            .finish_non_exhaustive()
    }
}
