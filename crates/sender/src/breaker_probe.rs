//! Asks Meta about the numbers whose breaker is open: the state of the number decides, so no client's message is used
//! as a probe. One sender at a time does this.

use std::sync::Arc;
use std::time::Duration;

use bootstrap::worker_loop::WorkerLoop;
use cloud_api::{ApiError, CloudApi, ErrorClass, PhoneNumberNode, PhoneNumberStatus};
use storage::StorageError;
use worker_storage::breakers;
use worker_storage::number_credentials::NumberCredentials;
use worker_storage::reap::{LeaderLock, Worker};
use worker_storage::results;

use crate::SenderContext;
use crate::metrics::Metrics;
use crate::worker_failure::record_failure;

/// The label of its metrics.
const WORKER: &str = "breaker_probe";

/// The worker.
pub(crate) struct BreakerProbe {
    shared: Arc<SenderContext>,
    api: CloudApi,
}

/// The effect of Meta's response on an open breaker.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Verdict {
    /// The number can be read and may send.
    Close,
    /// The number may not send until a person has fixed the given reason.
    Stop(String),
    /// The number cannot be read, or its status is not clear.
    Wait,
}

impl BreakerProbe {
    pub(crate) const fn new(shared: Arc<SenderContext>, api: CloudApi) -> Self {
        Self { shared, api }
    }

    /// Probes until the process stops.
    pub(crate) async fn run(self) {
        let pause = Duration::from_millis(self.shared.settings.breaker.ask_every_ms);
        let mut rounds = WorkerLoop::new(&self.shared.stop);
        while rounds.next(pause).await {
            record_failure(
                WORKER,
                "open breakers could not be loaded",
                self.round().await,
            );
        }
    }

    async fn round(&self) -> Result<(), StorageError> {
        let open = breakers::open(&self.shared.store).await?;
        Metrics::get()
            .open_breakers
            .set(i64::try_from(open.len()).unwrap_or(i64::MAX));
        if open.is_empty() {
            return Ok(());
        }
        let mut leader_lock = LeaderLock::new(&self.shared.store, Worker::BreakerProbe).await?;
        let Some(_leader) = leader_lock.take().await? else {
            return Ok(());
        };
        for breaker in &open {
            if self.shared.stop.is_cancelled() {
                break;
            }
            // A failure for one number does not delay the others.
            if let Err(error) = self.ask(breaker).await {
                tracing::warn!(
                    %error,
                    business.id = %breaker.business_id,
                    phone_number.id = %breaker.phone_number_id,
                    "the number was not read from Meta; its breaker stays open"
                );
            }
        }
        Ok(())
    }

    async fn ask(&self, breaker: &NumberCredentials) -> Result<(), StorageError> {
        let (store, now) = (&self.shared.store, self.shared.clock.now());
        let token = breaker.token(store).await?;
        let answer = self
            .api
            .phone_number(&token, &breaker.phone_number_id)
            .await;
        let verdict = verdict(&answer);
        tracing::info!(
            business.id = %breaker.business_id,
            phone_number.id = %breaker.phone_number_id,
            ?verdict,
            "a number whose breaker is open was read from Meta"
        );
        match verdict {
            Verdict::Close => {
                breakers::close(store, now, breaker).await?;
            }
            Verdict::Stop(reason) => {
                let stopped = results::stop_number(
                    store,
                    now,
                    breaker.business_id,
                    &breaker.phone_number_id,
                    &breaker.token_fingerprint,
                    &reason,
                )
                .await?;
                Metrics::get()
                    .stopped_numbers
                    .inc_by(u64::try_from(stopped).unwrap_or_default());
            }
            Verdict::Wait => {}
        }
        Ok(())
    }
}

fn verdict(answer: &Result<PhoneNumberNode, ApiError>) -> Verdict {
    match answer {
        Ok(node) if node.is_blocked() => Verdict::Wait,
        Ok(node) => match &node.status {
            Some(PhoneNumberStatus::Restricted) => stopped("RESTRICTED"),
            Some(PhoneNumberStatus::Banned) => stopped("BANNED"),
            Some(PhoneNumberStatus::Disconnected) => stopped("DISCONNECTED"),
            _ => Verdict::Close,
        },
        Err(error) if error.class() == ErrorClass::NumberStopped => {
            Verdict::Stop(error.to_string())
        }
        Err(_) => Verdict::Wait,
    }
}

fn stopped(status: &str) -> Verdict {
    Verdict::Stop(format!("Meta reports the number as {status}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(text: &str) -> Result<PhoneNumberNode, ApiError> {
        Ok(serde_json::from_str(text).unwrap())
    }

    #[test]
    fn a_number_that_meta_lets_send_is_closed() {
        for text in [
            r#"{"id":"106540352242922"}"#,
            r#"{"id":"106540352242922","status":"CONNECTED","health_status":{"can_send_message":"AVAILABLE"}}"#,
            r#"{"id":"106540352242922","status":"FLAGGED","health_status":{"can_send_message":"LIMITED"}}"#,
        ] {
            assert_eq!(verdict(&node(text)), Verdict::Close, "{text}");
        }
    }

    #[test]
    fn a_blocked_number_waits_and_a_banned_one_is_stopped() {
        let blocked = node(
            r#"{"id":"106540352242922","status":"CONNECTED","health_status":{"can_send_message":"BLOCKED"}}"#,
        );
        assert_eq!(verdict(&blocked), Verdict::Wait);
        let banned = node(r#"{"id":"106540352242922","status":"BANNED"}"#);
        assert!(matches!(verdict(&banned), Verdict::Stop(reason) if reason.contains("BANNED")));
    }

    #[test]
    fn who_does_not_answer_keeps_the_breaker_open() {
        let answer = Err(ApiError::NotUnderstood {
            http_status: 500,
            expected: "a phone number",
        });
        assert_eq!(verdict(&answer), Verdict::Wait);
    }
}
