//! Creating, editing and deleting templates (Meta, templates: management). Meta has no idempotency key: whoever got no
//! answer has to look by [`CloudApi::templates_named`] before calling again.

use common::ids::{TemplateId, WabaId};
use common::secret::AccessToken;
use common::template::{Category, TemplateStatus};
use reqwest::{Method, RequestBuilder};
use serde::Deserialize;
use serde_json::Value;

use crate::business_use::Managed;
use crate::client::CloudApi;
use crate::error::ApiError;
use crate::metrics::Call;
use crate::template::{category, no_category, no_status, status};

/// A template that Meta accepted for review.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CreatedTemplate {
    /// Meta's id of the template in its language.
    pub id: TemplateId,
    /// Its status, normally PENDING.
    #[serde(default = "no_status", deserialize_with = "status")]
    pub status: TemplateStatus,
    /// Its category, which Meta may have changed.
    #[serde(default = "no_category", deserialize_with = "category")]
    pub category: Category,
}

#[derive(Deserialize)]
struct Done {
    success: bool,
}

impl CloudApi {
    /// Creates a template in one language. `definition` is Meta's body: name, language, category and components.
    pub async fn create_template(
        &self,
        token: &AccessToken,
        waba_id: &WabaId,
        definition: &Value,
    ) -> Managed<CreatedTemplate> {
        let request = self
            .request(Method::POST, &of_account(waba_id), token)
            .json(definition);
        let expected = "a created template";
        self.ask_managed(Call::CreateTemplate, request, expected, Some(waba_id))
            .await
    }

    /// Edits a template; its components are replaced by those of `edit`, all of them. It is then reviewed again.
    pub async fn edit_template(
        &self,
        token: &AccessToken,
        template_id: &TemplateId,
        edit: &Value,
    ) -> Managed<()> {
        let request = self
            .request(Method::POST, &format!("/{template_id}"), token)
            .json(edit);
        self.ask_done(Call::EditTemplate, request, None).await
    }

    /// Deletes the template of a name in all languages, or only the one with the id.
    pub async fn delete_template(
        &self,
        token: &AccessToken,
        waba_id: &WabaId,
        name: &str,
        template_id: Option<&TemplateId>,
    ) -> Managed<()> {
        let mut request = self
            .request(Method::DELETE, &of_account(waba_id), token)
            .query(&[("name", name)]);
        if let Some(id) = template_id {
            request = request.query(&[("hsm_id", id.as_str())]);
        }
        self.ask_done(Call::DeleteTemplate, request, Some(waba_id))
            .await
    }

    async fn ask_done(
        &self,
        call: Call,
        request: RequestBuilder,
        of: Option<&WabaId>,
    ) -> Managed<()> {
        let expected = "the confirmation of a change";
        let answer = self.ask_managed(call, request, expected, of).await;
        answer.and_then(|done: Done| match done.success {
            true => Ok(()),
            false => Err(ApiError::NotUnderstood {
                http_status: 200,
                expected,
            }),
        })
    }
}

pub(crate) fn of_account(waba_id: &WabaId) -> String {
    format!("/{waba_id}/message_templates")
}
