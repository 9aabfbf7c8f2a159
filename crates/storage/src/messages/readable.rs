//! What a message says, for the business that sent it.

use common::ids::MessageId;
use common::template::Category;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use sealing::BusinessKeys;
use serde_json::Value;
use uuid::Uuid;

use super::{MessageContent, corrupt};
use database::StorageError;
use database::schema::{messages, templates};
use database::seal_contexts::{self, MessageColumn};
use database::{BusinessScope, ScopedTransaction};

/// What a message says. It is never printed.
pub struct ReadableContent {
    /// As it was sealed.
    pub content: MessageContent,
    /// The components of its template as Meta lists them now, while the template is known.
    pub template_components: Option<Value>,
}

/// What a message says; `None` for what nobody reads again: a one-time code, and all that a template of the category
/// AUTHENTICATION says, whether it had the category then or has it now.
///
/// # Errors
/// [`StorageError::NotFound`] when the business has no such message; when the content cannot be opened.
pub async fn readable_content(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    keys: &BusinessKeys,
    message_id: MessageId,
) -> Result<Option<ReadableContent>, StorageError> {
    let id: Uuid = message_id.as_uuid();
    let (category, template_id, sealed): (i16, Option<String>, Option<Vec<u8>>) = messages::table
        .filter(scope.owns(messages::business_id))
        .filter(messages::id.eq(id))
        .select((
            messages::category,
            messages::template_id,
            messages::content_sealed,
        ))
        .first(&mut **transaction)
        .await?;
    let template = template(transaction, scope, template_id).await?;
    let is_of_code = |category: &Category| *category == Category::Authentication;
    let is_code = is_of_code(&Category::from_code(category))
        || template.as_ref().is_some_and(|(now, _)| is_of_code(now));
    let Some(sealed) = sealed.filter(|_| !is_code) else {
        return Ok(None);
    };
    let context = seal_contexts::message(scope.business_id(), &id, MessageColumn::Content);
    let opened = keys.open(&context, &sealed)?;
    let content =
        serde_json::from_slice(&opened).map_err(|_| corrupt("messages.content_sealed"))?;
    Ok(Some(ReadableContent {
        content,
        template_components: template.map(|(_, components)| components),
    }))
}

/// Category and components of a template.
async fn template(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    template_id: Option<String>,
) -> Result<Option<(Category, Value)>, StorageError> {
    let Some(template_id) = template_id else {
        return Ok(None);
    };
    let found: Option<(String, Value)> = templates::table
        .filter(scope.owns(templates::business_id))
        .filter(templates::template_id.eq(template_id))
        .select((templates::category, templates::components))
        .first(&mut **transaction)
        .await
        .optional()?;
    Ok(found.map(|(category, components)| (Category::from_meta(&category), components)))
}
