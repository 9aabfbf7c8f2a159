//! The request for a decrypted message: pure.

use cloud_api::{Endpoint, OutgoingContent, OutgoingMessage};
use storage::messages::{MessageBody, TemplateContent};
use worker_storage::claim::OpenedMessage;

/// The message in the form for Meta.
pub(super) fn of<'a>(
    opened: &'a OpenedMessage,
    opaque_id: &'a str,
    endpoint: Endpoint,
) -> OutgoingMessage<'a> {
    let content = match &opened.content.body {
        MessageBody::Template(TemplateContent {
            template,
            language,
            components,
        }) => OutgoingContent::Template {
            name: template,
            language,
            components,
        },
        MessageBody::FreeForm(content) => OutgoingContent::FreeForm(content),
    };
    OutgoingMessage {
        recipient: &opened.recipient,
        content,
        reply_to: opened.content.reply_to_wamid.as_deref(),
        opaque_id,
        endpoint,
    }
}
