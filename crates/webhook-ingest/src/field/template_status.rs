//! The field `message_template_status_update`: Meta approved, paused or disabled a template (Meta, webhooks reference).

use common::ids::TemplateId;
use common::wire::{EventKind, TemplateStatusReported};

use super::{Above, Translation};
use crate::json::Node;
use crate::time::occurred_at;
use crate::unreadable::Part;

/// Adds the event of one value, in order with the others of its account.
pub(super) fn translate(into: &mut Translation<'_>, above: &Above<'_>, value: &Node<'_>) {
    let reported = read(above, value, into).and_then(|reported| above.event(reported));
    match reported {
        Some(event) => into.translated.inbound.push(event),
        None => into.unreadable(Part::TemplateStatus),
    }
}

/// The update; `None` when it has no template or no event.
fn read(above: &Above<'_>, value: &Node<'_>, into: &Translation<'_>) -> Option<EventKind> {
    let word = |key| value.get(key).and_then(Node::word);
    let template_id: Option<TemplateId> = value.get("message_template_id").and_then(Node::parsed);
    let name = value.get("message_template_name").and_then(Node::name);
    let language = word("message_template_language");
    if template_id.is_none() && (name.is_none() || language.is_none()) {
        return None;
    }
    let reason = word("reason").filter(|reason| reason != "NONE");
    let title = value.at(&["other_info", "title"]).and_then(Node::word);
    Some(EventKind::TemplateStatusReported(TemplateStatusReported {
        occurred_at: occurred_at(above.time, into.received_at),
        template_id: template_id.map(|id| id.to_string()),
        name: name.unwrap_or_default(),
        language: language.unwrap_or_default(),
        status: word("event")?.to_ascii_uppercase(),
        reason: reason.or(title),
    }))
}
