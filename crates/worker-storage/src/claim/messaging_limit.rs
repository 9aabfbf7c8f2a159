//! The messaging limit, kept in the claim: whoever is written to outside of a customer service window counts against it.
//!
//! The last step before the claim is written, for messages that would leave from a number with a limit; all others cost
//! nothing. The counts of their businesses are locked in order, after the messages and before the feed, so that two
//! senders never pass a limit together; what is known of the recipients is read after that.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use common::ids::BusinessId;
use common::message::{HeldReason, Lane};
use common::messaging_limit::LimitUsage;
use const_format::formatcp;
use tokio_postgres::Row;
use uuid::Uuid;

use super::{ClaimContext, Decision};
use crate::conditions::WINDOW_EXEMPTS;
use crate::transitions::corrupt;
use database::BatchTransaction;
use database::StorageError;

const LOCK: &str = "
    select business_id, taken, by_codes from messaging_limit_usage where business_id = any($1)
    order by business_id for update";
// One row for each of the asked, in their order.
const KNOWN: &str = formatcp!("
    select r.recipient_hash is not null, coalesce({WINDOW_EXEMPTS}, false)
    from (select * from unnest($1::uuid[], $2::bytea[], $3::text[]) with ordinality limit cardinality($1))
        as a (business_id, recipient_hash, phone_number_id, ordinal)
    left join messaging_limit_recipients r on r.business_id = a.business_id and r.recipient_hash = a.recipient_hash
    left join service_windows w on w.business_id = a.business_id and w.phone_number_id = a.phone_number_id
        and w.contact_hash = a.recipient_hash
    order by a.ordinal");
// Every identifier of the person is stored; that of the message is counted, unless another one is already.
const REACH: &str = "
    insert into messaging_limit_recipients as r (business_id, recipient_hash, message_id, by_code, reached_at, is_counted)
    select distinct on (a.business_id, coalesce(s.hash, a.recipient_hash)) a.business_id,
        coalesce(s.hash, a.recipient_hash), a.message_id, a.by_code, clock_timestamp(),
        coalesce(s.hash = a.recipient_hash, true)
    from (select * from unnest($1::uuid[], $2::bytea[], $3::uuid[], $4::boolean[]) limit cardinality($1))
        as a (business_id, recipient_hash, message_id, by_code)
    left join lateral (
        select contact_id from contact_identifiers
        where business_id = a.business_id and hash = a.recipient_hash and until is null limit 1) i on true
    left join lateral (
        select hash from contact_identifiers
        where business_id = a.business_id and contact_id = i.contact_id and until is null limit 100) s on true
    order by a.business_id, coalesce(s.hash, a.recipient_hash), coalesce(s.hash = a.recipient_hash, true) desc
    on conflict (business_id, recipient_hash) do update
        set message_id = excluded.message_id, reached_at = excluded.reached_at";
const COUNT: &str = "
    update messaging_limit_usage c set taken = u.taken, by_codes = u.by_codes
    from (select * from unnest($1::uuid[], $2::integer[], $3::integer[]) limit cardinality($1))
        as u (business_id, taken, by_codes)
    where c.business_id = u.business_id";

/// When a message is looked at again whose business's places are not counted yet: the reaper does that.
const NOT_COUNTED: Duration = Duration::from_secs(1);

type Recipient<'f> = (BusinessId, &'f [u8]);

/// What is known of a recipient.
struct Known {
    has_place: bool,
    is_exempt: bool,
}

/// Takes places for the messages that would leave, one-time codes first, and holds those that find none. `reserved` is
/// the share of each limit that is for one-time codes.
pub(super) async fn take(
    transaction: &BatchTransaction<'_>,
    reserved: f64,
    contexts: &[ClaimContext],
    decisions: &mut [Decision],
) -> Result<(), StorageError> {
    let mut asks: Vec<(usize, &ClaimContext, u32)> = contexts
        .iter()
        .zip(decisions.iter())
        .enumerate()
        .filter(|(_, (_, decision))| **decision == Decision::Send)
        .filter_map(|(index, (context, _))| Some((index, context, context.messaging_limit?)))
        .collect();
    if asks.is_empty() {
        return Ok(());
    }
    asks.sort_by_key(|(_, context, _)| context.subject.lane != Lane::Otp);
    let mut counts = lock(transaction, &asks).await?;
    let known = known(transaction, &asks).await?;
    let mut reached: BTreeMap<Recipient<'_>, &ClaimContext> = BTreeMap::new();
    let mut changed: BTreeSet<BusinessId> = BTreeSet::new();
    for ((index, context, limit), known) in asks.into_iter().zip(known) {
        if known.is_exempt {
            continue;
        }
        let business_id = context.subject.business_id;
        let recipient = (business_id, context.pair());
        let for_code = context.subject.lane == Lane::Otp;
        let has_place = known.has_place || reached.contains_key(&recipient);
        let decision = match counts.get_mut(&business_id) {
            None => Decision::Later(NOT_COUNTED),
            Some(_) if has_place => Decision::Send,
            Some(places) => {
                if places.take(limit, reserved, for_code) {
                    changed.insert(business_id);
                    Decision::Send
                } else {
                    Decision::Held(HeldReason::MessagingLimit)
                }
            }
        };
        if decision == Decision::Send {
            reached.entry(recipient).or_insert(context);
        } else if let Some(decided) = decisions.get_mut(index) {
            *decided = decision;
        }
    }
    write_recipients(transaction, &reached).await?;
    counts.retain(|business_id, _| changed.contains(business_id));
    write_counts(transaction, &counts).await
}

