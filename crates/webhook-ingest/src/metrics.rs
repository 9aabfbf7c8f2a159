//! The metrics of webhook-ingest.

use std::sync::OnceLock;

use prometheus::{
    Histogram, IntCounterVec, exponential_buckets, register_histogram, register_int_counter_vec,
};

/// The metrics of webhook-ingest.
pub(crate) struct Metrics {
    pub(crate) webhooks: IntCounterVec,
    pub(crate) fields: IntCounterVec,
    pub(crate) unreadable: IntCounterVec,
    pub(crate) events: IntCounterVec,
    pub(crate) refused: IntCounterVec,
    pub(crate) duration: Histogram,
}

static METRICS: OnceLock<Metrics> = OnceLock::new();

impl Metrics {
    /// The metrics of this process; registered at the first call.
    pub(crate) fn get() -> &'static Self {
        METRICS.get_or_init(Self::register)
    }

    #[expect(
        clippy::expect_used,
        reason = "names and labels are fixed here; a conflict fails the first start"
    )]
    fn register() -> Self {
        let counter = |name: &str, help: &str, labels: &[&str]| {
            register_int_counter_vec!(name, help, labels).expect("registered once")
        };
        Self {
            webhooks: counter(
                "djigbachats_ingest_webhooks_total",
                "Webhooks by outcome: accepted, quarantined (accepted, but with unreadable parts), bad_signature, \
                 not_enqueued, too_large, too_slow, overloaded (too many bytes of bodies in flight), incomplete. A \
                 rise of bad_signature means that somebody forges webhooks or that the app secret was rotated at \
                 Meta only; a rise of too_slow or overloaded means that somebody keeps connections open with \
                 unfinished bodies.",
                &["outcome"],
            ),
            fields: counter(
                "djigbachats_ingest_fields_total",
                "Changes by Meta's field. Applied: messages, user_preferences, message_template_status_update, \
                 phone_number_quality_update and business_capability_update; the others are counted and answered 200.",
                &["field"],
            ),
            unreadable: counter(
                "djigbachats_ingest_unreadable_items_total",
                "Unreadable parts of signed webhooks; the webhooks are in quarantine. Should stay 0; a rise \
                 means that Meta changed its format. An unreadable message may be an opt-out.",
                &["item"],
            ),
            events: counter("djigbachats_ingest_events_total", "Events that a queue confirmed.", &["queue"]),
            refused: counter(
                "djigbachats_ingest_publishes_refused_total",
                "Publishes that the broker did not confirm. Their webhooks get 503 and Meta sends them again.",
                &["queue"],
            ),
            duration: register_histogram!(
                "djigbachats_ingest_webhook_duration_seconds",
                "Seconds from the last byte of a webhook to its response. Meta expects a median of 0.25 s and under \
                 1 % above 1 s.",
                exponential_buckets(0.0005, 2.0, 13).expect("a fixed range")
            )
            .expect("registered once"),
        }
    }
}
