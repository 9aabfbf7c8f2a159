//! Campaigns: one template, sent to the rows of a file.

mod actions;
mod audience_report;
mod create;
mod get;
mod get_audience;
mod import;
mod list;
mod put_audience;
mod skipped_recipients;
mod unfinished_audience;

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use common::access::Permission::{CampaignsRead, CampaignsWrite};
use common::ids::CampaignId;
use common::message::MessageState;
use sealing::BusinessKeys;
use serde::{Deserialize, Serialize};
use storage::campaigns::{self, MessageCount};
use storage::{BusinessScope, ScopedTransaction, StorageError};
use utoipa::ToSchema;

use crate::api::messages::TemplateRef;
use crate::routes::{Resource, Route, Tag, handler};

/// The routes of the resource.
pub(super) static RESOURCE: Resource = Resource {
    tag: Tag {
        name: "campaigns",
        description: "One template to many recipients",
    },
    routes: &[
        Route::of_business(CampaignsWrite, handler!(create::create_campaign)),
        Route::of_business(CampaignsRead, handler!(list::list_campaigns)),
        Route::of_business(CampaignsRead, handler!(get::get_campaign)),
        Route::of_business(CampaignsWrite, handler!(put_audience::put_audience)),
        Route::of_business(CampaignsRead, handler!(get_audience::get_audience)),
        Route::of_business(
            CampaignsRead,
            handler!(skipped_recipients::list_skipped_recipients),
        ),
        Route::of_business(CampaignsWrite, handler!(actions::start_campaign)),
        Route::of_business(CampaignsWrite, handler!(actions::pause_campaign)),
        Route::of_business(CampaignsWrite, handler!(actions::resume_campaign)),
        Route::of_business(CampaignsWrite, handler!(actions::cancel_campaign)),
    ],
};

/// The source of a variable's value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum VariableSource {
    /// The name of a column of the file.
    #[schema(example = json!({"column": "Prénom"}))]
    Column(String),
    /// The same text for all recipients.
    #[schema(example = json!({"text": "samedi"}))]
    Text(String),
}

/// The source of each variable of the template.
pub(crate) type VariableSources = BTreeMap<String, VariableSource>;

/// A campaign.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Campaign {
    #[schema(value_type = uuid::Uuid)]
    id: CampaignId,
    #[schema(example = "Rentrée 2026")]
    name: String,
    /// The `phone_number_id` that it is sent from.
    #[schema(example = "106540352242922")]
    from: String,
    template: TemplateRef,
    /// `draft`, `running`, `paused`, `completed` or `cancelled`.
    #[schema(example = "running")]
    state: &'static str,
    /// Why the service paused the campaign; null when it was paused by a call, or is not paused.
    paused: Option<Paused>,
    /// The source of each variable of the template.
    variables: serde_json::Value,
    /// Rows of the file.
    rows: i32,
    /// Rows that get the message.
    planned: i32,
    /// Rows that are skipped.
    skipped_recipients: i32,
    /// Planned rows whose message was created.
    released: i32,
    created_at: DateTime<Utc>,
    started_at: Option<DateTime<Utc>>,
    /// When the last planned row was dispatched, or the campaign was cancelled.
    ended_at: Option<DateTime<Utc>>,
}

/// Why the service paused a campaign automatically.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CampaignPaused)]
pub(crate) struct Paused {
    /// `template_refused`, `failed_share` or `quality_red`.
    #[schema(example = "failed_share")]
    reason: &'static str,
    /// What happened and what to do.
    explanation: &'static str,
}

/// A campaign and its progress.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CampaignProgress {
    #[serde(flatten)]
    campaign: Campaign,
    /// How many of its messages are in each state.
    #[schema(example = json!({"accepted": 0, "delivered": 9120}))]
    by_state: BTreeMap<&'static str, i64>,
    /// Why messages failed, the most frequent reason first.
    failures: Vec<Failure>,
}

/// Messages that failed for the same reason.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Failure {
    /// Meta's error code.
    #[schema(example = 131026)]
    code: i32,
    /// What it means, for a shop owner.
    explanation: &'static str,
    /// How many messages.
    count: i64,
}

impl Campaign {
    /// The campaign as the API returns it, opened with these keys of its business.
    fn opened(campaign: campaigns::Campaign, keys: &BusinessKeys) -> Result<Self, StorageError> {
        let variables = campaign.variables(keys)?;
        let (name, language) = campaign.template;
        Ok(Self {
            id: campaign.id,
            name: campaign.name,
            from: campaign.phone_number_id,
            template: TemplateRef { name, language },
            state: campaign.state.as_str(),
            paused: campaign.pause_reason.map(|reason| Paused {
                reason: reason.as_str(),
                explanation: reason.explanation(),
            }),
            variables,
            rows: campaign.rows.read,
            planned: campaign.rows.planned,
            skipped_recipients: campaign.rows.skipped,
            released: campaign.rows.released,
            created_at: campaign.created_at,
            started_at: campaign.started_at,
            ended_at: campaign.ended_at,
        })
    }
}

/// A campaign with its progress, as of this transaction.
async fn with_progress(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    keys: &BusinessKeys,
    campaign_id: CampaignId,
) -> Result<CampaignProgress, StorageError> {
    let campaign = campaigns::find(transaction, scope, campaign_id).await?;
    let counts = campaigns::progress(transaction, scope, &campaign).await?;
    let mut by_state: BTreeMap<_, _> = MessageState::ALL
        .into_iter()
        .map(|state| (state.as_str(), 0))
        .collect();
    for count in &counts {
        *by_state.entry(count.state.as_str()).or_default() += count.messages;
    }
    Ok(CampaignProgress {
        campaign: Campaign::opened(campaign, keys)?,
        by_state,
        failures: failures(&counts),
    })
}

/// Messages that Meta refused or could not deliver. Errors of attempts that were later repeated with success are not
/// counted.
fn failures(counts: &[MessageCount]) -> Vec<Failure> {
    let ended_badly = |state| {
        matches!(
            state,
            MessageState::Failed | MessageState::Rejected | MessageState::Unresolved
        )
    };
    let mut by_code: BTreeMap<i32, i64> = BTreeMap::new();
    for count in counts.iter().filter(|count| ended_badly(count.state)) {
        if let Some(code) = count.error_code {
            *by_code.entry(code).or_default() += count.messages;
        }
    }
    let failure = |(code, count)| Failure {
        code,
        explanation: cloud_api::explain(code),
        count,
    };
    let mut failures: Vec<Failure> = by_code.into_iter().map(failure).collect();
    failures.sort_by_key(|failure| std::cmp::Reverse(failure.count));
    failures
}
