//! The SQL of reports about templates.

/// Templates of the accounts `$1` with the ids `$2` or the names `$3`. A deleted one is only meant by its id.
pub(super) const LOCK: &str = "
    select business_id, template_id, waba_id, name, language, synced_at, status, status_reported_at, status_note,
        status_until, category, category_reported_at, detected_category, category_detected_at, category_changes_at,
        quality_score, quality_reported_at, components, components_reported_at
    from templates
    where waba_id = any($1) and (template_id = any($2) or (name = any($3) and status <> 'DELETED'))
    order by business_id, template_id for no key update";

pub(super) const WRITE: &str = "
    update templates t set status = u.status, status_reported_at = u.status_reported_at, status_note = u.status_note,
        status_until = u.status_until, category = u.category, category_reported_at = u.category_reported_at,
        detected_category = u.detected_category, category_detected_at = u.category_detected_at,
        category_changes_at = u.category_changes_at, quality_score = u.quality, quality_reported_at = u.quality_reported_at,
        components = u.components, components_reported_at = u.components_reported_at
    from unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[], $5::text[], $6::timestamptz[], $7::text[],
            $8::timestamptz[], $9::text[], $10::timestamptz[], $11::timestamptz[], $12::text[], $13::timestamptz[],
            $14::jsonb[], $15::timestamptz[])
        as u (business_id, template_id, status, status_reported_at, status_note, status_until, category,
            category_reported_at, detected_category, category_detected_at, category_changes_at, quality,
            quality_reported_at, components, components_reported_at)
    where t.business_id = u.business_id and t.template_id = u.template_id";

/// Locks the accounts `$1` in the order of their keys.
pub(super) const LOCK_ACCOUNTS: &str = "
    select business_id, waba_id from wabas where waba_id = any($1) and disconnected_at is null
    order by business_id, waba_id for no key update";

/// Has the accounts `$1` synchronised: a run that begins after `$2` reads what was reported.
pub(super) const REQUEST_SYNC: &str = "
    update wabas set templates_sync_requested_at = $2 where waba_id = any($1) and disconnected_at is null";
