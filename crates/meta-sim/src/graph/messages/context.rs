//! The message that is replied to: `context.message_id`, a wamid of the same conversation, not for reactions (Meta,
//! messages reference).
//!
//! Meta does not document the id of another conversation. It is refused here, so that a client that quotes the wrong
//! message is detected.

use serde_json::Value;

use super::envelope::Envelope;
use super::recipient::Recipient;
use crate::graph::error::GraphError;
use crate::state::State;
use crate::wamid;

pub(super) fn check(
    state: &State,
    business_id: &str,
    envelope: &Envelope,
    recipient: &Recipient,
) -> Result<(), GraphError> {
    let Some(context) = envelope.context() else {
        return Ok(());
    };
    if envelope.kind() == "reaction" {
        return Err(GraphError::parameter(
            "Param context is not allowed with reactions.",
        ));
    }
    let id = context.get("message_id").and_then(Value::as_str);
    let named = id.and_then(wamid::person);
    let is_recipient = |named: &String| {
        let person = &recipient.person;
        let by_id = || state.people.by_user_id(business_id, named);
        person.wa_id.as_ref() == Some(named)
            || person.user_id == *named
            || by_id().is_some_and(|named| named.user_id == person.user_id)
    };
    if named.as_ref().is_some_and(is_recipient) {
        return Ok(());
    }
    Err(GraphError::because(
        131_009,
        "Param context['message_id'] is not the id of a message of this conversation.",
    ))
}
