//! Sending a message, and reporting the known outcome (Meta, messages reference).
//!
//! The call returns no error: every result is a [`SendReport`]. HTTP 200 with an id means that Meta accepted the
//! message; its further states are reported by webhook only.

mod answer;
mod body;
mod endpoint;

use std::time::{Duration, Instant};

use common::ids::{PhoneNumberId, Wamid};
use common::message::PostOutcome;
use common::secret::AccessToken;
use reqwest::Method;

use crate::classify::ErrorClass;
use crate::client::{Answer, Broken, CloudApi};
use crate::error::MetaError;
use answer::Accepted;
pub use answer::AnsweredContact;
pub use body::{OutgoingContent, OutgoingMessage};
pub use endpoint::{Endpoint, MarketingOptions, ProductPolicy};

/// The known result of an attempt to send.
#[derive(Debug, Clone)]
pub struct SendReport {
    /// The outcome for the message.
    pub outcome: PostOutcome,
    /// Meta's id of the message, if it accepted it.
    pub wamid: Option<Wamid>,
    /// Meta's error object.
    pub error: Option<MetaError>,
    /// The class of the failure; `None` if Meta accepted the message.
    pub class: Option<ErrorClass>,
    /// The HTTP status, if a response began to arrive.
    pub http_status: Option<u16>,
    /// Whether Meta accepted the message but holds it while it assesses the template's quality.
    pub held_for_quality: bool,
    /// Meta's identifiers of the recipient, if it accepted the message and the response contains them.
    pub contact: Option<AnsweredContact>,
}

impl CloudApi {
    /// Sends a message, once. `timeout` covers everything from connecting to the last byte of the response.
    pub async fn send_message(
        &self,
        token: &AccessToken,
        phone_number_id: &PhoneNumberId,
        message: &OutgoingMessage<'_>,
        timeout: Duration,
    ) -> SendReport {
        let started = Instant::now();
        let path = format!("/{phone_number_id}/{}", message.endpoint.path());
        let request = self
            .request(Method::POST, &path, token)
            .timeout(timeout)
            .json(&message.body());
        let report = match self.exchange(request).await {
            Ok(answer) => SendReport::of_answer(&answer),
            Err(broken) => SendReport::of_broken(&broken),
        };
        let took = started.elapsed();
        self.metrics()
            .record(message.call(), took, report.class, report.error.as_ref());
        report
    }
}

impl SendReport {
    fn of_answer(answer: &Answer) -> Self {
        if answer.is_success()
            && let Some(message) = Accepted::read(&answer.body)
        {
            return Self::accepted(answer.http_status, message);
        }
        let error = MetaError::parse(&answer.body);
        let class = error.as_ref().map_or_else(
            || ErrorClass::of_unreadable(answer.http_status),
            |error| ErrorClass::of(error, answer.http_status),
        );
        Self::failed(class, error, Some(answer.http_status))
    }

    fn of_broken(broken: &Broken) -> Self {
        let class = match broken.http_status {
            Some(http_status) => ErrorClass::of_unreadable(http_status),
            None if broken.error.before_first_byte() => ErrorClass::Unreachable,
            None => ErrorClass::Doubt,
        };
        Self::failed(class, None, broken.http_status)
    }

    fn accepted(http_status: u16, message: Accepted) -> Self {
        let status = message.status.as_deref();
        Self {
            outcome: PostOutcome::Submitted,
            held_for_quality: matches!(status, Some("held_for_quality_assessment" | "paused")),
            wamid: Some(Wamid::new(message.id)),
            error: None,
            class: None,
            http_status: Some(http_status),
            contact: message.contact,
        }
    }

    fn failed(class: ErrorClass, error: Option<MetaError>, http_status: Option<u16>) -> Self {
        Self {
            outcome: class.post_outcome(error.as_ref().map(|error| error.code), http_status),
            wamid: None,
            error,
            class: Some(class),
            http_status,
            held_for_quality: false,
            contact: None,
        }
    }
}

#[cfg(test)]
mod tests;
