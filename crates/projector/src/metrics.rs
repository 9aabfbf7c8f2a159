//! The metrics of the projector.

use std::sync::OnceLock;

use prometheus::{
    Histogram, IntCounterVec, IntGauge, exponential_buckets, register_histogram,
    register_int_counter_vec, register_int_gauge,
};

/// The metrics of the projector.
pub(crate) struct Metrics {
    pub(crate) statuses: IntCounterVec,
    pub(crate) inbound: IntCounterVec,
    pub(crate) limits: IntCounterVec,
    pub(crate) preferences: IntCounterVec,
    pub(crate) templates: IntCounterVec,
    pub(crate) refused: IntCounterVec,
    pub(crate) age: Histogram,
    pub(crate) consent_applied_until: IntGauge,
}

static METRICS: OnceLock<Metrics> = OnceLock::new();

impl Metrics {
    pub(crate) fn get() -> &'static Self {
        METRICS.get_or_init(Self::register)
    }

    #[expect(
        clippy::expect_used,
        reason = "names and labels are fixed here; a conflict fails the first start"
    )]
    fn register() -> Self {
        let counter = |name: &str, help: &str| {
            register_int_counter_vec!(name, help, &["outcome"]).expect("registered once")
        };
        Self {
            statuses: counter(
                "djigbachats_gateway_statuses_total",
                "Statuses of Meta by outcome: changed rows, foreign (forged, or of another number), unmatched \
                 (the message is not stored yet), unknown_word, doubt_resolved, slowed_number (Meta reports that \
                 the number sends too fast: its send rate is halved for all senders). A rise of foreign means that \
                 somebody sends ids of other businesses' messages.",
            ),
            inbound: counter(
                "djigbachats_gateway_inbound_total",
                "Messages of customers by outcome: stored, repeated, foreign, opted_out.",
            ),
            limits: counter(
                "djigbachats_gateway_limits_total",
                "Meta's updates about numbers, by outcome: changed (the messaging limit changed), to_read (a \
                 sender reads these numbers from Meta again), foreign (an account that no business has \
                 connected).",
            ),
            preferences: counter(
                "djigbachats_gateway_preferences_total",
                "Marketing preferences from WhatsApp's settings, and messages that could not be read and count as \
                 a refusal, by outcome: applied, repeated, foreign (a number that no business has connected, or a \
                 person without an identifier), unknown_word (kept in quarantine).",
            ),
            templates: register_int_counter_vec!(
                "djigbachats_gateway_template_updates_total",
                "Meta's reports about templates, by aspect (status, quality, components, category, detected_category) \
                 and outcome: applied, repeated, outdated (a newer one was applied before), ignored (a lock, which \
                 changes nothing here), unknown (the account is synchronised, which adds the template); of the status \
                 also released (messages that waited for it) and resumed (campaigns that were paused for it).",
                &["aspect", "outcome"]
            )
            .expect("registered once"),
            refused: counter(
                "djigbachats_gateway_events_refused_total",
                "Updates that cannot be applied (status, inbound, preferences, limits, templates). They are \
                 logged and kept in quarantine, to be replayed.",
            ),
            age: register_histogram!(
                "djigbachats_gateway_event_age_seconds",
                "From the publish of an event to its commit. Above 10 s the projector does not keep up.",
                exponential_buckets(0.005, 2.0, 14).expect("a fixed range")
            )
            .expect("registered once"),
            consent_applied_until: register_int_gauge!(
                "djigbachats_gateway_consent_applied_until_seconds",
                "Unix time up to which all opt-outs are applied. When it is older than a second, messages that an \
                 opt-out may cover are held."
            )
            .expect("registered once"),
        }
    }
}

/// Adds the count of a batch.
pub(crate) fn add(counter: &IntCounterVec, outcome: &str, count: usize) {
    counter
        .with_label_values(&[outcome])
        .inc_by(u64::try_from(count).unwrap_or(u64::MAX));
}
