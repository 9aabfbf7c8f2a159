//! The report on an audience: which rows are skipped and why, and sample messages. Every row of the file is counted
//! once.
//!
//! The messages are personal data: they are rendered from the sealed rows when the report is read, and not stored.

use std::fmt;

use chrono::DateTime;
use common::campaign::{RowNote, SkipReason};
use common::ids::AudienceId;
use common::media::MediaKind;
use common::template::{
    CardPreview, MessagePreview, OfferPreview, TemplateShape, Variables, compose, preview,
};
use sealing::BusinessKeys;
use serde::Serialize;
use storage::campaign_recipients::{RowCount, variables_of};
use storage::campaigns::Campaign;
use storage::templates::Template;
use storage::{BusinessScope, ScopedTransaction, StorageError, templates};
use utoipa::ToSchema;

/// The result of an import.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Audience {
    /// Rows of the file, without its header and blank rows.
    rows: i32,
    /// Rows that get the message.
    planned: i32,
    /// Rows that are skipped. Together with `planned` these are all `rows`.
    skipped_recipients_total: i32,
    /// Why rows are skipped.
    skipped_recipients: Vec<SkippedRecipients>,
    /// Warnings about planned rows.
    notes: Vec<Note>,
    /// Three messages as their recipients will read them. Those with possibly wrong letters come first.
    preview: Vec<FilledMessage>,
    /// The encoding of the file.
    #[schema(example = "windows-1252")]
    encoding: String,
    /// The character that separates its fields.
    #[schema(value_type = String, example = ";")]
    delimiter: char,
}

/// Rows that are skipped for the same reason.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SkippedRecipients {
    #[schema(example = "too_short")]
    reason: &'static str,
    /// What the reason means and what to do, for a shop owner.
    explanation: &'static str,
    count: i32,
    /// The first ten row numbers, as a spreadsheet shows them: the header is row 1.
    rows: Vec<i32>,
}

/// A warning about planned rows.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Note {
    /// `second_number_ignored`, `words_beside_number`, `letters_repaired` or `letters_implausible`.
    #[schema(example = "second_number_ignored")]
    note: &'static str,
    /// What the warning means and what to do, for a shop owner.
    explanation: &'static str,
    count: i32,
    /// The first ten row numbers, as a spreadsheet shows them.
    rows: Vec<i32>,
}

/// A message as its recipient will read it.
#[derive(Serialize, ToSchema)]
pub(crate) struct FilledMessage {
    /// The row that the message is made from.
    row: i32,
    /// The text of the header.
    header: Option<String>,
    /// The type of the file in the header: `document`, `image` or `video`.
    header_media: Option<&'static str>,
    /// The place in the header; absent when it has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<String>,
    /// The limited-time offer; absent when there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    offer: Option<FilledOffer>,
    #[schema(example = "Bonjour Zénabo, votre code est OUA-00041.")]
    body: String,
    footer: Option<String>,
    /// The texts of the buttons.
    buttons: Vec<String>,
    /// The cards of a carousel, in their order; absent when there are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    cards: Vec<FilledCard>,
}

/// A limited-time offer.
#[derive(Serialize, ToSchema)]
pub(crate) struct FilledOffer {
    #[schema(example = "Expire bientôt")]
    text: String,
    /// When it ends; null when it shows no end.
    expires_at: Option<String>,
}

/// A card of a carousel.
#[derive(Serialize, ToSchema)]
pub(crate) struct FilledCard {
    /// The type of the file in the header: `image` or `video`.
    header_media: Option<&'static str>,
    #[schema(example = "Robe bleue, 9 000 FCFA")]
    body: String,
    /// The texts of the buttons.
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
        // The counts of the import: those of the campaign change while it runs.
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

/// The messages of these rows: none if the template was deleted, and fewer if rows were erased.
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
        .map(|(row, variables)| FilledMessage::new(row, shown(&template, &variables)));
    Ok(filled.collect())
}

/// The message as the dispatch would compose it. If the template changed so that the variables do not fit any more,
/// they are filled in as far as they go, so that the fault is visible.
fn shown(template: &Template, variables: &Variables) -> MessagePreview {
    let Template {
        components,
        parameter_format,
        category,
        ..
    } = template;
    let shape = TemplateShape::read(components, parameter_format, category).ok();
    // An offer that has ended since is shown as it was.
    let at = DateTime::UNIX_EPOCH;
    match shape.and_then(|shape| compose(&shape, variables, at).ok()) {
        Some(composed) => composed.preview(components),
        None => preview(components, variables),
    }
}

impl FilledMessage {
    fn new(row: i32, message: MessagePreview) -> Self {
        let MessagePreview {
            header,
            header_media,
            location,
            offer,
            body,
            footer,
            buttons,
            cards,
        } = message;
        Self {
            row,
            header,
            header_media: header_media.map(MediaKind::as_str),
            location,
            offer: offer.map(FilledOffer::from),
            body,
            footer,
            buttons,
            cards: cards.into_iter().map(FilledCard::from).collect(),
        }
    }
}

impl From<OfferPreview> for FilledOffer {
    fn from(OfferPreview { text, expires_at }: OfferPreview) -> Self {
        Self { text, expires_at }
    }
}

impl From<CardPreview> for FilledCard {
    fn from(card: CardPreview) -> Self {
        Self {
            header_media: card.header_media.map(MediaKind::as_str),
            body: card.body,
            buttons: card.buttons,
        }
    }
}

/// Without personal data: reports get into logs and test output.
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
