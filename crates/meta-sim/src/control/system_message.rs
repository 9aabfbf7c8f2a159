//! Messages of type `system`: a person changed their phone number or their BSUID (Meta, webhooks reference: messages,
//! system). They have no `contacts`, and a change of only the BSUID has no `from`.

use serde_json::{Map, Value, json};

use super::error::ControlError;
use super::sender::Sender;
use crate::bsuid;
use crate::number_plan::wa_id_of;
use crate::state::State;
use crate::state::accounts::{StoredNumber, digits};
use crate::state::people::Person;

const KIND: &str = "system";
const CHANGED_NUMBER: &str = "user_changed_number";
const CHANGED_USER_ID: &str = "user_changed_user_id";

/// Whether the message is a system message.
pub(super) fn is_one(message: &Map<String, Value>) -> bool {
    message.get("type").is_some_and(|kind| kind == KIND)
}

/// Changes the person as described, and fills in what the caller omitted.
pub(super) fn apply(
    state: &State,
    number: &StoredNumber,
    sender: &Sender,
    message: &mut Map<String, Value>,
) -> Result<(), ControlError> {
    let no_content = || ControlError::Body("a system message needs the object `system`".to_owned());
    let content = message.get_mut(KIND).and_then(Value::as_object_mut);
    let content = content.ok_or_else(no_content)?;
    let text = |key: &str| content.get(key).and_then(Value::as_str).map(str::to_owned);
    let (old, business) = (&sender.person, &number.business_id);
    let new = match text("type").as_deref() {
        Some(CHANGED_NUMBER) => {
            let written = text("wa_id").ok_or_else(|| {
                ControlError::Body("`system` needs the new number as `wa_id`".to_owned())
            })?;
            let wa_id = wa_id_of(&digits(&written));
            let user_id = text("user_id").unwrap_or_else(|| bsuid::of_phone(business, &wa_id));
            changed(old, Some(wa_id), user_id, text("parent_user_id"))
        }
        Some(CHANGED_USER_ID) => {
            let user_id = text("user_id");
            let user_id = user_id.unwrap_or_else(|| bsuid::successor(business, &old.user_id));
            changed(old, old.wa_id.clone(), user_id, text("parent_user_id"))
        }
        // Other system messages change no person.
        _ => return Ok(()),
    };
    state.people.replace(business, old, &new);
    describe(content, old, &new);
    // Only a new number is shown with the old one.
    if new.wa_id == old.wa_id {
        message.remove("from");
    }
    message.remove("from_user_id");
    message.remove("from_parent_user_id");
    Ok(())
}

fn changed(
    old: &Person,
    wa_id: Option<String>,
    user_id: String,
    parent_user_id: Option<String>,
) -> Person {
    Person {
        wa_id,
        user_id,
        parent_user_id: parent_user_id.or_else(|| old.parent_user_id.clone()),
        username: old.username.clone(),
    }
}

fn describe(content: &mut Map<String, Value>, old: &Person, new: &Person) {
    let mut put = |key: &str, text: Option<&str>| {
        if let Some(text) = text {
            content.insert(key.to_owned(), json!(text));
        }
    };
    put("user_id", Some(&new.user_id));
    put("previous_user_id", Some(&old.user_id));
    put("parent_user_id", new.parent_user_id.as_deref());
    put("previous_parent_user_id", old.parent_user_id.as_deref());
    let body = match (&old.wa_id, &new.wa_id) {
        (Some(before), Some(now)) if before != now => {
            put("wa_id", Some(now));
            format!("User changed from {before} to {now}")
        }
        _ => "User changed".to_owned(),
    };
    content.entry("body").or_insert_with(|| json!(body));
}
