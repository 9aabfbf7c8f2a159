//! What a claim knows of a message when it decides.

use crate::conditions::CLAIMABLE;
use chrono::{DateTime, Utc};
use common::campaign::CampaignState;
use common::ids::{BusinessId, MediaId, MessageId, TemplateId, WabaId};
use common::media::MediaAtMeta;
use common::message::{EligibilityContext, Window};
use common::messaging_limit::MessagingLimit;
use common::number::{Connection, NumberState};
use common::template::{Category, TemplateStatus};
use const_format::formatcp;
use tokio_postgres::Row;
use uuid::Uuid;

use super::MessageKey;
use super::open::ClaimedMessage;
use crate::media::MediaKey;
use crate::transitions::{Keys, MessageKeys, attempt, corrupt, template_id};
use database::BatchTransaction;
use database::StorageError;

const LOCK: &str = formatcp!("
    select m.business_id, m.id, m.phone_number_id, m.campaign_id, m.lane, m.template_id, m.category, m.attempt,
        m.possible_duplicate, m.expires_at, m.recipient_hash, m.recipient_sealed, m.content_sealed, m.media_id,
        m.more_media_ids
    from messages m join (select * from unnest($1::uuid[], $2::uuid[]) limit cardinality($1)) as w (business_id, id)
        on m.business_id = w.business_id and m.id = w.id
    where m.id between $3 and $4 and {CLAIMABLE}
    order by m.business_id, m.id
    for update of m skip locked");
const STILL_ACCEPTED: &str = formatcp!("
    select m.business_id, m.id
    from messages m join (select * from unnest($1::uuid[], $2::uuid[]) limit cardinality($1)) as w (business_id, id)
        on m.business_id = w.business_id and m.id = w.id
    where m.id between $3 and $4 and {CLAIMABLE}");
// One row for each locked message, in their order.
const GATHER: &str = "
    select c.state, n.connection, n.throughput_level, n.waba_id, a.token_sealed, a.fingerprint, t.status,
        exists (select from suppressions s where s.business_id = m.business_id and s.recipient_hash = m.recipient_hash
            and s.is_opted_out),
        o.content_sealed,
        (select up_to_time from watermarks where name = 'consent_applied_until'),
        n.breaker_opened_at is not null, n.messaging_limit, i.post_to_sealed, i.pair_hash,
        t.category
    from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::bytea[]) with ordinality
        as m (business_id, id, phone_number_id, campaign_id, template_id, recipient_hash, ordinal)
    left join campaigns c on c.business_id = m.business_id and c.campaign_id = m.campaign_id
    left join phone_numbers n on n.business_id = m.business_id and n.phone_number_id = m.phone_number_id
    left join access_tokens a on a.business_id = m.business_id and a.waba_id = n.waba_id
    left join templates t on t.business_id = m.business_id and t.template_id = m.template_id
    left join otp_secrets o on o.business_id = m.business_id and o.message_id = m.id
    left join contact_identifiers i on i.business_id = m.business_id and i.hash = m.recipient_hash and i.until is null
        and (i.post_to_sealed is not null or i.pair_hash is not null)
    order by m.ordinal";

/// What a claim knows of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimContext {
    /// Which message.
    pub subject: MessageKeys,
    /// All that decides whether it may leave.
    pub eligibility: EligibilityContext,
    /// Meta's word on the number's throughput.
    pub throughput_level: String,
    /// How many people the number's portfolio may write to outside of customer service windows; `None` without a limit.
    pub messaging_limit: Option<u32>,
    /// The keyed hash of the identifier that it goes to.
    pub recipient_hash: Vec<u8>,
    /// The first number of a recipient who can be written to in several ways.
    pub pair_hash: Option<Vec<u8>>,
    /// The category that it has to be stored with, when its template has another one than when it was accepted.
    pub(super) recategorised: Option<Category>,
}

/// A locked message with what stands in its row.
pub(super) struct Candidate {
    subject: MessageKeys,
    template_id: Option<TemplateId>,
    category: Category,
    attempt: u16,
    possible_duplicate: bool,
    expires_at: Option<DateTime<Utc>>,
    recipient_hash: Vec<u8>,
    recipient_sealed: Vec<u8>,
    content_sealed: Option<Vec<u8>>,
    is_code: bool,
    /// The files that it carries. The first is the one in `media_id`.
    media_ids: Vec<MediaId>,
    account: Option<Account>,
    post_to_sealed: Option<Vec<u8>>,
}

/// Where and as whom it is posted.
struct Account {
    waba_id: WabaId,
    token_sealed: Vec<u8>,
    fingerprint: String,
}

