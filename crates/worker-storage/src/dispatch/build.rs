//! Making messages of planned rows: opened at their place in the audience, composed, sealed at their place among the
//! messages.

use chrono::{DateTime, Utc};
use common::campaign::SkipReason;
use common::ids::MessageId;
use common::message::{Lane, expires_at};
use common::template::{Composed, TemplateShape, Variables, compose};
use sealing::BusinessKeys;
use tokio_postgres::Row;

use super::Locked;
use crate::media::FileColumns;
use crate::transitions::{MessageKeys, corrupt};
use database::StorageError;
use database::seal_contexts::{self, MessageColumn, RecipientColumn};
use storage::messages::{MessageContent, TemplateContent};

/// A row of the audience that gets a message.
pub(super) struct PlannedRow {
    pub(super) row_number: i32,
    hash_version: i16,
    recipient_hash: Vec<u8>,
    recipient_sealed: Vec<u8>,
    variables_sealed: Vec<u8>,
}

/// A message that is ready to be written.
pub(super) struct NewCampaignMessage {
    pub(super) row_number: i32,
    pub(super) id: MessageId,
    pub(super) hash_version: i16,
    pub(super) recipient_hash: Vec<u8>,
    pub(super) recipient_sealed: Vec<u8>,
    pub(super) content_sealed: Vec<u8>,
    pub(super) files: FileColumns,
    pub(super) expires_at: DateTime<Utc>,
}

/// What a chunk became.
#[derive(Default)]
pub(super) struct Built {
    pub(super) messages: Vec<NewCampaignMessage>,
    pub(super) skipped: Vec<(i32, SkipReason)>,
}

impl PlannedRow {
    pub(super) fn read(row: &Row) -> Result<Self, StorageError> {
        Ok(Self {
            row_number: row.try_get(0)?,
            hash_version: row.try_get(1)?,
            recipient_hash: row.try_get(2)?,
            recipient_sealed: row.try_get(3)?,
            variables_sealed: row.try_get(4)?,
        })
    }
}

impl NewCampaignMessage {
    pub(super) fn subject(&self, campaign: &Locked) -> MessageKeys {
        MessageKeys {
            business_id: campaign.business_id,
            message_id: self.id,
            phone_number_id: campaign.phone_number_id.clone(),
            campaign_id: Some(campaign.campaign_id),
            lane: Lane::Campaign,
        }
    }
}

/// Makes the messages of a chunk. A template that cannot be filled in from variables fits no row.
pub(super) fn all(
    keys: &BusinessKeys,
    campaign: &Locked,
    rows: Vec<PlannedRow>,
    now: DateTime<Utc>,
) -> Result<Built, StorageError> {
    let Locked {
        components,
        parameter_format,
        category,
        ..
    } = campaign;
    let shape = TemplateShape::read(components, parameter_format, category).ok();
    let mut built = Built::default();
    for row in rows {
        let composed = match &shape {
            Some(shape) => composed(keys, campaign, shape, &row, now)?,
            None => Err(SkipReason::VariableInvalid),
        };
        match composed {
            Ok(composed) => built
                .messages
                .push(message(keys, campaign, row, composed, now)?),
            Err(reason) => built.skipped.push((row.row_number, reason)),
        }
    }
    Ok(built)
}

/// The message of a row, or why the row is skipped.
fn composed(
    keys: &BusinessKeys,
    campaign: &Locked,
    shape: &TemplateShape,
    row: &PlannedRow,
    now: DateTime<Utc>,
) -> Result<Result<Composed, SkipReason>, StorageError> {
    let key = seal_contexts::audience_row(campaign.audience_id, row.row_number);
    let seal_context =
        seal_contexts::campaign_recipient(campaign.business_id, &key, RecipientColumn::Variables);
    let variables = keys.open(&seal_context, &row.variables_sealed)?;
    let variables: Variables = serde_json::from_slice(&variables)
        .map_err(|_| corrupt("campaign_recipients.variables_sealed"))?;
    Ok(compose(shape, &variables, now).map_err(|error| SkipReason::from(&error)))
}

fn message(
    keys: &BusinessKeys,
    campaign: &Locked,
    row: PlannedRow,
    composed: Composed,
    now: DateTime<Utc>,
) -> Result<NewCampaignMessage, StorageError> {
    let id = MessageId::new(now);
    let uuid = id.as_uuid();
    let key = seal_contexts::audience_row(campaign.audience_id, row.row_number);
    let seal_context =
        seal_contexts::campaign_recipient(campaign.business_id, &key, RecipientColumn::Recipient);
    let recipient = keys.open(&seal_context, &row.recipient_sealed)?;
    let content = MessageContent::from(TemplateContent {
        template: campaign.template.clone(),
        language: campaign.language.clone(),
        components: composed.components,
    });
    let content =
        serde_json::to_vec(&content).map_err(|error| StorageError::Refused(Box::new(error)))?;
    let seal = |column, plain: &[u8]| {
        keys.seal(
            &seal_contexts::message(campaign.business_id, &uuid, column),
            plain,
        )
    };
    Ok(NewCampaignMessage {
        row_number: row.row_number,
        id,
        hash_version: row.hash_version,
        recipient_hash: row.recipient_hash,
        recipient_sealed: seal(MessageColumn::Recipient, &recipient)?,
        content_sealed: seal(MessageColumn::Content, &content)?,
        files: FileColumns::of(&composed.media_ids),
        expires_at: expires_at(&campaign.category, now, None, composed.offer_ends_at),
    })
}
