//! The fields `phone_number_quality_update` and `business_capability_update`: a limit of the account's numbers changed
//! (Meta, webhooks reference).
//!
//! Neither contains the quality of a number: the event asks for the numbers to be read again. The messaging limit is
//! given as a number (-1 for unlimited) or as a name.

use common::messaging_limit::MessagingLimit;
use common::wire::{EventKind, LimitsReported};

use super::{Above, Translation};
use crate::json::Node;
use crate::time::occurred_at;
use crate::unreadable::Part;

/// Adds the event of one value. It is queued with inbound messages, in order and never behind statuses.
pub(super) fn translate(into: &mut Translation<'_>, above: &Above<'_>, value: &Node<'_>) {
    let limit = value.get("max_daily_conversations_per_business");
    let reported = EventKind::LimitsReported(LimitsReported {
        occurred_at: occurred_at(above.time, into.received_at),
        event: value.get("event").and_then(Node::label),
        messaging_limit: limit.and_then(read_limit),
    });
    match above.event(reported).filter(|_| value.is_object()) {
        Some(event) => into.translated.inbound.push(event),
        None => into.unreadable(Part::Limits),
    }
}

fn read_limit(limit: &Node<'_>) -> Option<MessagingLimit> {
    match limit.parsed::<i64>() {
        Some(number) => MessagingLimit::from_number(number),
        None => limit.label().map(MessagingLimit::from),
    }
}