async fn lock(
    transaction: &BatchTransaction<'_>,
    asks: &[(usize, &ClaimContext, u32)],
) -> Result<BTreeMap<BusinessId, LimitUsage>, StorageError> {
    let businesses: BTreeSet<Uuid> = asks
        .iter()
        .map(|(_, context, _)| context.subject.business_id.as_uuid())
        .collect();
    let businesses: Vec<Uuid> = businesses.into_iter().collect();
    let statement = transaction.prepare_cached(LOCK).await?;
    let rows = transaction.query(&statement, &[&businesses]).await?;
    rows.iter()
        .map(|row| Ok((BusinessId::from_uuid(row.try_get(0)?), places(row, 1)?)))
        .collect()
}

/// Reads `taken` and `by_codes`, from a column on.
pub(crate) fn places(row: &Row, from: usize) -> Result<LimitUsage, StorageError> {
    let count = |column: usize| {
        u32::try_from(row.try_get::<_, i32>(column)?)
            .map_err(|_| corrupt("messaging_limit_usage.taken"))
    };
    Ok(LimitUsage {
        taken: count(from)?,
        by_codes: count(from + 1)?,
    })
}

async fn known(
    transaction: &BatchTransaction<'_>,
    asks: &[(usize, &ClaimContext, u32)],
) -> Result<Vec<Known>, StorageError> {
    let contexts = || asks.iter().map(|(_, context, _)| context);
    let businesses: Vec<Uuid> = contexts()
        .map(|context| context.subject.business_id.as_uuid())
        .collect();
    let hashes: Vec<&[u8]> = contexts()
        .map(|context| context.recipient_hash.as_slice())
        .collect();
    let numbers: Vec<&str> = contexts()
        .map(|context| context.subject.phone_number_id.as_str())
        .collect();
    let statement = transaction.prepare_cached(KNOWN).await?;
    let rows = transaction
        .query(&statement, &[&businesses, &hashes, &numbers])
        .await?;
    let known = |row: &Row| {
        Ok(Known {
            has_place: row.try_get(0)?,
            is_exempt: row.try_get(1)?,
        })
    };
    rows.iter().map(known).collect()
}

async fn write_recipients(
    transaction: &BatchTransaction<'_>,
    reached: &BTreeMap<Recipient<'_>, &ClaimContext>,
) -> Result<(), StorageError> {
    if reached.is_empty() {
        return Ok(());
    }
    let (businesses, hashes): (Vec<Uuid>, Vec<&[u8]>) = reached
        .values()
        .map(|context| {
            let business_id = context.subject.business_id.as_uuid();
            (business_id, context.recipient_hash.as_slice())
        })
        .unzip();
    let (messages, codes): (Vec<Uuid>, Vec<bool>) = reached
        .values()
        .map(|context| {
            let subject = &context.subject;
            (subject.message_id.as_uuid(), subject.lane == Lane::Otp)
        })
        .unzip();
    let statement = transaction.prepare_cached(REACH).await?;
    transaction
        .execute(&statement, &[&businesses, &hashes, &messages, &codes])
        .await?;
    Ok(())
}

async fn write_counts(
    transaction: &BatchTransaction<'_>,
    counts: &BTreeMap<BusinessId, LimitUsage>,
) -> Result<(), StorageError> {
    if counts.is_empty() {
        return Ok(());
    }
    let businesses: Vec<Uuid> = counts.keys().map(BusinessId::as_uuid).collect();
    let column = |value: fn(&LimitUsage) -> u32| {
        let values = counts
            .values()
            .map(|places| i32::try_from(value(places)).unwrap_or(i32::MAX));
        values.collect::<Vec<i32>>()
    };
    let (taken, by_codes) = (
        column(|places| places.taken),
        column(|places| places.by_codes),
    );
    let statement = transaction.prepare_cached(COUNT).await?;
    transaction
        .execute(&statement, &[&businesses, &taken, &by_codes])
        .await?;
    Ok(())
}
