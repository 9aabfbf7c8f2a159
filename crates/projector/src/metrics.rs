//! The metrics of the projector.

use bootstrap::register::{counters, doubling_buckets, gauge, histogram};
use prometheus::{Histogram, IntCounterVec, IntGauge};

bootstrap::metrics! {
    /// The metrics of the projector.
    pub(crate) struct Metrics {
        statuses: IntCounterVec = counters(
            "djigbachats_gateway_statuses_total",
            "Statuses of Meta by outcome: changed rows, foreign (forged, or of another number), unmatched \
             (the message is not stored yet), unknown_word, doubt_resolved, slowed_number (Meta reports that \
             the number sends too fast: its send rate is halved for all senders). A rise of foreign means that \
             somebody sends ids of other businesses' messages.",
            &["outcome"],
        ),
        inbound: IntCounterVec = counters(
            "djigbachats_gateway_inbound_total",
            "Messages of customers by outcome: stored, repeated, foreign, opted_out.",
            &["outcome"],
        ),
        limits: IntCounterVec = counters(
            "djigbachats_gateway_limits_total",
            "Meta's updates about numbers, by outcome: changed (the messaging limit changed), to_read (a \
             sender reads these numbers from Meta again), foreign (an account that no business has \
             connected).",
            &["outcome"],
        ),
        preferences: IntCounterVec = counters(
            "djigbachats_gateway_preferences_total",
            "Marketing preferences from WhatsApp's settings, and messages that could not be read and count as \
             a refusal, by outcome: applied, repeated, foreign (a number that no business has connected, or a \
             person without an identifier), unknown_word (kept in quarantine).",
            &["outcome"],
        ),
        templates: IntCounterVec = counters(
            "djigbachats_gateway_template_updates_total",
            "Meta's reports about templates, by aspect (status, quality, components, category, detected_category) \
             and outcome: applied, repeated, outdated (a newer one was applied before), ignored (a lock, which \
             changes nothing here), unknown (the account is synchronised, which adds the template); of the status \
             also released (messages that waited for it) and resumed (campaigns that were paused for it).",
            &["aspect", "outcome"],
        ),
        refused: IntCounterVec = counters(
            "djigbachats_gateway_events_refused_total",
            "Updates that cannot be applied (status, inbound, preferences, limits, templates). They are \
             logged and kept in quarantine, to be replayed.",
            &["outcome"],
        ),
        age: Histogram = histogram(
            "djigbachats_gateway_event_age_seconds",
            "From the publish of an event to its commit. Above 10 s the projector does not keep up.",
            &doubling_buckets(0.005, 14),
        ),
        consent_applied_until: IntGauge = gauge(
            "djigbachats_gateway_consent_applied_until_seconds",
            "Unix time up to which all opt-outs are applied. When it is older than a second, messages that an \
             opt-out may cover are held.",
        ),
    }
}

/// Adds the count of a batch.
pub(crate) fn add(counter: &IntCounterVec, outcome: &str, count: usize) {
    counter
        .with_label_values(&[outcome])
        .inc_by(u64::try_from(count).unwrap_or(u64::MAX));
}
