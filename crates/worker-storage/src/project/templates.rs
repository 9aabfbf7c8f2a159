//! What Meta says of templates between two synchronisations: one that it paused or disabled is not sent any more, and
//! one that it approves again is.
//!
//! The newest status holds, in whatever order webhooks come, and whichever of webhook and synchronisation brings it.

use chrono::{DateTime, TimeDelta, Utc};
use common::feed::{FeedEvent, TemplateReport, TemplateStatusChanged};
use common::ids::{BusinessId, TemplateId, WabaId};
use common::template::{Category, TemplateStatus};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::events;
use crate::template_sync::Account;
use database::StorageError;
use database::{BatchRole, BatchTransaction, Store};
use storage::events::FeedEntry;

const LOCK: &str = "
    select business_id, template_id, waba_id, name, language, category, status, status_reported_at, synced_at
    from templates
    where waba_id = any($1) and status <> 'DELETED' and (template_id = any($2) or name = any($3))
    order by business_id, template_id for no key update";
const WRITE: &str = "
    update templates t set status = u.status, status_reported_at = u.status_reported_at
    from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[])
        as u (business_id, template_id, status, status_reported_at)
    where t.business_id = u.business_id and t.template_id = u.template_id";
/// For so long before the end of a synchronisation a template may have been stopped without its having seen it.
const SYNC_TAKES: TimeDelta = TimeDelta::minutes(10);

/// What Meta said of a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateStatusUpdate {
    /// The account.
    pub waba_id: WabaId,
    /// Meta's id of the template, when it was told.
    pub template_id: Option<TemplateId>,
    /// Its name; by it and the language a template is known whose id is not.
    pub name: String,
    /// Its language.
    pub language: String,
    /// The new status.
    pub status: TemplateStatus,
    /// Meta's clock.
    pub occurred_at: DateTime<Utc>,
}

/// What became of a batch of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TemplateStatusOutcome {
    /// Templates whose status changed.
    pub changed: usize,
    /// Older than what is known.
    pub outdated: usize,
    /// Of templates that are not known; the next synchronisation brings them.
    pub unknown: usize,
    /// Templates that may be sent: messages that wait for them are to be released.
    pub sendable: Vec<(Account, TemplateId)>,
}

/// Applies a batch in one transaction, in its order.
///
/// # Errors
/// When the database is not available: nothing was changed, and the batch may be applied again.
pub async fn apply_template_statuses(
    store: &Store,
    updates: &[TemplateStatusUpdate],
    now: DateTime<Utc>,
) -> Result<TemplateStatusOutcome, StorageError> {
    let mut connection = store.batch(BatchRole::Projector).await?;
    let transaction = connection.begin().await?;
    let mut templates = lock(&transaction, updates).await?;
    let mut outcome = TemplateStatusOutcome::default();
    for update in updates {
        let ids = templates.iter().any(|template| template.has_id(update));
        let meant = |template: &&mut Stored| {
            template.waba_id == update.waba_id.as_str()
                && if ids {
                    template.has_id(update)
                } else {
                    template.has_name(update)
                }
        };
        let mut is_known = false;
        for template in templates.iter_mut().filter(meant) {
            is_known = true;
            outcome.outdated += usize::from(!template.take_in(update));
        }
        outcome.unknown += usize::from(!is_known);
    }
    write(&transaction, &templates).await?;
    let changed = templates.iter().filter(|template| template.is_changed());
    let entries = changed
        .map(|template| template.entry(now))
        .collect::<Result<Vec<_>, _>>()?;
    outcome.changed = entries.len();
    events::append(&transaction, now, &entries).await?;
    transaction.commit().await?;
    let sendable = templates.iter().filter(|template| {
        template.is_told && TemplateStatus::from_meta(&template.status).is_sendable()
    });
    outcome.sendable = sendable.map(Stored::key).collect::<Result<_, _>>()?;
    Ok(outcome)
}

async fn lock(
    transaction: &BatchTransaction<'_>,
    updates: &[TemplateStatusUpdate],
) -> Result<Vec<Stored>, StorageError> {
    let wabas: Vec<&str> = updates
        .iter()
        .map(|update| update.waba_id.as_str())
        .collect();
    let ids = updates
        .iter()
        .filter_map(|update| update.template_id.as_ref());
    let ids: Vec<&str> = ids.map(TemplateId::as_str).collect();
    let names: Vec<&str> = updates.iter().map(|update| update.name.as_str()).collect();
    let statement = transaction.prepare_cached(LOCK).await?;
    let rows = transaction
        .query(&statement, &[&wabas, &ids, &names])
        .await?;
    rows.iter().map(Stored::read).collect()
}

