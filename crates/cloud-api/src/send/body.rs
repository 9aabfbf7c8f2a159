//! The body of a message as Meta expects it.

use std::fmt;

use common::content::FreeForm;
use common::recipient::Recipient;
use serde::Serialize;
use serde_json::Value;

use super::endpoint::{Endpoint, MarketingOptions};
use crate::metrics::Call;

/// A message for one recipient.
#[derive(Clone, Copy)]
pub struct OutgoingMessage<'a> {
    /// Its recipient.
    pub recipient: &'a Recipient,
    /// Its content.
    pub content: OutgoingContent<'a>,
    /// Meta's id of the message that it replies to, which is quoted for the recipient.
    pub reply_to: Option<&'a str>,
    /// Returned in each status of the message: our signed id, without personal data.
    pub opaque_id: &'a str,
    /// The endpoint that it is posted to.
    pub endpoint: Endpoint,
}

/// The content of a message.
#[derive(Clone, Copy)]
pub enum OutgoingContent<'a> {
    /// A template, filled in.
    Template {
        /// The template's name.
        name: &'a str,
        /// The template's language as Meta writes it, such as `fr`.
        language: &'a str,
        /// The parameters, as `common::template::compose` builds them.
        components: &'a Value,
    },
    /// A message without a template, for an open customer service window.
    FreeForm(&'a FreeForm),
}

#[derive(Serialize)]
pub(super) struct Body<'a> {
    messaging_product: &'static str,
    recipient_type: &'static str,
    #[serde(flatten)]
    address: Address<'a>,
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(flatten)]
    content: Content<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Context<'a>>,
    biz_opaque_callback_data: &'a str,
    #[serde(flatten)]
    options: Option<MarketingOptions>,
}

/// The recipient, in one of two fields: if both are given Meta uses `to`, and of a user id in `to` it uses the digits.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Address<'a> {
    /// A number with its `+`: without it Meta may read it as a number of the sender's country.
    To(&'a str),
    /// A business-scoped user id.
    Recipient(&'a str),
}

/// The object of the message's type, under the type's name.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Content<'a> {
    Template(Template<'a>),
    #[serde(untagged)]
    FreeForm(&'a FreeForm),
}

#[derive(Serialize)]
struct Template<'a> {
    name: &'a str,
    language: Language<'a>,
    #[serde(skip_serializing_if = "is_empty")]
    components: &'a Value,
}

#[derive(Serialize)]
struct Language<'a> {
    code: &'a str,
}

#[derive(Serialize)]
struct Context<'a> {
    message_id: &'a str,
}

impl fmt::Debug for OutgoingMessage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutgoingMessage")
            .field("kind", &self.content.kind())
            .field("opaque_id", &self.opaque_id)
            .field("endpoint", &self.endpoint)
            .finish_non_exhaustive()
    }
}

impl OutgoingContent<'_> {
    const fn kind(&self) -> &'static str {
        match self {
            Self::Template { .. } => "template",
            Self::FreeForm(content) => content.kind(),
        }
    }
}

impl<'a> OutgoingMessage<'a> {
    /// The label under which the call is counted.
    pub(super) const fn call(&self) -> Call {
        match (self.content, self.endpoint) {
            (OutgoingContent::FreeForm(_), _) => Call::SendFreeForm,
            (OutgoingContent::Template { .. }, Endpoint::Messages) => Call::SendTemplate,
            (OutgoingContent::Template { .. }, Endpoint::MarketingMessages(_)) => {
                Call::SendMarketing
            }
        }
    }

    pub(super) fn body(&self) -> Body<'a> {
        let content = match self.content {
            OutgoingContent::Template {
                name,
                language,
                components,
            } => Content::Template(Template {
                name,
                language: Language { code: language },
                components,
            }),
            OutgoingContent::FreeForm(content) => Content::FreeForm(content),
        };
        Body {
            messaging_product: "whatsapp",
            recipient_type: "individual",
            address: Address::of(self.recipient),
            kind: self.content.kind(),
            content,
            context: self.reply_to.map(|message_id| Context { message_id }),
            biz_opaque_callback_data: self.opaque_id,
            options: self.endpoint.options(),
        }
    }
}

