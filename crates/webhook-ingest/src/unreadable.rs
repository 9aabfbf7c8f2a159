//! The unreadable parts of a webhook. The webhook is kept in quarantine, for a version that can read it.

use std::collections::BTreeMap;
use std::fmt;

use crate::metrics::Metrics;

/// A part of a webhook that could not be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    /// The whole body is no payload.
    Payload,
    /// A part is invalid JSON.
    Json,
    /// An item of `entry`.
    Entry,
    /// An item of `changes`.
    Change,
    /// The value of a change, or its number.
    Value,
    /// A message of a customer, or its sender.
    Message,
    /// A status.
    Status,
    /// A marketing preference.
    Preference,
    /// A change of the limits of numbers.
    Limits,
    /// A report about a template.
    Template,
}

/// The number of parts of each kind.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Unreadable(BTreeMap<Part, usize>);

impl Part {
    /// The label of metrics, and the text in reasons.
    const fn label(self) -> &'static str {
        match self {
            Self::Payload => "payload",
            Self::Json => "json",
            Self::Entry => "entry",
            Self::Change => "change",
            Self::Value => "value",
            Self::Message => "message",
            Self::Status => "status",
            Self::Preference => "preference",
            Self::Limits => "limits",
            Self::Template => "template",
        }
    }
}

impl Unreadable {
    pub(crate) fn add(&mut self, part: Part) {
        *self.0.entry(part).or_default() += 1;
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Counts the parts; once for each webhook.
    pub(crate) fn count(&self) {
        for (part, count) in &self.0 {
            let counter = &Metrics::get().unreadable;
            counter
                .with_label_values(&[part.label()])
                .inc_by(u64::try_from(*count).unwrap_or(u64::MAX));
        }
    }
}

impl fmt::Display for Unreadable {
    /// Such as `cannot be read: 1 message, 2 status`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot be read:")?;
        for (index, (part, count)) in self.0.iter().enumerate() {
            let separator = if index == 0 { "" } else { "," };
            write!(f, "{separator} {count} {}", part.label())?;
        }
        Ok(())
    }
}
