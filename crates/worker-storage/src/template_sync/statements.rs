//! The SQL of the synchronisation of templates.

use const_format::formatcp;

use crate::codes::{HELD, STOPPED};
use crate::conditions::NUMBER_CONNECTED;

/// `$1` now, `$2` the start of the interval, `$3` seconds of jitter, `$4` how many at most, `$5` before when a run has to
/// have begun that did not succeed. What webhooks request is done once a minute, however many they are.
pub(super) const CLAIM_DUE: &str = "update wabas w set templates_sync_started_at = $1
    from (
        select business_id, waba_id from wabas
        where disconnected_at is null and (templates_sync_started_at is null
            or templates_sync_started_at
                <= $2::timestamptz + make_interval(secs => (abs(hashtext(waba_id)::bigint) % $3::bigint)::double precision)
            or (templates_sync_started_at <= $5
                and (templates_synced_at is null or templates_synced_at < templates_sync_started_at))
            or (templates_sync_requested_at >= templates_sync_started_at
                and templates_sync_started_at <= $1::timestamptz - interval '1 minute'))
            and (management_calls_resume_at is null or management_calls_resume_at <= $1)
        order by templates_sync_started_at nulls first, business_id, waba_id
        limit $4
        for update skip locked
    ) due
    where w.business_id = due.business_id and w.waba_id = due.waba_id
    returning w.business_id, w.waba_id";

/// A fence never goes back, and no two runs share one.
pub(super) const BEGIN: &str = "update wabas
    set templates_sync_started_at = greatest($3, templates_sync_started_at + interval '1 microsecond')
    where business_id = $1 and waba_id = $2 and disconnected_at is null
    returning templates_sync_started_at";

pub(super) const TOKEN: &str =
    "select token_sealed from access_tokens where business_id = $1 and waba_id = $2";

/// Locks the account's numbers: whoever connects one writes it before its token.
pub(super) const LOCK_NUMBERS: &str = "select from phone_numbers
    where business_id = $1 and waba_id = $2 order by phone_number_id for no key update";

/// Locks the token against being replaced meanwhile.
pub(super) const LOCK_TOKEN: &str =
    "select token_sealed from access_tokens where business_id = $1 and waba_id = $2 for share";

/// Locks the account if `$3` is still its newest run.
pub(super) const LOCK_RUN: &str = "select from wabas
    where business_id = $1 and waba_id = $2 and templates_sync_started_at = $3 for update";

/// `$3` is when the run began.
pub(super) const KNOWN: &str = formatcp!(
    "select template_id, name, language, category, status, synced_at > $3,
        coalesce(status_reported_at >= {READ_FROM}, false), coalesce(category_reported_at >= {READ_FROM}, false)
    from templates
    where business_id = $1 and waba_id = $2 order by template_id for update",
    READ_FROM = "date_trunc('second', $3::timestamptz)"
);

pub(super) const MARK_DELETED: &str =
    "update templates set status = 'DELETED', status_note = null, status_until = null, synced_at = $3
    where business_id = $1 and template_id = any($2)";

/// A template cannot move to another account: such a row of Meta's is left alone. What a webhook reported after the run
/// began (`$13`) is newer than what the run read; webhooks tell the second only.
pub(super) const UPSERT: &str = formatcp!(
    "insert into templates (business_id, waba_id, synced_at, template_id, name, language,
        category, status, parameter_format, components, quality_score, rejected_reason)
    select $1, $2, $3, * from unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
        $10::jsonb[], $11::text[], $12::text[])
    on conflict (business_id, template_id) do update set name = excluded.name, language = excluded.language,
        category = case when templates.category_reported_at >= {READ_FROM} then templates.category else excluded.category end,
        status = case when {STATUS_STAYS} then templates.status else excluded.status end,
        status_note = case when {STATUS_STAYS} or templates.status = excluded.status then templates.status_note end,
        status_until = case when {STATUS_STAYS} or templates.status = excluded.status then templates.status_until end,
        parameter_format = excluded.parameter_format,
        components = case when templates.components_reported_at >= {READ_FROM} then templates.components
            else excluded.components end,
        quality_score = case when templates.quality_reported_at >= {READ_FROM} then templates.quality_score
            else excluded.quality_score end,
        rejected_reason = excluded.rejected_reason, synced_at = excluded.synced_at
    where templates.waba_id = excluded.waba_id",
    READ_FROM = "date_trunc('second', $13::timestamptz)",
    STATUS_STAYS = "templates.status_reported_at >= date_trunc('second', $13::timestamptz)"
);

pub(super) const SUCCEED: &str =
    "update wabas set templates_synced_at = $3, templates_sync_error = null
    where business_id = $1 and waba_id = $2";

pub(super) const FAIL: &str = "update wabas set templates_sync_error = $4
    where business_id = $1 and waba_id = $2 and templates_sync_started_at = $3";

/// Stops the numbers of an account.
pub(super) const STOP_NUMBERS: &str = formatcp!(
    "update phone_numbers n set connection = {STOPPED}, stopped_reason = $3
    where n.business_id = $1 and n.waba_id = $2 and {NUMBER_CONNECTED}
    returning phone_number_id"
);

/// Messages that wait for their template, held with the reason `$3` in state `$4`. The kind is a literal, because an
/// index depends on it.
pub(super) const WAITING_FOR_TEMPLATES: &str = formatcp!(
    "select m.id from due_messages d
    join messages m on m.business_id = d.business_id and m.id = d.message_id
    where d.business_id = $1 and d.kind = {HELD} and d.held_reason = $3
        and m.template_id = any($2) and m.state = $4 and m.held_reason = $3
    order by m.id limit $5"
);
