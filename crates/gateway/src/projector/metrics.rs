//! The numbers of the projector.

use std::sync::OnceLock;

use prometheus::{
    Histogram, IntCounterVec, IntGauge, exponential_buckets, register_histogram,
    register_int_counter_vec, register_int_gauge,
};

/// The numbers of the projector.
pub(super) struct Metrics {
    pub(super) statuses: IntCounterVec,
    pub(super) inbound: IntCounterVec,
    pub(super) limits: IntCounterVec,
    pub(super) preferences: IntCounterVec,
    pub(super) templates: IntCounterVec,
    pub(super) refused: IntCounterVec,
    pub(super) age: Histogram,
    pub(super) consent_applied_until: IntGauge,
}

static METRICS: OnceLock<Metrics> = OnceLock::new();

impl Metrics {
    pub(super) fn get() -> &'static Self {
        METRICS.get_or_init(Self::register)
    }

    #[expect(
        clippy::expect_used,
        reason = "names and labels are fixed here; a clash shows at the first start"
    )]
    fn register() -> Self {
        let counter = |name: &str, help: &str| {
            register_int_counter_vec!(name, help, &["outcome"]).expect("registered once")
        };
        Self {
            statuses: counter(
                "djigbachats_gateway_statuses_total",
                "Statuses of Meta by outcome: changed rows, foreign (forged, or of another number), unmatched (message not \
                 known), unknown_word, doubt_resolved, slowed_number (its failure says that the number sends too much: the \
                 number's pace is halved for all senders). A rise of foreign means that somebody names other people's messages.",
            ),
            inbound: counter(
                "djigbachats_gateway_inbound_total",
                "Messages of clients by outcome: stored, repeated, foreign, opted_out.",
            ),
            limits: counter(
                "djigbachats_gateway_limits_total",
                "What Meta's webhooks said of numbers, by outcome: changed (a messaging limit is another), to_read (numbers \
                 that a sender reads from Meta again), foreign (an account that nobody connected).",
            ),
            preferences: counter(
                "djigbachats_gateway_preferences_total",
                "What people say of marketing in WhatsApp's settings, and messages that could not be read and count as a \
                 refusal, by outcome: applied, repeated, foreign (a number that nobody connected, or a person whom nothing \
                 names), unknown_word (kept in quarantine).",
            ),
            templates: counter(
                "djigbachats_gateway_template_statuses_total",
                "What Meta's webhooks said of templates, by outcome: changed, outdated (something newer is known), unknown (the \
                 next synchronisation brings the template), released (messages that waited for it).",
            ),
            refused: counter(
                "djigbachats_gateway_events_refused_total",
                "Events that cannot be applied (status, inbound, preferences, limits, template_status). They are in quarantine \
                 and logged; look there.",
            ),
            age: register_histogram!(
                "djigbachats_gateway_event_age_seconds",
                "From the publish of an event to its commit. Above 10 s the projector does not keep up.",
                exponential_buckets(0.005, 2.0, 14).expect("a fixed range")
            )
            .expect("registered once"),
            consent_applied_until: register_int_gauge!(
                "djigbachats_gateway_consent_applied_until_seconds",
                "Unix time up to which every opt-out is applied. When it lags by more than a second, messages that an \
                 opt-out covers are held."
            )
            .expect("registered once"),
        }
    }
}

/// Adds a count of a batch.
pub(super) fn add(counter: &IntCounterVec, outcome: &str, count: usize) {
    counter
        .with_label_values(&[outcome])
        .inc_by(u64::try_from(count).unwrap_or(u64::MAX));
}
