//! Meta's response to a message that it accepts. Only the id is decisive: other fields are parsed as far as possible,
//! because a field of another form must not put an accepted message in doubt.

use common::phone::E164;
use common::recipient::{Bsuid, Recipient};
use serde_json::Value;

/// Meta's identifiers of the recipient; each only if the response contains it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnsweredContact {
    /// The recipient as it was posted.
    pub input: Option<Recipient>,
    /// The number by which WhatsApp identifies the recipient: often not the number that was posted.
    pub wa_id: Option<E164>,
    /// The recipient's business-scoped user id.
    pub user_id: Option<Bsuid>,
}

/// A message that Meta accepted.
pub(super) struct Accepted {
    pub(super) id: String,
    pub(super) status: Option<String>,
    pub(super) contact: Option<AnsweredContact>,
}

impl Accepted {
    /// The accepted message in the response: a message has one recipient, so there is one.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let answer: Value = serde_json::from_slice(body).ok()?;
        let message = answer.get("messages")?.as_array()?.first()?;
        let text = |field| message.get(field).and_then(Value::as_str);
        let id = text("id").filter(|id| !id.is_empty())?;
        Some(Self {
            id: id.to_owned(),
            status: text("message_status").map(str::to_owned),
            contact: answer.get("contacts").and_then(AnsweredContact::read),
        })
    }
}

impl AnsweredContact {
    /// The only contact of a response; with several it would be unclear which one is the recipient.
    fn read(contacts: &Value) -> Option<Self> {
        let [contact] = contacts.as_array()?.as_slice() else {
            return None;
        };
        let named = |field| contact.get(field).and_then(read_name);
        let (input, wa_id, user_id) = (named("input"), named("wa_id"), named("user_id"));
        // A user id has been seen in the field of the number.
        let id_of = |name: &Option<Recipient>| name.as_ref().and_then(Recipient::bsuid).cloned();
        let contact = Self {
            user_id: id_of(&user_id).or_else(|| id_of(&wa_id)),
            wa_id: wa_id.as_ref().and_then(Recipient::phone).cloned(),
            input,
        };
        let says_something =
            contact.input.is_some() || contact.wa_id.is_some() || contact.user_id.is_some();
        says_something.then_some(contact)
    }
}

/// A number or user id; digits may be a JSON number.
fn read_name(value: &Value) -> Option<Recipient> {
    match value {
        Value::String(text) => Recipient::from_meta(text).ok(),
        Value::Number(digits) => Recipient::from_meta(&digits.to_string()).ok(),
        _ => None,
    }
}
