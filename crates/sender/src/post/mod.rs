//! The POST of a claimed message.
//!
//! It begins in its slot, shortly after the claim and well within the lease, or not at all: then the claim is given
//! back. A POST that has begun is never aborted, because an aborted POST is in doubt; the process waits for it when it
//! stops.

mod answer;
mod outgoing;

use std::sync::{Arc, Mutex, PoisonError};

use cloud_api::{CloudApi, ErrorClass, SendReport, ThrottleScope};
use common::message::{OpaqueId, PostOutcome};
use common::trace::TraceId;
use sealing::OpaqueSigner;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::time::Instant;
use tokio_util::task::TaskTracker;
use worker_storage::claim::{ClaimedMessage, OpenError, OpenedMessage};
use worker_storage::results::{Answer, Stop};

use crate::SenderContext;
use crate::breaker::Doubts;
use crate::lease::Lease;
use crate::metrics::Metrics;
use crate::pair_rate_limit::{PairKey, Pairs};
use crate::send_rate::{SendRate, Slot};

/// Posts claimed messages.
pub(crate) struct Poster {
    shared: Arc<SenderContext>,
    api: CloudApi,
    signer: OpaqueSigner,
    pub(crate) send_rate: SendRate,
    pub(crate) pairs: Pairs,
    doubts: Mutex<Doubts>,
    answers: mpsc::Sender<Answer>,
    tasks: TaskTracker,
}

/// A message to post.
pub(crate) struct Post {
    pub(crate) message: ClaimedMessage,
    pub(crate) lease: Lease,
    /// When its number may send it; a message without a slot is never posted.
    pub(crate) slot: Option<Slot>,
    /// Its number and recipient.
    pub(crate) pair: Option<PairKey>,
    pub(crate) claimed_at: Instant,
    pub(crate) trace_id: Option<TraceId>,
}

/// The reason why nothing was posted.
enum NotPosted {
    /// The claim is given back.
    GivenBack,
    /// The claim is given back because its slot ended.
    SlotEnded,
    /// The stored message cannot be decrypted: never, or not with the keys available now.
    Unreadable(OpenError),
}

impl Poster {
    pub(crate) fn new(
        shared: Arc<SenderContext>,
        api: CloudApi,
        signer: OpaqueSigner,
        answers: mpsc::Sender<Answer>,
    ) -> Self {
        let send_rate = SendRate::new(shared.settings.send_rate_rules());
        let pairs = Pairs::new(shared.settings.pair_rate_limit.rule());
        let doubts = Mutex::new(Doubts::new(shared.settings.breaker));
        Self {
            shared,
            api,
            signer,
            send_rate,
            pairs,
            doubts,
            answers,
            tasks: TaskTracker::new(),
        }
    }

    /// Posts in a task of its own; the lane's permit is free again when the result is handed on.
    pub(crate) fn spawn(self: &Arc<Self>, post: Post, permit: Option<OwnedSemaphorePermit>) {
        let poster = Arc::clone(self);
        self.tasks.spawn(async move {
            let answer = poster.post(post).await;
            // Without a result writer the process is ending: the lease ends in doubt.
            let _ = poster.answers.send(answer).await;
            drop(permit);
        });
    }

    /// Waits until no POST is in flight, at most until the deadline; returns whether there is none.
    pub(crate) async fn drain(&self, deadline: Instant) -> bool {
        self.tasks.close();
        tokio::time::timeout_at(deadline, self.tasks.wait())
            .await
            .is_ok()
    }

    async fn post(&self, post: Post) -> Answer {
        let now = || self.shared.clock.now();
        let opened = match self.ready(&post).await {
            Ok(opened) => opened,
            Err(NotPosted::GivenBack) => return answer::given_back(&post.message, now()),
            Err(NotPosted::SlotEnded) => return answer::slot_ended(&post.message, now()),
            Err(NotPosted::Unreadable(error)) => {
                let subject = &post.message.subject;
                tracing::error!(
                    %error,
                    business.id = %subject.business_id,
                    message.id = %subject.message_id,
                    "a claimed message was not posted"
                );
                return match error {
                    OpenError::Damaged(_) => answer::damaged(&post.message, now()),
                    OpenError::NotNow(_) => answer::without_keys(&post.message, now()),
                };
            }
        };
        let report = self.send(&post.message, &opened).await;
        self.note(&post, &report);
        let stop = self.doubted(&post.message, report.outcome);
        let is_too_much = report.class == Some(ErrorClass::Throttle(ThrottleScope::Pair));
        let recipient =
            answer::recipient(&post.message, &opened.recipient, report.contact.as_ref());
        let answer = answer::of_report(&post.message, report, now(), &self.shared.settings);
        if let Some(pair) = post.pair.as_ref().filter(|_| is_too_much) {
            self.pairs.refused(pair, Instant::now(), answer.again_in);
        }
        Answer {
            stop: answer.stop.or(stop),
            recipient,
            ..answer
        }
    }

