//! One attempt: what is asked of Meta, and in which order, so that it may end at any point.
//!
//! | | first attempt | repeated: an earlier one may have reached Meta |
//! |---|---|---|
//! | create | upload samples, create; a refusal looks whether the name is taken | look first: adopt the same text, refuse another one |
//! | edit | upload samples, edit, look at what Meta shows | look first: done if Meta shows the new text |
//! | delete | delete; a refusal looks whether it is gone | the same |
//!
//! What a failure leads to is in `wait`: a refusal is final, all else waits.

use std::collections::BTreeMap;
use std::time::Duration;

use cloud_api::{ApiError, CallFailure, CreatedTemplate, Managed, SampleFile, TemplateNode};
use common::ids::{MediaId, TemplateId};
use common::secret::AccessToken;
use common::template::{PublicationAction, PublicationRefusal, TemplateStatus};
use serde_json::{Map, Value};
use storage::StorageError;
use worker_storage::template_publications::{
    Affected, History, Publication, calls_resume_at, read_sample,
};

use super::outcome::{Accepted, Outcome, Refused};
use super::same_text::is_same;
use super::{Publisher, samples, wait};
use crate::call_budget;

/// For a sample of 16 MB on a slow line.
const UPLOAD_TIMEOUT: Duration = Duration::from_secs(120);
/// The name of every sample: reviewers see it, and a name of the business's own could name a person.
const SAMPLE_NAME: &str = "sample";
/// What an edit may change besides the category.
const EDITABLE: [&str; 3] = ["components", "parameter_format", "message_send_ttl_seconds"];

/// One attempt at a publication.
pub(super) struct Attempt<'a> {
    pub(super) publisher: &'a Publisher,
    pub(super) publication: &'a Publication,
    pub(super) history: &'a History,
    pub(super) token: &'a AccessToken,
}

/// Why an attempt ends early.
enum Halt {
    Storage(StorageError),
    Call(ApiError),
    Refused(PublicationRefusal),
}

impl From<StorageError> for Halt {
    fn from(error: StorageError) -> Self {
        Self::Storage(error)
    }
}

