//! What is kept of identifiers that prove to be one person is united, and what a number had ends when it goes to somebody
//! else.

use std::collections::HashMap;

use common::contact::IdentifierHash;
use common::ids::BusinessId;
use uuid::Uuid;

use super::load::Loaded;
use super::plan::{Left, Plan};
use database::BatchTransaction;
use database::StorageError;

// A person's words to the business and the preferences that Meta keeps, each with the later times of all identifiers.
const CONSENT: &str = "
    with members as (
        select * from unnest($2::uuid[], $3::bytea[], $4::smallint[], $5::boolean[])
            as m (contact_id, hash, hash_version, is_current) limit cardinality($2)),
    known as (
        select m.contact_id, s.origin_hash, max(s.opted_out_at) as opted_out_at, max(s.opted_in_at) as opted_in_at,
            (array_agg(s.source order by greatest(s.opted_out_at, s.opted_in_at) desc))[1] as source
        from members m join suppressions s on s.business_id = $1 and s.recipient_hash = m.hash
        group by m.contact_id, s.origin_hash)
    insert into suppressions as s
        (business_id, recipient_hash, hash_version, origin_hash, source, opted_out_at, opted_in_at)
    select $1, m.hash, m.hash_version, k.origin_hash, k.source, k.opted_out_at, k.opted_in_at
    from known k join members m on m.contact_id = k.contact_id and m.is_current
    order by m.hash, k.origin_hash
    on conflict (business_id, recipient_hash, origin_hash) do update
        set opted_out_at = greatest(s.opted_out_at, excluded.opted_out_at),
            opted_in_at = greatest(s.opted_in_at, excluded.opted_in_at)";
const WINDOWS: &str = "
    with members as (
        select * from unnest($2::uuid[], $3::bytea[], $4::smallint[], $5::boolean[])
            as m (contact_id, hash, hash_version, is_current) limit cardinality($2)),
    known as (
        select m.contact_id, n.phone_number_id, max(w.last_inbound_at) as last_inbound_at
        from members m
        cross join (select phone_number_id from phone_numbers where business_id = $1) n
        cross join lateral (
            select last_inbound_at from service_windows
            where business_id = $1 and phone_number_id = n.phone_number_id and contact_hash = m.hash limit 1) w
        where m.is_current
        group by m.contact_id, n.phone_number_id)
    insert into service_windows as w (business_id, phone_number_id, contact_hash, hash_version, last_inbound_at)
    select $1, k.phone_number_id, m.hash, m.hash_version, k.last_inbound_at
    from known k join members m on m.contact_id = k.contact_id and m.is_current
    order by k.phone_number_id, m.hash
    on conflict (business_id, phone_number_id, contact_hash) do update
        set last_inbound_at = greatest(w.last_inbound_at, excluded.last_inbound_at)";
const HAVE_PLACES: &str = "
    select exists (select from messaging_limit_recipients r where r.business_id = $1 and r.recipient_hash = any($2))";
const LOCK_COUNT: &str = "select from messaging_limit_usage where business_id = $1 for update";
// Every identifier gets the person's latest place; one row of the person is counted, the one that was counted first.
const PLACES: &str = "
    with members as (
        select * from unnest($2::uuid[], $3::bytea[], $4::smallint[], $5::boolean[])
            as m (contact_id, hash, hash_version, is_current) limit cardinality($2)),
    known as (
        select m.contact_id, (array_agg(r.message_id order by r.reached_at desc))[1] as message_id,
            bool_and(r.by_code) as by_code, max(r.reached_at) as reached_at,
            (array_agg(r.recipient_hash order by r.is_counted desc, r.reached_at))[1] as counted
        from members m join messaging_limit_recipients r on r.business_id = $1 and r.recipient_hash = m.hash
        where m.is_current
        group by m.contact_id)
    insert into messaging_limit_recipients as r (business_id, recipient_hash, message_id, by_code, reached_at, is_counted)
    select $1, m.hash, k.message_id, k.by_code, k.reached_at, m.hash = k.counted
    from known k join members m on m.contact_id = k.contact_id and m.is_current
    order by m.hash
    on conflict (business_id, recipient_hash) do update
        set message_id = excluded.message_id, by_code = excluded.by_code, reached_at = excluded.reached_at,
            is_counted = excluded.is_counted";
const COUNT: &str = "
    update messaging_limit_usage c set taken = n.taken, by_codes = n.by_codes
    from (select count(*)::integer as taken, (count(*) filter (where by_code))::integer as by_codes
        from messaging_limit_recipients where business_id = $1 and is_counted) n
    where c.business_id = $1";
const CLOSE_WINDOWS: &str =
    "delete from service_windows where business_id = $1 and contact_hash = any($2)
    and phone_number_id in (select phone_number_id from phone_numbers where business_id = $1)";