async fn write(
    transaction: &BatchTransaction<'_>,
    templates: &[Stored],
) -> Result<(), StorageError> {
    let told: Vec<&Stored> = templates
        .iter()
        .filter(|template| template.is_told)
        .collect();
    if told.is_empty() {
        return Ok(());
    }
    fn column<'a, T>(told: &[&'a Stored], value: impl Fn(&'a Stored) -> T) -> Vec<T> {
        told.iter().map(|template| value(template)).collect()
    }
    let businesses: Vec<Uuid> = column(&told, |template| template.business_id.as_uuid());
    let ids = column(&told, |template| template.template_id.as_str());
    let statuses = column(&told, |template| template.status.as_str());
    let times = column(&told, |template| template.told_at);
    let statement = transaction.prepare_cached(WRITE).await?;
    transaction
        .execute(&statement, &[&businesses, &ids, &statuses, &times])
        .await?;
    Ok(())
}

/// A locked template.
struct Stored {
    business_id: BusinessId,
    template_id: String,
    waba_id: String,
    name: String,
    language: String,
    category: String,
    status: String,
    status_before: String,
    told_at: Option<DateTime<Utc>>,
    synced_at: DateTime<Utc>,
    is_told: bool,
}

impl Stored {
    fn read(row: &Row) -> Result<Self, StorageError> {
        let status: String = row.try_get(6)?;
        Ok(Self {
            business_id: BusinessId::from_uuid(row.try_get(0)?),
            template_id: row.try_get(1)?,
            waba_id: row.try_get(2)?,
            name: row.try_get(3)?,
            language: row.try_get(4)?,
            category: row.try_get(5)?,
            status_before: status.clone(),
            status,
            told_at: row.try_get(7)?,
            synced_at: row.try_get(8)?,
            is_told: false,
        })
    }

    fn has_id(&self, update: &TemplateStatusUpdate) -> bool {
        let id = update.template_id.as_ref();
        id.is_some_and(|id| id.as_str() == self.template_id)
    }

    fn has_name(&self, update: &TemplateStatusUpdate) -> bool {
        // Webhooks write en-US where the API writes en_US.
        let is_same = |one: &str, other: &str| one.replace('-', "_") == other.replace('-', "_");
        self.name == update.name && is_same(&self.language, &update.language)
    }

    /// Takes a status in, unless what is known is newer; says whether it did.
    fn take_in(&mut self, update: &TemplateStatusUpdate) -> bool {
        let grace = if update.status.is_sendable() {
            TimeDelta::zero()
        } else {
            SYNC_TAKES
        };
        let is_older = self.told_at.is_some_and(|told| told > update.occurred_at)
            || self.synced_at - grace > update.occurred_at;
        if is_older {
            return false;
        }
        self.told_at = Some(update.occurred_at);
        update.status.as_meta().clone_into(&mut self.status);
        self.is_told = true;
        true
    }

    fn is_changed(&self) -> bool {
        self.status != self.status_before
    }

    fn key(&self) -> Result<(Account, TemplateId), StorageError> {
        let corrupt = |column| StorageError::Corrupt { column };
        let waba_id = self.waba_id.parse();
        let template_id = self.template_id.parse();
        let account = Account {
            business_id: self.business_id,
            waba_id: waba_id.map_err(|_| corrupt("templates.waba_id"))?,
        };
        Ok((
            account,
            template_id.map_err(|_| corrupt("templates.template_id"))?,
        ))
    }

    fn entry(&self, now: DateTime<Utc>) -> Result<FeedEntry, StorageError> {
        let (account, template_id) = self.key()?;
        let category = Category::from_meta(&self.category);
        Ok(FeedEntry {
            business_id: self.business_id,
            event: FeedEvent::Template(TemplateStatusChanged {
                template_id,
                status: TemplateStatus::from_meta(&self.status),
                report: Some(TemplateReport {
                    waba_id: account.waba_id,
                    name: self.name.clone(),
                    language: self.language.clone(),
                    previous_status: TemplateStatus::from_meta(&self.status_before),
                    category: category.clone(),
                    previous_category: category,
                }),
            }),
            occurred_at: now,
        })
    }
}