impl Attempt<'_> {
    /// Makes the attempt.
    pub(super) async fn make(&self) -> Result<Outcome, StorageError> {
        let made = match self.publication.action {
            PublicationAction::Create => self.create().await,
            PublicationAction::Edit => self.edit().await,
            PublicationAction::Delete => self.delete().await,
        };
        match made {
            Ok(accepted) => Ok(Outcome::Accepted(Box::new(accepted))),
            Err(Halt::Storage(error)) => Err(error),
            Err(Halt::Call(error)) => self.failed(error).await,
            Err(Halt::Refused(reason)) => Ok(Outcome::Refused(Refused {
                reason,
                error: None,
            })),
        }
    }

    async fn create(&self) -> Result<Accepted, Halt> {
        let definition = self.definition()?;
        if self.is_repeated()
            && let Some(adopted) = self.adopt(definition).await?
        {
            return Ok(adopted);
        }
        let body = self.with_samples(definition).await?;
        let (api, waba_id) = (&self.publisher.cloud_api, self.waba_id());
        let created = api.create_template(self.token, waba_id, &body).await;
        match self.noted(created).await {
            Ok(created) => Ok(self.created(definition, created)),
            Err(Halt::Call(error)) if error.failure() == CallFailure::Refused => {
                // The name may be taken, by what an attempt of ours created or by another template.
                self.adopt(definition).await?.ok_or(Halt::Call(error))
            }
            Err(halt) => Err(halt),
        }
    }

    /// The template that Meta has under the name and language, if it is the one that was written.
    async fn adopt(&self, definition: &Value) -> Result<Option<Accepted>, Halt> {
        let language = self.publication.language.as_deref();
        let nodes = self.look().await?;
        let found = nodes.into_iter().find(|node| {
            Some(node.language.as_str()) == language && node.status != TemplateStatus::Deleted
        });
        match found {
            Some(node) if has_text(&node, definition) => Ok(Some(Accepted {
                affected: Affected::Replaced(node.id.clone()),
                node: Some(node),
                is_adopted: true,
            })),
            Some(_) => Err(Halt::Refused(PublicationRefusal::NameTaken)),
            None => Ok(None),
        }
    }

    async fn edit(&self) -> Result<Accepted, Halt> {
        let definition = self.definition()?;
        let template_id = self.template_id()?;
        if self.is_repeated() {
            let node = self.find(template_id).await?;
            let node = node.ok_or(Halt::Refused(PublicationRefusal::TemplateGone))?;
            if self.changes_text(definition) && has_text(&node, definition) {
                return Ok(edited(template_id, Some(node), true));
            }
        }
        let body = self.edit_body(&self.with_samples(definition).await?);
        let api = &self.publisher.cloud_api;
        let done = api.edit_template(self.token, template_id, &body).await;
        match self.noted(done).await {
            // The answer has no status; what Meta does not show now, the next synchronisation brings.
            Ok(()) => match self.find(template_id).await {
                Ok(node) => Ok(edited(template_id, node, false)),
                Err(Halt::Call(_)) => Ok(edited(template_id, None, false)),
                Err(halt) => Err(halt),
            },
            Err(Halt::Call(error)) if error.is_unknown_object() => {
                Err(Halt::Refused(PublicationRefusal::TemplateGone))
            }
            Err(halt) => Err(halt),
        }
    }

    async fn delete(&self) -> Result<Accepted, Halt> {
        let template_id = self.publication.template_id.as_ref();
        let (api, name) = (&self.publisher.cloud_api, &self.publication.name);
        let done = api
            .delete_template(self.token, self.waba_id(), name, template_id)
            .await;
        match self.noted(done).await {
            Ok(()) => Ok(self.deleted(false)),
            // Meta refuses to delete what is gone.
            Err(Halt::Call(error)) if error.failure() == CallFailure::Refused => {
                let is_left = |node: &TemplateNode| {
                    template_id.is_none_or(|id| node.id == *id)
                        && node.status != TemplateStatus::Deleted
                };
                match self.look().await?.iter().any(is_left) {
                    true => Err(Halt::Call(error)),
                    false => Ok(self.deleted(true)),
                }
            }
            Err(halt) => Err(halt),
        }
    }

    /// The definition with Meta's handles for its sample files, which are uploaded.
    async fn with_samples(&self, definition: &Value) -> Result<Value, Halt> {
        let mut handles = BTreeMap::new();
        for file in samples::files_of(definition) {
            handles.insert(file, self.upload(file).await?);
        }
        Ok(samples::with_handles(definition, &handles))
    }

    async fn upload(&self, file: MediaId) -> Result<String, Halt> {
        let business_id = self.publication.account.business_id;
        let sample = read_sample(&self.publisher.store, business_id, file).await?;
        let sample = sample.ok_or(Halt::Refused(PublicationRefusal::FileMissing))?;
        let outgoing = SampleFile {
            name: SAMPLE_NAME,
            mime_type: sample.media_type.as_str(),
            content: &sample.content,
        };
        let api = &self.publisher.cloud_api;
        let handle = api
            .upload_sample(self.token, outgoing, UPLOAD_TIMEOUT)
            .await;
        Ok(self.noted(handle).await?.into_string())
    }

    /// Whether the edit changes a text, so that the text at Meta shows whether it was made.
    fn changes_text(&self, definition: &Value) -> bool {
        let before = self.history.components.as_ref();
        !before.is_some_and(|before| is_same(components(definition), before))
    }

    /// The category of an approved template cannot be edited.
    fn edit_body(&self, definition: &Value) -> Value {
        let status = self.history.status.as_ref();
        let is_approved = status.is_none_or(TemplateStatus::is_sendable);
        let category = (!is_approved).then_some("category");
        let keys = EDITABLE.into_iter().chain(category);
        let fields = keys.filter_map(|key| Some((key.to_owned(), definition.get(key)?.clone())));
        Value::Object(fields.collect::<Map<_, _>>())
    }

    async fn find(&self, template_id: &TemplateId) -> Result<Option<TemplateNode>, Halt> {
        let mut nodes = self.look().await?.into_iter();
        Ok(nodes.find(|node| node.id == *template_id))
    }

    /// The templates of the publication's name at Meta.
    async fn look(&self) -> Result<Vec<TemplateNode>, Halt> {
        let api = &self.publisher.cloud_api;
        let named = api
            .templates_named(self.token, self.waba_id(), &self.publication.name)
            .await;
        self.noted(named).await
    }

    async fn noted<T>(&self, managed: Managed<T>) -> Result<T, Halt> {
        let Publisher { store, clock, .. } = self.publisher;
        call_budget::noted(store, &self.publication.account, managed, clock.now())
            .await?
            .map_err(Halt::Call)
    }

    async fn failed(&self, error: ApiError) -> Result<Outcome, StorageError> {
        let Publisher { store, clock, .. } = self.publisher;
        let (failure, now) = (error.failure(), clock.now());
        let resume_at = calls_resume_at(store, &self.publication.account, now).await?;
        let wait = wait::after(failure, resume_at, self.publication.attempt, now);
        Ok(match wait {
            Some(_) if failure == CallFailure::TokenRefused => Outcome::TokenRefused(error),
            Some(wait) => Outcome::Waits(wait),
            None => Outcome::Refused(Refused {
                reason: PublicationRefusal::Meta,
                error: Some(error),
            }),
        })
    }

    fn created(&self, definition: &Value, created: CreatedTemplate) -> Accepted {
        let text = |key: &str| definition.get(key)?.as_str().map(ToOwned::to_owned);
        Accepted {
            affected: Affected::Replaced(created.id.clone()),
            node: Some(TemplateNode {
                id: created.id,
                name: self.publication.name.clone(),
                language: self.publication.language.clone().unwrap_or_default(),
                category: created.category,
                status: created.status,
                parameter_format: text("parameter_format"),
                components: definition.get("components").cloned().unwrap_or_default(),
                quality_score: None,
                rejected_reason: None,
            }),
            is_adopted: false,
        }
    }

    fn deleted(&self, is_adopted: bool) -> Accepted {
        let one = self.publication.template_id.clone();
        Accepted {
            affected: one.map_or(Affected::DeletedName, Affected::DeletedOne),
            node: None,
            is_adopted,
        }
    }

    const fn is_repeated(&self) -> bool {
        self.publication.attempt > 1
    }

    const fn waba_id(&self) -> &common::ids::WabaId {
        &self.publication.account.waba_id
    }

    fn definition(&self) -> Result<&Value, StorageError> {
        let column = "template_publications.version";
        let definition = self.publication.definition.as_ref();
        definition.ok_or(StorageError::Corrupt { column })
    }

    fn template_id(&self) -> Result<&TemplateId, StorageError> {
        let column = "template_publications.template_id";
        let template_id = self.publication.template_id.as_ref();
        template_id.ok_or(StorageError::Corrupt { column })
    }
}

fn edited(template_id: &TemplateId, node: Option<TemplateNode>, is_adopted: bool) -> Accepted {
    Accepted {
        affected: Affected::Replaced(template_id.clone()),
        node,
        is_adopted,
    }
}

fn has_text(node: &TemplateNode, definition: &Value) -> bool {
    is_same(components(definition), &node.components)
}

fn components(definition: &Value) -> &Value {
    definition.get("components").unwrap_or(&Value::Null)
}
