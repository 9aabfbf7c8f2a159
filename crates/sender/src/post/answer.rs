//! Converts Meta's response to the result that is recorded: pure.

use std::time::Duration;

use chrono::{DateTime, Utc};
use cloud_api::{AnsweredContact, ErrorClass, MetaError, SendReport};
use common::ids::PhoneNumberId;
use common::message::PostOutcome;
use common::recipient::Recipient;
use common::template::TemplateStatus;
use common::wire::Identity;
use worker_storage::claim::ClaimedMessage;
use worker_storage::results::{Answer, AnswerDetail, AnsweredRecipient, Stop};

use crate::backoff::{give_back_wait, keys_wait, retry_wait};
use crate::settings::SenderSettings;

/// The wait of a message whose slot ended, repeatedly.
const SLOT_ENDED_WAIT: Duration = Duration::from_secs(1);
/// Meta paused the template for its quality.
const TEMPLATE_PAUSED: i32 = 132_015;
/// Meta disabled the template for its quality.
const TEMPLATE_DISABLED: i32 = 132_016;
/// The template does not exist in this language.
const TEMPLATE_MISSING: i32 = 132_001;

/// The claim is given back: nothing was sent.
pub(super) fn given_back(message: &ClaimedMessage, at: DateTime<Utc>) -> Answer {
    Answer {
        again_in: give_back_wait(message.subject.message_id, message.attempt),
        ..blank(message, PostOutcome::GivenBack, at)
    }
}

/// The claim is given back for another slot: the delay is temporary, unlike a lease that is too short.
pub(super) fn slot_ended(message: &ClaimedMessage, at: DateTime<Utc>) -> Answer {
    Answer {
        again_in: SLOT_ENDED_WAIT,
        ..given_back(message, at)
    }
}

/// The stored message can be decrypted neither now nor later.
pub(super) fn damaged(message: &ClaimedMessage, at: DateTime<Utc>) -> Answer {
    blank(message, PostOutcome::Rejected, at)
}

/// Its keys or its token are not available: nothing was sent, and a person has to fix that.
pub(super) fn without_keys(message: &ClaimedMessage, at: DateTime<Utc>) -> Answer {
    Answer {
        again_in: keys_wait(message.subject.message_id, message.attempt),
        ..blank(message, PostOutcome::NotAccepted, at)
    }
}

/// The effect of Meta's response on the message.
pub(super) fn of_report(
    message: &ClaimedMessage,
    report: SendReport,
    at: DateTime<Utc>,
    settings: &SenderSettings,
) -> Answer {
    let (stop, throttled) = (stop(message, &report), throttled(message, &report));
    let again_in = match report.outcome {
        PostOutcome::Doubt => settings.in_doubt.window(&message.category),
        _ => {
            let life_left = message
                .expires_at
                .map(|expires| (expires - at).to_std().unwrap_or_default());
            retry_wait(
                report.class,
                message.subject.message_id,
                message.attempt,
                life_left,
            )
        }
    };
    Answer {
        wamid: report.wamid,
        detail: AnswerDetail {
            http_status: report.http_status,
            error_code: report.error.as_ref().map(|error| error.code),
            title: report
                .error
                .as_ref()
                .map(|error| error.meaning().to_owned()),
            fbtrace_id: report
                .error
                .as_ref()
                .and_then(|error| error.fbtrace_id.clone()),
            details: report.error.and_then(|error| error.details),
        },
        again_in,
        stop,
        throttled,
        ..blank(message, report.outcome, at)
    }
}

/// The recipient in Meta's response, when it has more identifiers than the message was posted to.
pub(super) fn recipient(
    message: &ClaimedMessage,
    posted_to: &Recipient,
    contact: Option<&AnsweredContact>,
) -> Option<AnsweredRecipient> {
    let contact = contact?;
    let posted_to = posted_to.phone();
    let is_renamed =
        posted_to.is_some() && contact.wa_id.is_some() && contact.wa_id.as_ref() != posted_to;
    let has_both = posted_to.or(contact.wa_id.as_ref()).is_some() && contact.user_id.is_some();
    (is_renamed || has_both).then(|| AnsweredRecipient {
        posted_to: posted_to.cloned(),
        identity: Identity {
            wa_id: contact
                .wa_id
                .as_ref()
                .map(|number| number.expose().trim_start_matches('+').to_owned()),
            user_id: contact.user_id.as_ref().map(|id| id.expose().to_owned()),
            parent_user_id: None,
        },
        waba_id: message.waba_id.clone(),
    })
}

fn blank(message: &ClaimedMessage, outcome: PostOutcome, at: DateTime<Utc>) -> Answer {
    Answer {
        business_id: message.subject.business_id,
        message_id: message.subject.message_id,
        attempt: message.attempt,
        outcome,
        wamid: None,
        detail: AnswerDetail::default(),
        again_in: Duration::ZERO,
        stop: None,
        throttled: None,
        recipient: None,
        ended_at: at,
    }
}

fn stop(message: &ClaimedMessage, report: &SendReport) -> Option<Stop> {
    match report.outcome {
        PostOutcome::NumberStopped => Some(Stop::Number {
            phone_number_id: message.subject.phone_number_id.clone(),
            token_fingerprint: message.token_fingerprint.clone(),
            reason: reason(report),
        }),
        PostOutcome::TemplateStopped => message.template_id.clone().map(|template_id| {
            let status = template_status(report.error.as_ref().map(|error| error.code));
            Stop::Template {
                template_id,
                status,
            }
        }),
        _ => None,
    }
}

/// The number, if Meta reports that it sends too fast or too much.
fn throttled(message: &ClaimedMessage, report: &SendReport) -> Option<PhoneNumberId> {
    let is_throttled = report.class?.slows_the_number();
    is_throttled.then(|| message.subject.phone_number_id.clone())
}

/// The explanation for a person who asks why the number stopped.
fn reason(report: &SendReport) -> String {
    let class = report.class.map_or("none", ErrorClass::as_str);
    let told = |error: &MetaError| format!("{} (Meta's code {})", error.meaning(), error.code);
    report.error.as_ref().map_or_else(|| class.to_owned(), told)
}

/// The template's status as a refusal implies it, until the next synchronisation reads it from Meta.
fn template_status(code: Option<i32>) -> TemplateStatus {
    match code {
        Some(TEMPLATE_DISABLED) => TemplateStatus::Disabled,
        Some(TEMPLATE_MISSING) => TemplateStatus::Deleted,
        Some(TEMPLATE_PAUSED | _) | None => TemplateStatus::Paused,
    }
}
