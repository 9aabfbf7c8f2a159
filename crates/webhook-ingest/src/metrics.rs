//! The metrics of webhook-ingest.

use bootstrap::register::{counters, doubling_buckets, histogram};
use prometheus::{Histogram, IntCounterVec};

bootstrap::metrics! {
    /// The metrics of webhook-ingest.
    pub(crate) struct Metrics {
        webhooks: IntCounterVec = counters(
            "djigbachats_ingest_webhooks_total",
            "Webhooks by outcome: accepted, quarantined (accepted, but with unreadable parts), bad_signature, \
             not_enqueued, too_large, too_slow, overloaded (too many bytes of bodies in flight), incomplete. A rise \
             of bad_signature means that somebody forges webhooks or that the app secret was rotated at Meta only; a \
             rise of too_slow or overloaded means that somebody keeps connections open with unfinished bodies.",
            &["outcome"],
        ),
        fields: IntCounterVec = counters(
            "djigbachats_ingest_fields_total",
            "Changes by Meta's field. Applied: messages, user_preferences, those about templates, \
             phone_number_quality_update and business_capability_update; the others are counted and answered 200.",
            &["field"],
        ),
        unreadable: IntCounterVec = counters(
            "djigbachats_ingest_unreadable_items_total",
            "Unreadable parts of signed webhooks; the webhooks are in quarantine. Should stay 0; a rise means that \
             Meta changed its format. An unreadable message may be an opt-out.",
            &["item"],
        ),
        events: IntCounterVec = counters(
            "djigbachats_ingest_events_total",
            "Events that a queue confirmed.",
            &["queue"],
        ),
        refused: IntCounterVec = counters(
            "djigbachats_ingest_publishes_refused_total",
            "Publishes that the broker did not confirm. Their webhooks get 503 and Meta sends them again.",
            &["queue"],
        ),
        duration: Histogram = histogram(
            "djigbachats_ingest_webhook_duration_seconds",
            "Seconds from the last byte of a webhook to its response. Meta expects a median of 0.25 s and under 1 % \
             above 1 s.",
            &doubling_buckets(0.0005, 13),
        ),
    }
}
