//! Fault scripts: the calls that get a fault, and how often.
//!
//! Scripts are tried in the order in which they were added; the first that matches and is not exhausted applies.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, RwLock};

use serde::{Deserialize, Serialize};

use crate::choices::Choices;
use crate::fault::Fault;
use crate::number_plan::wa_id_of;
use crate::state::accounts::digits;
use crate::state::locks::{read, write};

/// A call that a script can match.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Endpoint {
    /// `POST /{phone_number_id}/messages`.
    #[default]
    Messages,
    /// `POST /{phone_number_id}/marketing_messages`.
    MarketingMessages,
    /// `/{waba_id}/message_templates`.
    MessageTemplates,
    /// `GET /{waba_id}/phone_numbers`.
    PhoneNumbers,
    /// `/{waba_id}/subscribed_apps`.
    SubscribedApps,
    /// `GET /debug_token`.
    DebugToken,
    /// `/{id}`, also of a template that is edited or unpaused.
    Node,
    /// `POST /{phone_number_id}/media`.
    Media,
    /// `POST /{app_id}/uploads` and `/upload:{session}`.
    Upload,
}

/// The calls that a script matches; an omitted field matches all.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Match {
    /// The call; `messages` by default.
    pub endpoint: Endpoint,
    /// The id in the path: of a number for the calls that send and for `media`, of an account or a node otherwise.
    pub object_id: Option<String>,
    /// The sending number (the same as `object_id` for `messages`).
    pub phone_number_id: Option<String>,
    /// The recipient: a phone number (compared by its digits) or a BSUID.
    pub recipient: Option<String>,
    /// The message's `biz_opaque_callback_data`.
    pub biz_opaque_callback_data: Option<String>,
    /// The template's name.
    pub template: Option<String>,
    /// Only the nth call that matches all of the above, from 1.
    pub nth: Option<u64>,
    /// Only this share of the matching calls, chosen by `biz_opaque_callback_data`.
    pub share: Option<f64>,
}

impl fmt::Debug for Match {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Match")
            .field("endpoint", &self.endpoint)
            .field("template", &self.template)
            .field("nth", &self.nth)
            .field("share", &self.share)
            .finish_non_exhaustive()
    }
}

/// A fault, the calls it applies to, and how often.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// The matching calls.
    #[serde(default, rename = "match")]
    pub matching: Match,
    /// The fault.
    pub fault: Fault,
    /// Maximum number of calls; unlimited when absent.
    #[serde(default)]
    pub times: Option<u64>,
}

impl Script {
    /// Applies `fault` to every POST to `/messages`.
    #[must_use]
    pub fn always(fault: Fault) -> Self {
        Self {
            matching: Match::default(),
            fault,
            times: None,
        }
    }

    /// Limits it to the first `times` matching calls.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// Limits it to calls that match `matching`.
    #[must_use]
    pub fn matching(mut self, matching: Match) -> Self {
        self.matching = matching;
        self
    }
}

/// A script with its counts.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ScriptReport {
    /// The script's number.
    pub id: u64,
    /// The script.
    pub script: Script,
    /// Calls that matched, regardless of `nth` and `share`.
    pub seen: u64,
    /// Calls that got its fault.
    pub hits: u64,
}

/// The properties of a call that scripts match.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a> {
    pub(crate) endpoint: Endpoint,
    pub(crate) object_id: &'a str,
    /// The phone number as WhatsApp writes it, or the BSUID of a person without one.
    pub(crate) recipient: &'a str,
    pub(crate) user_id: &'a str,
    pub(crate) opaque: &'a str,
    pub(crate) template: &'a str,
}

/// The active scripts.
#[derive(Default)]
pub(crate) struct Scripts {
    running: RwLock<Vec<Arc<Running>>>,
    last_id: AtomicU64,
}

struct Running {
    id: u64,
    script: Script,
    seen: AtomicU64,
    hits: AtomicU64,
}

impl Scripts {
    /// Adds a script and returns its number.
    pub(crate) fn add(&self, script: Script) -> u64 {
        let id = self.last_id.fetch_add(1, Ordering::Relaxed) + 1;
        let (seen, hits) = (AtomicU64::new(0), AtomicU64::new(0));
        write(&self.running).push(Arc::new(Running {
            id,
            script,
            seen,
            hits,
        }));
        id
    }

    /// The fault of the call, if any.
    pub(crate) fn fault(&self, seed: u64, call: &Call<'_>) -> Option<Fault> {
        let running = read(&self.running);
        running
            .iter()
            .find(|script| script.applies(seed, call))
            .map(|s| s.script.fault.clone())
    }

