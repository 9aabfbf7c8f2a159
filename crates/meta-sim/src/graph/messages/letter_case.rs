//! Values that Meta accepts in upper and lower case: its reference writes `body`, its list of allowed values BODY, and
//! clients use either.

use serde_json::{Map, Value};

/// Converts the message's type and the types within its content to lower case.
pub(super) fn lower(message: &mut Map<String, Value>) {
    for key in ["type", "recipient_type", "status"] {
        if let Some(text) = message.get_mut(key) {
            lower_at(text, "");
        }
    }
    if let Some(template) = message.get_mut("template") {
        lower_components(template);
    }
    if let Some(interactive) = message.get_mut("interactive") {
        for pointer in ["/type", "/header/type", "/action/name"] {
            lower_at(interactive, pointer);
        }
        for button in items(interactive, "/action/buttons") {
            lower_at(button, "/type");
        }
    }
}

fn lower_components(holder: &mut Value) {
    for component in items(holder, "/components") {
        lower_at(component, "/type");
        lower_at(component, "/sub_type");
        for parameter in items(component, "/parameters") {
            lower_at(parameter, "/type");
        }
        for card in items(component, "/cards") {
            lower_components(card);
        }
    }
}

fn items<'a>(holder: &'a mut Value, pointer: &str) -> impl Iterator<Item = &'a mut Value> {
    let list = holder.pointer_mut(pointer).and_then(Value::as_array_mut);
    list.into_iter().flatten()
}

fn lower_at(holder: &mut Value, pointer: &str) {
    if let Some(Value::String(text)) = holder.pointer_mut(pointer) {
        text.make_ascii_lowercase();
    }
}