impl ClaimContext {
    /// What names the recipient in the pair rate limit and in the messaging limit: the same for one person, whichever
    /// identifier the message goes to.
    #[must_use]
    pub fn pair(&self) -> &[u8] {
        self.pair_hash.as_ref().unwrap_or(&self.recipient_hash)
    }
}

impl Candidate {
    pub(super) const fn key(&self) -> MessageKey {
        (self.subject.business_id, self.subject.message_id)
    }

    pub(super) const fn carries_media(&self) -> bool {
        !self.media_ids.is_empty()
    }

    /// The files that it carries, for the number that it leaves from.
    pub(super) fn media(&self) -> Vec<MediaKey> {
        let key = |media_id: &MediaId| MediaKey {
            business_id: self.subject.business_id,
            media_id: *media_id,
            phone_number_id: self.subject.phone_number_id.clone(),
        };
        self.media_ids.iter().map(key).collect()
    }

    /// Those of its files that have to be uploaded before it leaves.
    pub(super) fn missing_media(&self, context: &ClaimContext) -> Vec<MediaKey> {
        let known = self.media().into_iter().zip(&context.eligibility.media);
        known
            .filter(|(_, at_meta)| **at_meta == MediaAtMeta::NotUploaded)
            .map(|(key, _)| key)
            .collect()
    }

    /// What the sender posts.
    ///
    /// # Errors
    /// When a part is missing, which no right decision to send lets through.
    pub(super) fn claimed(self, context: &ClaimContext) -> Result<ClaimedMessage, StorageError> {
        let account = self
            .account
            .ok_or(corrupt("phone_numbers.phone_number_id"))?;
        Ok(ClaimedMessage {
            subject: self.subject,
            category: context.eligibility.category.clone(),
            attempt: context.eligibility.attempt + 1,
            expires_at: self.expires_at,
            template_id: self.template_id,
            waba_id: account.waba_id,
            token_fingerprint: account.fingerprint,
            token_sealed: account.token_sealed,
            recipient_sealed: self.recipient_sealed,
            post_to: self
                .post_to_sealed
                .map(|sealed| (self.recipient_hash, sealed)),
            content_sealed: self
                .content_sealed
                .ok_or(corrupt("messages.content_sealed"))?,
            is_code: self.is_code,
            media: self
                .media_ids
                .into_iter()
                .zip(&context.eligibility.media)
                .filter_map(|(ours, at_meta)| Some((ours, at_meta.id()?)))
                .collect(),
            consent_applied_until: context.eligibility.consent_applied_until,
            window: context.eligibility.window,
        })
    }

    fn read(row: &Row) -> Result<Self, StorageError> {
        Ok(Self {
            subject: MessageKeys::read(row)?,
            template_id: template_id(row.try_get(5)?)?,
            category: Category::from_code(row.try_get(6)?),
            attempt: attempt(row.try_get(7)?)?,
            possible_duplicate: row.try_get(8)?,
            expires_at: row.try_get(9)?,
            recipient_hash: row.try_get(10)?,
            recipient_sealed: row.try_get(11)?,
            content_sealed: row.try_get(12)?,
            is_code: false,
            media_ids: media_ids(row.try_get(13)?, row.try_get(14)?),
            account: None,
            post_to_sealed: None,
        })
    }

    /// Takes in what stands in other tables.
    fn load(&mut self, row: &Row) -> Result<ClaimContext, StorageError> {
        self.post_to_sealed = row.try_get(12)?;
        let campaign: Option<i16> = row.try_get(0)?;
        let connection: Option<i16> = row.try_get(1)?;
        let throughput_level: Option<String> = row.try_get(2)?;
        let template: Option<&str> = row.try_get(6)?;
        let limit: Option<&str> = row.try_get(11)?;
        if self.category == Category::Authentication {
            self.content_sealed = row.try_get(8)?;
            self.is_code = true;
        }
        self.account = read_account(row)?;
        let campaign =
            campaign.map(|code| CampaignState::from_code(code).ok_or(corrupt("campaigns.state")));
        let of_template: Option<&str> = row.try_get(14)?;
        let category = self
            .category
            .of_unsent(of_template.map(Category::from_meta));
        let recategorised = self.category.can_become(&category);
        let eligibility = EligibilityContext {
            category: category.clone(),
            attempt: self.attempt,
            possible_duplicate: self.possible_duplicate,
            expires_at: self.expires_at,
            campaign: campaign.transpose()?,
            is_second_of_campaign: false,
            number: NumberState {
                connection: connection
                    .and_then(Connection::from_code)
                    .unwrap_or(Connection::Disconnected),
                has_token: self.account.is_some(),
                is_breaker_open: row.try_get(10)?,
            },
            is_template_sendable: self.template_id.is_none()
                || template.is_some_and(|word| TemplateStatus::from_meta(word).is_sendable()),
            is_opted_out: row.try_get(7)?,
            consent_applied_until: row.try_get(9)?,
            has_content: self.content_sealed.is_some(),
            window: Window::default(),
            media: Vec::new(),
        };
        Ok(ClaimContext {
            subject: self.subject.clone(),
            eligibility,
            throughput_level: throughput_level.unwrap_or_default(),
            messaging_limit: limit.and_then(|word| MessagingLimit::from_meta(word).people()),
            recipient_hash: self.recipient_hash.clone(),
            pair_hash: row.try_get(13)?,
            recategorised: recategorised.then_some(category),
        })
    }
}

