//! The metrics of the sender.

use bootstrap::register::{
    counter, counters, doubling_buckets, gauge, gauges, histogram, histograms,
};
use prometheus::{Histogram, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec};

bootstrap::metrics! {
    /// The metrics of the sender.
    pub(crate) struct Metrics {
        claims: IntCounterVec = counters(
            "djigbachats_sender_claims_total",
            "Messages that a claim decided on, by lane and decision. `send` is sent; a reason such as \
             number_stopped, campaign_paused or consent_lag holds the message until the reason ends; not_now waits \
             for the number's send rate, first in memory, then in the database.",
            &["lane", "decision"],
        ),
        claim_batch_size: Histogram = histogram(
            "djigbachats_sender_claim_batch_size",
            "Messages per claim.",
            &doubling_buckets(1.0, 10),
        ),
        claim_failures: IntCounter = counter(
            "djigbachats_sender_claim_failures_total",
            "Claims that failed, mostly because Postgres was not available. The jobs are kept and claimed again.",
        ),
        busy: IntCounter = counter(
            "djigbachats_sender_busy_total",
            "Messages that another transaction had locked at their claim; they are claimed again.",
        ),
        waiting: IntGaugeVec = gauges(
            "djigbachats_sender_waiting_messages",
            "Messages of unacked jobs in this process that wait for a permit, their number's send rate, or \
             Postgres.",
            &["lane"],
        ),
        job_age: IntGaugeVec = gauges(
            "djigbachats_sender_job_age_milliseconds",
            "How long ago the latest job of the lane was published: how far behind the sender is.",
            &["lane"],
        ),
        posts: IntCounterVec = counters(
            "djigbachats_sender_posts_total",
            "POSTs to Meta, by lane.",
            &["lane"],
        ),
        post_duration: HistogramVec = histograms(
            "djigbachats_sender_post_duration_seconds",
            "Time of a POST to Meta, by lane.",
            &["lane"],
            &[0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0, 10.0, 15.0],
        ),
        in_flight: IntGaugeVec = gauges(
            "djigbachats_sender_in_flight_posts",
            "POSTs to Meta in flight, by lane.",
            &["lane"],
        ),
        outcomes: IntCounterVec = counters(
            "djigbachats_sender_outcomes_total",
            "Attempts by lane, outcome and class of Meta's error (none without one).",
            &["lane", "outcome", "class"],
        ),
        doubts: IntCounterVec = counters(
            "djigbachats_sender_doubts_total",
            "Attempts after which it is unknown whether Meta has the message, by category. A rise means that Meta \
             or the network has failures; each message waits for a status before it is sent again or given up.",
            &["category"],
        ),
        late_answers: IntCounter = counter(
            "djigbachats_sender_late_answers_total",
            "Results of attempts that were not the message's latest: stored as evidence only.",
        ),
        record_failures: IntCounter = counter(
            "djigbachats_sender_record_failures_total",
            "Writes of results that failed and are tried again; the results are kept in memory until then.",
        ),
        record_batch_size: Histogram = histogram(
            "djigbachats_sender_record_batch_size",
            "Results per write.",
            &doubling_buckets(1.0, 10),
        ),
        dropped_answers: IntCounter = counter(
            "djigbachats_sender_dropped_answers_total",
            "Results that could not be recorded and were given up; their leases end in doubt. Must stay 0.",
        ),
        stopped_numbers: IntCounter = counter(
            "djigbachats_sender_stopped_numbers_total",
            "Numbers stopped because Meta refused their token or account. Each business has to connect again.",
        ),
        paused_campaigns: IntCounterVec = counters(
            "djigbachats_sender_paused_campaigns_total",
            "Campaigns that were paused because Meta refused or failed their messages, by reason: template_refused, \
             failed_share, quality_red. The business sees the reason and resumes or cancels them.",
            &["reason"],
        ),
        opened_breakers: IntCounter = counter(
            "djigbachats_sender_opened_breakers_total",
            "Breakers of numbers that opened because most of their messages within seconds were in doubt. Their \
             messages are held until Meta answers the probes of the number clearly.",
        ),
        open_breakers: IntGauge = gauge(
            "djigbachats_sender_open_breakers",
            "Numbers whose breaker is open, for all senders: their messages are held.",
        ),
        pair_rate_limited: IntCounter = counter(
            "djigbachats_sender_pair_rate_limited_total",
            "Messages that wait for the pair rate limit: one message in six seconds to a recipient, and a pause \
             after each burst. A steady rise means that a business sends many messages to the same people.",
        ),
        number_refreshes: IntCounterVec = counters(
            "djigbachats_sender_number_reads_total",
            "Numbers read from Meta again, after a webhook or once an hour, by outcome: changed, same, overtaken (a \
             webhook arrived meanwhile: read once more), failed (tried again after ten seconds; the stored values \
             are kept). When failed rises steadily, quality, throughput and messaging limits are not up to date.",
            &["outcome"],
        ),
        released_limit_usage: IntCounter = counter(
            "djigbachats_sender_released_limit_usage_total",
            "Recipients whose 24 hours in a messaging limit ended: messages held for messaging_limit are sent \
             instead.",
        ),
        slowed_numbers: IntCounter = counter(
            "djigbachats_sender_slowed_numbers_total",
            "Numbers whose send rate was halved for all senders because Meta throttled them; each doubles again \
             after ten seconds without a throttle. A steady rise means that throughput_share is too high, given what \
             else the business sends.",
        ),
        unused_slots: IntCounter = counter(
            "djigbachats_sender_unused_slots_total",
            "Send slots that ended before their POST began; the message is given back and sent later. A rise means \
             that Postgres or this machine is slow.",
        ),
        lease_expiries: IntCounterVec = counters(
            "djigbachats_sender_lease_expiries_total",
            "Leases that ended without a result, by category: a sender crashed or could not record.",
            &["category"],
        ),
        resends: IntCounterVec = counters(
            "djigbachats_sender_resends_total",
            "Messages in doubt that were sent once more, flagged as possible duplicates, by category.",
            &["category"],
        ),
        unresolved: IntCounterVec = counters(
            "djigbachats_sender_unresolved_total",
            "Messages given up in doubt, by category.",
            &["category"],
        ),
        freed: IntCounterVec = counters(
            "djigbachats_sender_freed_total",
            "Held messages that the reaper released, by reason. Except for consent_lag, they are normally released \
             before.",
            &["reason"],
        ),
        republished: IntCounterVec = counters(
            "djigbachats_sender_republished_total",
            "Messages published by the sender, by cause: due, lost, given_back, freed, released. A rise of lost \
             means that jobs do not reach the broker.",
            &["cause"],
        ),
        publish_failures: IntCounter = counter(
            "djigbachats_sender_publish_failures_total",
            "Jobs that the broker did not confirm; the reaper publishes their messages again.",
        ),
        released: IntCounter = counter(
            "djigbachats_sender_released_total",
            "Rows of campaigns that became messages.",
        ),
        release_skipped: IntCounter = counter(
            "djigbachats_sender_release_skipped_total",
            "Rows of campaigns that the dispatch skipped because their variables do not fit the template any more.",
        ),
        worker_failures: IntCounterVec = counters(
            "djigbachats_sender_worker_failures_total",
            "Rounds of the reaper, the dispatch of campaigns, the breakers or the number refresh that failed; the \
             next round tries again.",
            &["worker"],
        ),
        unreadable: IntCounter = counter(
            "djigbachats_sender_unreadable_messages_total",
            "Messages that the reaper could not handle, because this version cannot read their stored row. They are \
             left unchanged and tried again; the log has their ids.",
        ),
        uploads: IntCounterVec = counters(
            "djigbachats_sender_media_uploads_total",
            "Uploads of files to Meta, by outcome: uploaded; refused by Meta or expired, and its messages are \
             rejected; failed, number_stopped, unreadable or stopped are tried again while its messages wait. Many \
             failed and none uploaded: check Meta's status page and the network; unreadable: the log has the file's \
             id.",
            &["outcome"],
        ),
        upload_duration: Histogram = histogram(
            "djigbachats_sender_media_upload_duration_seconds",
            "Time of an upload of a file to Meta. Each message with a new file waits for one.",
            &[0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 80.0],
        ),
    }
}