    /// All scripts with their counts.
    pub(crate) fn reports(&self) -> Vec<ScriptReport> {
        let running = read(&self.running);
        running.iter().map(|script| script.report()).collect()
    }

    /// Removes all scripts.
    pub(crate) fn clear(&self) {
        write(&self.running).clear();
    }
}

impl Running {
    fn applies(&self, seed: u64, call: &Call<'_>) -> bool {
        let wanted = &self.script.matching;
        if !matches(wanted, call) {
            return false;
        }
        let seen = self.seen.fetch_add(1, Ordering::Relaxed) + 1;
        if wanted.nth.is_some_and(|nth| nth != seen) {
            return false;
        }
        if let Some(share) = wanted.share {
            let key = match call.opaque {
                "" => format!("script {} call {seen}", self.id),
                opaque => format!("script {} message {opaque}", self.id),
            };
            if !Choices::new(seed, &key).share(share) {
                return false;
            }
        }
        self.take_one()
    }

    fn take_one(&self) -> bool {
        let limit = self.script.times.unwrap_or(u64::MAX);
        self.hits
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |hits| {
                (hits < limit).then_some(hits + 1)
            })
            .is_ok()
    }

    fn report(&self) -> ScriptReport {
        ScriptReport {
            id: self.id,
            script: self.script.clone(),
            seen: self.seen.load(Ordering::Relaxed),
            hits: self.hits.load(Ordering::Relaxed),
        }
    }
}

fn matches(wanted: &Match, call: &Call<'_>) -> bool {
    wanted.endpoint == call.endpoint
        && is_or_any(wanted.object_id.as_deref(), call.object_id)
        && is_or_any(wanted.phone_number_id.as_deref(), call.object_id)
        && is_or_any(wanted.biz_opaque_callback_data.as_deref(), call.opaque)
        && is_or_any(wanted.template.as_deref(), call.template)
        && wanted
            .recipient
            .as_deref()
            .is_none_or(|recipient| is_recipient(recipient, call))
}

fn is_or_any(wanted: Option<&str>, value: &str) -> bool {
    wanted.is_none_or(|wanted| wanted == value)
}

fn is_recipient(wanted: &str, call: &Call<'_>) -> bool {
    if wanted.contains('.') {
        return wanted == call.user_id;
    }
    wa_id_of(&digits(wanted)) == call.recipient
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call<'a>(recipient: &'a str, opaque: &'a str) -> Call<'a> {
        Call {
            endpoint: Endpoint::Messages,
            object_id: "106",
            recipient,
            user_id: "BF.1",
            opaque,
            template: "ticket_de_caisse",
        }
    }

    #[test]
    fn a_script_ends_after_its_times_and_the_next_one_takes_over() {
        let scripts = Scripts::default();
        scripts.add(Script::always(Fault::CutBeforeAcceptance).times(1));
        scripts.add(Script::always(Fault::TruncatedJson));
        let faults: Vec<_> = (0..2)
            .map(|_| scripts.fault(1, &call("22670000001", "a")))
            .collect();
        assert_eq!(
            faults,
            [Some(Fault::CutBeforeAcceptance), Some(Fault::TruncatedJson)]
        );
    }

    #[test]
    fn a_fault_applies_to_the_nth_call_only() {
        let scripts = Scripts::default();
        let recipient = Some("+226 70 00 00 01".to_owned());
        scripts.add(Script::always(Fault::TruncatedJson).matching(Match {
            recipient,
            nth: Some(2),
            ..Match::default()
        }));
        assert_eq!(scripts.fault(1, &call("22670000002", "x")), None);
        let met: Vec<bool> = (0..3)
            .map(|_| scripts.fault(1, &call("22670000001", "a")).is_some())
            .collect();
        assert_eq!(met, [false, true, false]);
    }

    #[test]
    fn a_share_depends_on_the_message_alone() {
        let scripts = Scripts::default();
        let matching = Match {
            share: Some(0.5),
            ..Match::default()
        };
        scripts.add(Script::always(Fault::TruncatedJson).matching(matching));
        let ids: Vec<String> = (0..200).map(|n| n.to_string()).collect();
        let met = |id: &String| scripts.fault(1, &call("1", id)).is_some();
        let first: Vec<bool> = ids.iter().map(met).collect();
        let again: Vec<bool> = ids.iter().map(met).collect();
        assert_eq!(first, again);
        assert!((60..140).contains(&first.iter().filter(|met| **met).count()));
    }
}