fn media_ids(first: Option<Uuid>, more: Option<Vec<Uuid>>) -> Vec<MediaId> {
    let ids = first.into_iter().chain(more.into_iter().flatten());
    ids.map(MediaId::from_uuid).collect()
}

/// The account of the number; `None` when it has no token.
fn read_account(row: &Row) -> Result<Option<Account>, StorageError> {
    let waba_id: Option<&str> = row.try_get(3)?;
    let (Some(waba_id), Some(token_sealed), Some(fingerprint)) =
        (waba_id, row.try_get(4)?, row.try_get(5)?)
    else {
        return Ok(None);
    };
    Ok(Some(Account {
        waba_id: waba_id
            .parse()
            .map_err(|_| corrupt("phone_numbers.waba_id"))?,
        token_sealed,
        fingerprint,
    }))
}

/// Locks those of `wanted` that may be claimed and that nobody works on.
pub(super) async fn lock(
    transaction: &BatchTransaction<'_>,
    wanted: &[MessageKey],
) -> Result<Vec<Candidate>, StorageError> {
    let Some(keys) = Keys::of(wanted.iter().copied()) else {
        return Ok(Vec::new());
    };
    let statement = transaction.prepare_cached(LOCK).await?;
    let rows = transaction
        .query(
            &statement,
            &[&keys.businesses, &keys.messages, &keys.first, &keys.last],
        )
        .await?;
    let mut candidates = rows
        .iter()
        .map(Candidate::read)
        .collect::<Result<Vec<_>, _>>()?;
    // Two copies of a job in one batch name a message twice, and the join yields it twice.
    candidates.dedup_by_key(|candidate| candidate.key());
    Ok(candidates)
}

/// Which of the messages may be claimed, locked by others or not.
pub(super) async fn still_accepted(
    transaction: &BatchTransaction<'_>,
    keys: impl IntoIterator<Item = MessageKey>,
) -> Result<Vec<MessageKey>, StorageError> {
    let Some(keys) = Keys::of(keys) else {
        return Ok(Vec::new());
    };
    let statement = transaction.prepare_cached(STILL_ACCEPTED).await?;
    let rows = transaction
        .query(
            &statement,
            &[&keys.businesses, &keys.messages, &keys.first, &keys.last],
        )
        .await?;
    let key = |row: &Row| {
        Ok((
            BusinessId::from_uuid(row.try_get(0)?),
            MessageId::from_uuid(row.try_get(1)?),
        ))
    };
    rows.iter().map(key).collect()
}

/// Reads what decides, after the locks were taken; in the order of the candidates.
pub(super) async fn gather(
    transaction: &BatchTransaction<'_>,
    candidates: &mut [Candidate],
) -> Result<Vec<ClaimContext>, StorageError> {
    if candidates.is_empty() {
        return Ok(Vec::new());
    }
    let businesses: Vec<Uuid> = candidates
        .iter()
        .map(|row| row.subject.business_id.as_uuid())
        .collect();
    let messages: Vec<Uuid> = candidates
        .iter()
        .map(|row| row.subject.message_id.as_uuid())
        .collect();
    let numbers: Vec<String> = candidates
        .iter()
        .map(|row| row.subject.phone_number_id.to_string())
        .collect();
    let campaigns: Vec<Option<Uuid>> = candidates
        .iter()
        .map(|row| row.subject.campaign_id.map(|id| id.as_uuid()))
        .collect();
    let templates: Vec<Option<String>> = candidates
        .iter()
        .map(|row| row.template_id.as_ref().map(ToString::to_string))
        .collect();
    let hashes: Vec<Vec<u8>> = candidates
        .iter()
        .map(|row| row.recipient_hash.clone())
        .collect();
    let statement = transaction.prepare_cached(GATHER).await?;
    let rows = transaction
        .query(
            &statement,
            &[
                &businesses,
                &messages,
                &numbers,
                &campaigns,
                &templates,
                &hashes,
            ],
        )
        .await?;
    candidates
        .iter_mut()
        .zip(&rows)
        .map(|(candidate, row)| candidate.load(row))
        .collect()
}
