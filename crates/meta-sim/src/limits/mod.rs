//! Meta's limits: throughput of a number, pair rate limit, messaging limit of a portfolio, managing of templates.
//!
//! What Meta does not document is a setting here, as noted in its docstring.

pub(crate) mod management;
pub(crate) mod messaging;
pub(crate) mod pair;
pub(crate) mod templates;
pub(crate) mod throughput;

use serde::{Deserialize, Serialize};

pub use templates::TemplateLimits;

/// Where a message over a limit is refused. Meta's table of codes has 131048 and 131056 in both places and does not say
/// which applies when.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusedIn {
    /// In the answer to the POST: the message is not accepted.
    #[default]
    Answer,
    /// In a `failed` status of a message that was accepted.
    Status,
}

/// The enforced limits and their parameters.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Limits {
    /// Whether a number over its throughput gets 130429. Meta (throughput): 80 messages a second,
    /// 1,000 at the level HIGH, 20 for a number that the WhatsApp Business app uses too; sent and
    /// received count together.
    pub throughput: bool,
    /// Share above the level that is let through, so that network jitter is no violation. Meta does not document how it
    /// counts; here a one-second window slides in steps of 100 ms.
    pub throughput_tolerance: f64,
    /// Whether a number over the pair rate gets 131056. Meta (pair rate limits): one message every
    /// six seconds to the same client; up to 45 within six seconds are borrowed from the future,
    /// so that 20 at once are followed by two minutes in which none may be sent.
    pub pair: bool,
    /// How long a message to a client counts, milliseconds; also the maximum duration of a burst.
    pub pair_every_ms: u64,
    /// Most messages of one burst.
    pub pair_burst: u32,
    /// Where a message over the pair rate is refused.
    pub pair_refused_in: RefusedIn,
    /// Whether the messaging limit is enforced. Meta (messaging limits): a number of distinct clients outside a
    /// customer service window in a rolling day, over all numbers and accounts of a business portfolio, counted when a
    /// message is delivered. The limit is the one shown by the sending number.
    pub messaging: bool,
    /// How long a delivered message counts, milliseconds.
    pub messaging_window_ms: u64,
    /// The code of a message over the messaging limit. Meta does not document it; its code for restrictions on how many
    /// messages a number may send is 131048.
    pub messaging_code: i64,
    /// Where a message over the messaging limit is refused.
    pub messaging_refused_in: RefusedIn,
    /// Where marketing to a client who stopped it in WhatsApp is refused with 131050. Meta accepts it and reports
    /// `failed`; its table of codes does not exclude the answer.
    pub marketing_stop_refused_in: RefusedIn,
    /// The limits on managing templates.
    pub templates: TemplateLimits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            throughput: true,
            throughput_tolerance: 0.1,
            pair: false,
            pair_every_ms: 6_000,
            pair_burst: 45,
            pair_refused_in: RefusedIn::Answer,
            messaging: false,
            messaging_window_ms: 24 * 60 * 60 * 1_000,
            messaging_code: 131_048,
            messaging_refused_in: RefusedIn::Answer,
            marketing_stop_refused_in: RefusedIn::Status,
            templates: TemplateLimits::default(),
        }
    }
}

impl Limits {
    /// No limit at all.
    #[must_use]
    pub fn none() -> Self {
        Self {
            throughput: false,
            templates: TemplateLimits::none(),
            ..Self::default()
        }
    }

    /// Every limit that Meta documents.
    #[must_use]
    pub fn all() -> Self {
        Self {
            pair: true,
            messaging: true,
            templates: TemplateLimits {
                refuse_same_text: true,
                ..TemplateLimits::default()
            },
            ..Self::default()
        }
    }
}
