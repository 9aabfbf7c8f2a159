//! The report on an audience: what is left out and why, and what recipients will read. Every row of the file is counted
//! once.
//!
//! The messages are personal data: they are filled in when the report is read, from the sealed rows, and kept nowhere.

use std::fmt;

use common::campaign::{RowNote, SkipReason};
use common::ids::AudienceId;
use common::media::MediaKind;
use common::template::{MessagePreview, preview};
use sealing::BusinessKeys;
use serde::Serialize;
use storage::campaign_recipients::{RowCount, variables_of};
use storage::campaigns::Campaign;
use storage::{BusinessScope, ScopedTransaction, StorageError, templates};
use utoipa::ToSchema;

/// What an import found.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Audience {
    /// Rows of the file, without its header and blank ones.
    rows: i32,
    /// Rows that get the message.
    planned: i32,
    /// Rows that are left out: `rows` is `planned` and these.
    skipped_recipients_total: i32,
    /// Why rows are left out.
    skipped_recipients: Vec<SkippedRecipients>,
    /// What should be known of planned rows.
    notes: Vec<Note>,
    /// Three messages as their recipients will read them: those whose letters may be wrong before others.
    preview: Vec<FilledMessage>,
    /// How the file was written.
    #[schema(example = "windows-1252")]
    encoding: String,
    /// The sign between its fields.
    #[schema(value_type = String, example = ";")]
    delimiter: char,
}

/// Rows that are left out for one reason.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SkippedRecipients {
    #[schema(example = "too_short")]
    reason: &'static str,
    /// The reason for a shop owner, and what can be done.
    explanation: &'static str,
    count: i32,
    /// The first ten of them, as a spreadsheet numbers them: the header is row 1.
    rows: Vec<i32>,
}

/// Something that should be known of planned rows.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Note {
    /// `second_number_ignored`, `words_beside_number`, `letters_repaired` or `letters_implausible`.
    #[schema(example = "second_number_ignored")]
    note: &'static str,
    /// The note for a shop owner, and what can be done.
    explanation: &'static str,
    count: i32,
    /// The first ten of them, as a spreadsheet numbers them.
    rows: Vec<i32>,
}

/// A message as its recipient will read it.
#[derive(Serialize, ToSchema)]
pub(crate) struct FilledMessage {
    /// The row that it is made of.
    row: i32,
    /// The header's text.
    header: Option<String>,
    /// The kind of the file in the header: `document`, `image` or `video`.
    header_media: Option<&'static str>,
    #[schema(example = "Bonjour Zénabo, votre code est OUA-00041.")]
    body: String,
    footer: Option<String>,
    /// What the buttons say.
    buttons: Vec<String>,
}

impl Audience {
    /// The report of a campaign; `None` before its first import.
    pub(crate) async fn load(
        transaction: &mut ScopedTransaction,
        scope: &BusinessScope,
        keys: &BusinessKeys,
        campaign: &Campaign,
    ) -> Result<Option<Self>, StorageError> {
        let Some(report) = campaign.audience.as_ref() else {
            return Ok(None);
        };
        let preview = match campaign.audience_id {
            Some(audience_id) => {
                filled(
                    transaction,
                    scope,
                    keys,
                    (campaign, audience_id),
                    &report.shown,
                )
                .await?
            }
            None => Vec::new(),
        };
        // The counts of the import: those of the campaign go on changing when it runs.
        let skipped_recipients_total = report
            .skipped_recipients()
            .map(|(_, skipped_recipients)| skipped_recipients.count)
            .sum();
        Ok(Some(Self {
            rows: campaign.rows.read,
            planned: campaign.rows.read.saturating_sub(skipped_recipients_total),
            skipped_recipients_total,
            skipped_recipients: report
                .skipped_recipients()
                .map(SkippedRecipients::from)
                .collect(),
            notes: report.notes().map(Note::from).collect(),
            preview,
            encoding: report.file.encoding.clone(),
            delimiter: report.file.delimiter,
        }))
    }
}

/// The messages of these rows: none if the template is gone, and fewer if rows were erased.
async fn filled(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    keys: &BusinessKeys,
    (campaign, audience_id): (&Campaign, AudienceId),
    rows: &[i32],
) -> Result<Vec<FilledMessage>, StorageError> {
    let Ok(template_id) = campaign.template_id.parse() else {
        return Ok(Vec::new());
    };
    let template = match templates::find(transaction, scope, &template_id).await {
        Err(StorageError::NotFound) => return Ok(Vec::new()),
        template => template?,
    };
    let variables = variables_of(transaction, scope, keys, audience_id, rows).await?;
    let filled = variables
        .into_iter()
        .map(|(row, variables)| FilledMessage::new(row, preview(&template.components, &variables)));
    Ok(filled.collect())
}

impl FilledMessage {
    fn new(row: i32, message: MessagePreview) -> Self {
        let MessagePreview {
            header,
            header_media,
            body,
            footer,
            buttons,
        } = message;
        Self {
            row,
            header,
            header_media: header_media.map(MediaKind::as_str),
            body,
            footer,
            buttons,
        }
    }
}

/// Shows nobody: reports get into logs and test output.
impl fmt::Debug for FilledMessage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "FilledMessage(row {})", self.row)
    }
}

impl From<(SkipReason, &RowCount)> for SkippedRecipients {
    fn from((reason, skipped_recipients): (SkipReason, &RowCount)) -> Self {
        Self {
            reason: reason.as_str(),
            explanation: reason.explain(),
            count: skipped_recipients.count,
            rows: skipped_recipients.rows.clone(),
        }
    }
}

impl From<(RowNote, &RowCount)> for Note {
    fn from((note, noted): (RowNote, &RowCount)) -> Self {
        Self {
            note: note.as_str(),
            explanation: note.explain(),
            count: noted.count,
            rows: noted.rows.clone(),
        }
    }
}
