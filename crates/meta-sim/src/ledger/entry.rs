//! Ledger records: of one accepted POST, and of all POSTs of one message.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// The answer to an accepted POST.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answered {
    /// The whole 200.
    Fully,
    /// Nothing: the connection was cut.
    Cut,
    /// The 200, delayed.
    Late,
    /// The first half of the JSON.
    Truncated,
    /// HTTP 500 with an HTML page.
    Html500,
}

/// One accepted POST.
#[derive(Clone, Serialize, Deserialize)]
pub struct LedgerEntry {
    /// Position in the ledger, from 1.
    pub sequence: u64,
    /// Unix milliseconds.
    pub accepted_at_ms: i64,
    /// The sender's own id of the message.
    pub biz_opaque_callback_data: Option<String>,
    /// How often this `biz_opaque_callback_data` has been accepted, including this time; 1 without one.
    pub repetition: u32,
    /// The number that sent.
    pub phone_number_id: String,
    /// The recipient as named in the request.
    pub input: String,
    /// The recipient as known to WhatsApp; absent when addressed by BSUID.
    pub wa_id: Option<String>,
    /// The recipient's BSUID.
    pub user_id: String,
    /// The message's id at Meta.
    pub wamid: String,
    /// `template`, `text` and so on.
    #[serde(rename = "type")]
    pub kind: String,
    /// The template's name.
    pub template: Option<String>,
    /// The template's category in lower case, `service` for other messages, `marketing_lite` for what came by
    /// `/marketing_messages`.
    pub category: String,
    /// The answer.
    pub answered: Answered,
    /// The request's body, when the configuration keeps bodies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Box<RawValue>>,
}

impl fmt::Debug for LedgerEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LedgerEntry")
            .field("sequence", &self.sequence)
            .field("repetition", &self.repetition)
            .field("phone_number_id", &self.phone_number_id)
            .field("answered", &self.answered)
            .finish_non_exhaustive()
    }
}

/// All accepted POSTs under one `biz_opaque_callback_data`. A POST without one is a message of its own. No field
/// identifies the recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedMessage {
    /// The sender's own id of the message.
    pub biz_opaque_callback_data: Option<String>,
    /// How often it was accepted.
    pub times: u32,
    /// When it was accepted first, Unix milliseconds.
    pub first_accepted_at_ms: i64,
    /// When it was accepted last, Unix milliseconds.
    pub last_accepted_at_ms: i64,
    /// Position of its first acceptance in the ledger.
    pub first_sequence: u64,
    /// The distinct numbers that sent it; more than one is an error of the sender.
    pub phone_number_ids: Vec<String>,
    /// `template`, `text` and so on, of the first acceptance.
    #[serde(rename = "type")]
    pub kind: String,
    /// The template's name, of the first acceptance.
    pub template: Option<String>,
    /// The category, of the first acceptance.
    pub category: String,
    /// The answer to each POST.
    pub answered: Vec<Answered>,
}

/// The content of a new entry; the ledger assigns position, time and repetition.
#[derive(Clone, Copy)]
pub(crate) struct Acceptance<'a> {
    pub(crate) opaque: Option<&'a str>,
    pub(crate) phone_number_id: &'a str,
    pub(crate) input: &'a str,
    pub(crate) wa_id: Option<&'a str>,
    pub(crate) user_id: &'a str,
    pub(crate) wamid: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) template: Option<&'a str>,
    pub(crate) category: &'a str,
    pub(crate) answered: Answered,
    pub(crate) body: Option<&'a RawValue>,
}

impl LedgerEntry {
    /// The content of this entry.
    pub(crate) fn acceptance(&self) -> Acceptance<'_> {
        Acceptance {
            opaque: self.biz_opaque_callback_data.as_deref(),
            phone_number_id: &self.phone_number_id,
            input: &self.input,
            wa_id: self.wa_id.as_deref(),
            user_id: &self.user_id,
            wamid: &self.wamid,
            kind: &self.kind,
            template: self.template.as_deref(),
            category: &self.category,
            answered: self.answered,
            body: self.body.as_deref(),
        }
    }
}
