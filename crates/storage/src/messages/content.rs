//! What a message says, as it lies sealed in `messages` or, for one-time codes, in `otp_secrets`.

use common::content::FreeForm;
use common::ids::{MediaId, MetaMediaId};
use common::media::put_meta_id;
use serde::{Deserialize, Serialize};

/// What a message says. It is never printed.
#[derive(Clone, Serialize, Deserialize)]
pub struct MessageContent {
    /// The content itself.
    #[serde(flatten)]
    pub body: MessageBody,
    /// Meta's id of the message that it answers, which the recipient sees quoted: personal data.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to_wamid: Option<String>,
}

/// A template filled in, or what stands for itself.
#[derive(Clone, Serialize, Deserialize)]
#[serde(untagged)]
pub enum MessageBody {
    /// `{"template","language","components"}`
    Template(TemplateContent),
    /// `{"text":{…}}` and so on
    FreeForm(FreeForm),
}

/// A template filled in.
#[derive(Clone, Serialize, Deserialize)]
pub struct TemplateContent {
    /// The template's name.
    pub template: String,
    /// The template's language.
    pub language: String,
    /// The `components` of Meta's request.
    pub components: serde_json::Value,
}

impl MessageContent {
    /// Names a file as Meta does, where it was named as we do.
    pub fn put_meta_id(&mut self, ours: MediaId, theirs: &MetaMediaId) {
        match &mut self.body {
            MessageBody::Template(template) => {
                put_meta_id(&mut template.components, ours, theirs);
            }
            MessageBody::FreeForm(content) => content.put_meta_id(ours, theirs),
        }
    }
}

impl From<TemplateContent> for MessageContent {
    fn from(template: TemplateContent) -> Self {
        Self {
            body: MessageBody::Template(template),
            reply_to_wamid: None,
        }
    }
}

impl From<FreeForm> for MessageContent {
    fn from(content: FreeForm) -> Self {
        Self {
            body: MessageBody::FreeForm(content),
            reply_to_wamid: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(stored: Value) -> MessageContent {
        serde_json::from_value(stored).unwrap()
    }

    #[test]
    fn a_template_is_read_as_it_was_always_stored() {
        let stored =
            json!({"template": "ticket", "language": "fr", "components": [{"type": "body"}]});
        let content = read(stored.clone());
        assert!(matches!(&content.body, MessageBody::Template(it) if it.template == "ticket"));
        assert_eq!(serde_json::to_value(&content).unwrap(), stored);
    }

    #[test]
    fn what_is_no_template_is_read_as_it_is_stored() {
        for stored in [
            json!({"text": {"body": "Bonjour", "preview_url": false}}),
            json!({"location": {"latitude": 12.37, "longitude": -1.52}, "reply_to_wamid": "wamid.HBgL"}),
            json!({"document": {"id": "01993c2f-8a00-7000-8000-000000000007", "caption": "Merci", "filename": "a.pdf"}}),
        ] {
            let content = read(stored.clone());
            assert!(matches!(content.body, MessageBody::FreeForm(_)));
            assert_eq!(serde_json::to_value(&content).unwrap(), stored);
        }
    }
}
