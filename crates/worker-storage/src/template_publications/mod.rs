//! What businesses asked of Meta for templates, as the worker that carries it out needs it: publications that are due
//! (under `djigbachats_sync`, across businesses), what each one needs, and what came of it (in the scope of its business).
//!
//! An account has one publication in hand at a time: its lease is unique in the database. The lease of a worker that died
//! ends by itself; the attempt that follows has a greater number, and what an older attempt still writes is dropped.

mod call_budget;
mod claim;
mod end;
mod load;
mod samples;

use chrono::{DateTime, Utc};
use common::explanation::Explanation;
use common::ids::{DraftId, PublicationId, TemplateId};
use common::template::{PublicationAction, TemplateStatus};
use serde_json::Value;

use crate::template_sync::Account;

pub use call_budget::{calls_resume_at, pause_all_calls, pause_calls};
pub use claim::{ClaimedPublication, claim_due, oldest_overdue};
pub use end::{Acceptance, Affected, accept, postpone, refuse};
pub use load::load;
pub use samples::{Sample, read_sample};

/// A publication that is this worker's until its lease ends.
#[derive(Debug, Clone, PartialEq)]
pub struct Publication {
    /// Of which account.
    pub account: Account,
    /// Its id.
    pub publication_id: PublicationId,
    /// Which attempt this is, from 1.
    pub attempt: i16,
    /// What is asked for.
    pub action: PublicationAction,
    /// The template's name.
    pub name: String,
    /// The template's language; `None` for a deletion of all languages.
    pub language: Option<String>,
    /// Meta's id of the template that is edited or deleted.
    pub template_id: Option<TemplateId>,
    /// The draft that is published.
    pub draft_id: Option<DraftId>,
    /// The template as it was written; `None` for a deletion.
    pub definition: Option<Value>,
    /// Why it waited, after an attempt that ended so.
    pub explanation: Option<Explanation>,
}

/// What was done for the account before, as far as Meta's limits count it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct History {
    /// When templates were created within the last hour, the oldest first.
    pub created_at: Vec<DateTime<Utc>>,
    /// When this template was edited within the last 30 days, the oldest first.
    pub edited_at: Vec<DateTime<Utc>>,
    /// The stored status of this template.
    pub status: Option<TemplateStatus>,
    /// The stored components of this template.
    pub components: Option<Value>,
    /// Until when Meta allows no calls for the account.
    pub calls_resume_at: Option<DateTime<Utc>>,
}