    /// Whether this outcome puts too many of the number's messages in doubt.
    fn doubted(&self, message: &ClaimedMessage, outcome: PostOutcome) -> Option<Stop> {
        let number = &message.subject.phone_number_id;
        let mut doubts = self.doubts.lock().unwrap_or_else(PoisonError::into_inner);
        let count = doubts.take_in(number, outcome, Instant::now())?;
        let seconds = doubts.within().as_secs();
        let reason = format!(
            "Meta gave no clear answer to {count} messages within {seconds} seconds: it is unknown whether it has them."
        );
        Some(Stop::Doubted {
            phone_number_id: number.clone(),
            reason,
        })
    }

    /// Waits for the slot and decrypts the message, if it may still be sent then.
    async fn ready(&self, post: &Post) -> Result<OpenedMessage, NotPosted> {
        let message = &post.message;
        let slot = post.slot.ok_or(NotPosted::GivenBack)?;
        tokio::select! {
            biased;
            () = self.shared.stop.cancelled() => return Err(NotPosted::GivenBack),
            () = tokio::time::sleep_until(slot.begins) => {}
        }
        let keys = match self.shared.store.keys(message.subject.business_id).await {
            Ok(keys) => keys,
            Err(error) if error.is_unavailable() => {
                let business_id = message.subject.business_id;
                tracing::warn!(%error, business.id = %business_id, "the keys were not read; the message is given back");
                return Err(NotPosted::GivenBack);
            }
            Err(error) => return Err(NotPosted::Unreadable(OpenError::NotNow(error))),
        };
        let opened = message.open(&keys).map_err(NotPosted::Unreadable)?;
        if Instant::now() >= slot.ends {
            Metrics::get().unused_slots.inc();
            return Err(NotPosted::SlotEnded);
        }
        if !self.may_leave(post) {
            return Err(NotPosted::GivenBack);
        }
        Ok(opened)
    }

    /// Whether the decision of the claim still holds at the time of the POST.
    fn may_leave(&self, post: &Post) -> bool {
        let (message, settings) = (&post.message, &self.shared.settings);
        let (now, time) = (Instant::now(), self.shared.clock.now());
        let is_late = now > post.claimed_at + settings.post_within();
        let consent_age = settings.consent_age_at_post();
        let timeout = settings.post_timeout(message.subject.lane);
        let has_time = post.lease.allows(now, timeout, settings.lease_margin());
        !is_late && has_time && message.time_limits().allow(time, consent_age)
    }

    async fn send(&self, message: &ClaimedMessage, opened: &OpenedMessage) -> SendReport {
        let subject = &message.subject;
        let (business_id, message_id, attempt) =
            (subject.business_id, subject.message_id, message.attempt);
        let signature = self
            .signer
            .sign(&OpaqueId::signed_part(business_id, message_id, attempt));
        let opaque_id = OpaqueId {
            business_id,
            message_id,
            attempt,
            signature,
        }
        .to_string();
        let endpoint = self.shared.settings.marketing.endpoint(&message.category);
        let outgoing = outgoing::of(opened, &opaque_id, endpoint);
        let lane = [subject.lane.as_str()];
        let metrics = Metrics::get();
        metrics.posts.with_label_values(&lane).inc();
        metrics.in_flight.with_label_values(&lane).inc();
        let started = Instant::now();
        let timeout = self.shared.settings.post_timeout(subject.lane);
        let report = self
            .api
            .send_message(&opened.token, &subject.phone_number_id, &outgoing, timeout)
            .await;
        metrics.in_flight.with_label_values(&lane).dec();
        metrics
            .post_duration
            .with_label_values(&lane)
            .observe(started.elapsed().as_secs_f64());
        report
    }

    fn note(&self, post: &Post, report: &SendReport) {
        let subject = &post.message.subject;
        let class = report.class.map_or("none", ErrorClass::as_str);
        let outcome = report.outcome.as_str();
        Metrics::get()
            .outcomes
            .with_label_values(&[subject.lane.as_str(), outcome, class])
            .inc();
        if report.outcome == PostOutcome::Doubt {
            let category = crate::category_label(&post.message.category);
            Metrics::get().doubts.with_label_values(&[category]).inc();
        }
        tracing::debug!(
            business.id = %subject.business_id,
            message.id = %subject.message_id,
            trace_id = post.trace_id.map(|id| id.to_string()),
            attempt = post.message.attempt,
            outcome,
            class,
            "posted"
        );
    }
}