// A number that somebody else has keeps the refusals that were given from it, as words that its new owner can take back,
// and no consent.
const KEEP_REFUSALS: &str = "
    with gone as (
        delete from suppressions where business_id = $1 and recipient_hash = any($2)
        returning recipient_hash, hash_version, source, opted_out_at)
    insert into suppressions (business_id, recipient_hash, hash_version, source, opted_out_at)
    select $1, recipient_hash, max(hash_version), (array_agg(source order by opted_out_at desc))[1], max(opted_out_at)
    from gone where opted_out_at is not null group by recipient_hash
    order by recipient_hash";

/// The identifiers of the changed contacts, as columns.
#[derive(Default)]
struct Members {
    contacts: Vec<Uuid>,
    hashes: Vec<Vec<u8>>,
    versions: Vec<i16>,
    /// Whether the identifier names the contact now; what a retired number was told goes on for the person's next one.
    current: Vec<bool>,
}

/// Unites and ends what a plan says, for one business.
pub(super) async fn apply(
    transaction: &BatchTransaction<'_>,
    business_id: BusinessId,
    loaded: &Loaded,
    plan: &Plan,
) -> Result<(), StorageError> {
    if plan.changed.is_empty() {
        return Ok(());
    }
    let business = business_id.as_uuid();
    end(transaction, business, plan, |left| !left.is_retired).await?;
    let members = Members::of(loaded, plan);
    members.unite(transaction, business, CONSENT).await?;
    close_windows(transaction, business, plan).await?;
    members.unite(transaction, business, WINDOWS).await?;
    unite_places(transaction, business, &members).await?;
    end(transaction, business, plan, |left| left.is_retired).await
}

async fn unite_places(
    transaction: &BatchTransaction<'_>,
    business: Uuid,
    members: &Members,
) -> Result<(), StorageError> {
    let statement = transaction.prepare_cached(HAVE_PLACES).await?;
    let row = transaction
        .query_one(&statement, &[&business, &members.hashes])
        .await?;
    if !row.try_get::<_, bool>(0)? {
        return Ok(());
    }
    let lock = transaction.prepare_cached(LOCK_COUNT).await?;
    transaction.query(&lock, &[&business]).await?;
    members.unite(transaction, business, PLACES).await?;
    let count = transaction.prepare_cached(COUNT).await?;
    transaction.execute(&count, &[&business]).await?;
    Ok(())
}

async fn close_windows(
    transaction: &BatchTransaction<'_>,
    business: Uuid,
    plan: &Plan,
) -> Result<(), StorageError> {
    if plan.left.is_empty() {
        return Ok(());
    }
    let hashes: Vec<&[u8]> = plan.left.iter().map(|left| left.hash.as_slice()).collect();
    let statement = transaction.prepare_cached(CLOSE_WINDOWS).await?;
    transaction
        .execute(&statement, &[&business, &hashes])
        .await?;
    Ok(())
}

async fn end(
    transaction: &BatchTransaction<'_>,
    business: Uuid,
    plan: &Plan,
    ends: impl Fn(&Left) -> bool,
) -> Result<(), StorageError> {
    let left = plan.left.iter().filter(|left| ends(left));
    let hashes: Vec<&[u8]> = left.map(|left| left.hash.as_slice()).collect();
    if hashes.is_empty() {
        return Ok(());
    }
    let statement = transaction.prepare_cached(KEEP_REFUSALS).await?;
    transaction
        .execute(&statement, &[&business, &hashes])
        .await?;
    Ok(())
}

impl Members {
    fn of(loaded: &Loaded, plan: &Plan) -> Self {
        let mut versions: HashMap<IdentifierHash, i16> = loaded
            .rows
            .iter()
            .map(|(hash, row)| (*hash, row.hash_version))
            .collect();
        for (named, ..) in &plan.added {
            versions.insert(named.hash(), named.hash_version);
        }
        let mut members = Self::default();
        for id in &plan.changed {
            let Some(contact) = loaded.book.contact(*id) else {
                continue;
            };
            let retired = plan
                .left
                .iter()
                .filter(|left| left.is_retired && left.contact_id == *id)
                .map(|left| (left.hash, false));
            let current = contact.hashes().into_iter().map(|hash| (hash, true));
            for (hash, is_current) in current.chain(retired) {
                members.contacts.push(id.as_uuid());
                members
                    .versions
                    .push(versions.get(&hash).copied().unwrap_or_default());
                members.hashes.push(hash.to_vec());
                members.current.push(is_current);
            }
        }
        members
    }

    async fn unite(
        &self,
        transaction: &BatchTransaction<'_>,
        business: Uuid,
        sql: &'static str,
    ) -> Result<(), StorageError> {
        let statement = transaction.prepare_cached(sql).await?;
        transaction
            .execute(
                &statement,
                &[
                    &business,
                    &self.contacts,
                    &self.hashes,
                    &self.versions,
                    &self.current,
                ],
            )
            .await?;
        Ok(())
    }
}