impl<'a> Address<'a> {
    fn of(recipient: &'a Recipient) -> Self {
        match recipient {
            Recipient::Phone(number) => Self::To(number.expose()),
            Recipient::User(id) => Self::Recipient(id.expose()),
        }
    }
}

fn is_empty(components: &Value) -> bool {
    components.as_array().is_none_or(Vec::is_empty)
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use common::ids::MediaId;
    use serde_json::json;

    use super::*;

    const TEMPLATE: OutgoingContent<'static> = OutgoingContent::Template {
        name: "offre_fidelite",
        language: "fr",
        components: &Value::Null,
    };

    fn body(message: &OutgoingMessage<'_>) -> Value {
        serde_json::to_value(message.body()).unwrap()
    }

    static AWA: LazyLock<Recipient> =
        LazyLock::new(|| Recipient::from_stored("+22670112233").unwrap());

    fn message(content: OutgoingContent<'_>) -> OutgoingMessage<'_> {
        OutgoingMessage {
            recipient: &AWA,
            content,
            reply_to: None,
            opaque_id: "d1.00",
            endpoint: Endpoint::Messages,
        }
    }

    #[test]
    fn a_template_is_posted_with_nothing_that_it_does_not_need() {
        let expected = json!({"messaging_product": "whatsapp", "recipient_type": "individual", "to": "+22670112233",
            "type": "template", "template": {"name": "offre_fidelite", "language": {"code": "fr"}},
            "biz_opaque_callback_data": "d1.00"});
        assert_eq!(body(&message(TEMPLATE)), expected);
    }

    #[test]
    fn one_without_a_number_is_named_in_a_field_of_its_own_and_never_in_to() {
        for id in ["BF.13491208655302741918", "BF.ENT.11815799212886844830"] {
            let user = Recipient::from_stored(id).unwrap();
            let body = body(&OutgoingMessage {
                recipient: &user,
                ..message(TEMPLATE)
            });
            assert_eq!((&body["recipient"], body.get("to")), (&json!(id), None));
            assert_eq!(body["recipient_type"], "individual");
        }
        assert_eq!(body(&message(TEMPLATE)).get("recipient"), None);
    }

    #[test]
    fn what_is_no_template_is_posted_as_metas_object_of_its_name() {
        let text: FreeForm = serde_json::from_value(json!({"text": {"body": "Bonjour"}})).unwrap();
        let reply = OutgoingMessage {
            reply_to: Some("wamid.HBgL"),
            ..message(OutgoingContent::FreeForm(&text))
        };
        let expected = json!({"messaging_product": "whatsapp", "recipient_type": "individual", "to": "+22670112233",
            "type": "text", "text": {"body": "Bonjour", "preview_url": false}, "context": {"message_id": "wamid.HBgL"},
            "biz_opaque_callback_data": "d1.00"});
        assert_eq!(body(&reply), expected);
    }

    #[test]
    fn a_file_is_posted_under_metas_id_with_its_words() {
        let ours: MediaId = "01993c2f-8a00-7000-8000-000000000007".parse().unwrap();
        let ticket =
            json!({"document": {"id": ours, "caption": "Merci Awa !", "filename": "ticket.pdf"}});
        let mut ticket: FreeForm = serde_json::from_value(ticket).unwrap();
        ticket.put_meta_id(ours, &"1037543291543636".parse().unwrap());
        let reply = OutgoingMessage {
            reply_to: Some("wamid.HBgL"),
            ..message(OutgoingContent::FreeForm(&ticket))
        };
        let expected = json!({"messaging_product": "whatsapp", "recipient_type": "individual", "to": "+22670112233",
            "type": "document",
            "document": {"id": "1037543291543636", "caption": "Merci Awa !", "filename": "ticket.pdf"},
            "context": {"message_id": "wamid.HBgL"}, "biz_opaque_callback_data": "d1.00"});
        assert_eq!(body(&reply), expected);
    }

    #[test]
    fn a_marketing_message_says_what_meta_may_do() {
        let offer = OutgoingMessage {
            endpoint: Endpoint::MarketingMessages(MarketingOptions::default()),
            ..message(TEMPLATE)
        };
        let body = body(&offer);
        assert_eq!(body["product_policy"], "CLOUD_API_FALLBACK");
        assert_eq!(body["message_activity_sharing"], false);
    }
}
