//! `POST /v1/templates/starter-pack/install`

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, web};
use chrono::{DateTime, Utc};
use common::ids::{DraftId, MediaId, PublicationId, WabaId};
use common::media::MediaType;
use common::template::PublicationAction;
use sealing::BusinessKeys;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use starter_pack::{Language, Purpose, SAMPLE_PREFIX, StarterTemplate, sample, templates};
use storage::template_drafts::{self, Draft};
use storage::{
    ScopedTransaction, StorageError, media, template_publications, templates as at_meta,
};
use utoipa::ToSchema;
use utoipa::openapi::schema::{Array, ArrayBuilder, ObjectBuilder, SchemaType, Type};

use crate::api::templates::account;
use crate::api::templates::definition::Definition;
use crate::api::templates::drafts::store::{self, NewDraft};
use crate::api::templates::publications::request::Request;
use crate::auth::Principal;
use crate::extract::{IdempotencyGuard, IdempotencyKey, JsonBody, text_id};
use crate::problem::Problem;
use crate::state::AppState;

/// How many languages or names a call may list.
const MOST_NAMED: usize = 32;

/// Which templates to install.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct StarterPackToInstall {
    /// The account.
    #[schema(value_type = String, pattern = "^[0-9]{1,32}$", example = "102289599326934")]
    #[serde(deserialize_with = "text_id")]
    waba_id: WabaId,
    /// The languages, `fr` and `en`; both when missing.
    #[serde(default)]
    #[schema(schema_with = languages, required = false)]
    languages: Option<Vec<String>>,
    /// The names of the templates; all when missing.
    #[serde(default)]
    #[schema(schema_with = names, required = false)]
    names: Option<Vec<String>>,
}

fn languages() -> Array {
    let description = "The languages; all of the pack when missing.";
    some_of(description, Language::ALL.map(Language::as_str))
}

fn names() -> Array {
    let description = "The names of the templates; all of the pack when missing.";
    some_of(description, Purpose::ALL.map(Purpose::name))
}

fn some_of(description: &str, values: impl IntoIterator<Item = &'static str>) -> Array {
    let item = ObjectBuilder::new()
        .schema_type(Type::String)
        .enum_values(Some(values));
    ArrayBuilder::new()
        .schema_type(SchemaType::from_iter([Type::Array, Type::Null]))
        .description(Some(description))
        .items(item)
        .max_items(Some(MOST_NAMED))
        .build()
}

/// What became of each template.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct InstalledStarterPack {
    items: Vec<Installed>,
}

/// What became of a template of the starter pack.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = InstalledStarterTemplate)]
pub(crate) struct Installed {
    name: &'static str,
    language: &'static str,
    /// `publishing`: a draft was saved, or was there unchanged, and waits for Meta. `template_exists`: Meta has a template
    /// of that name and language, which was left alone. `draft_exists`: a draft with another text was left alone.
    outcome: Outcome,
    /// The draft; null when there is none.
    #[schema(value_type = Option<uuid::Uuid>)]
    draft_id: Option<DraftId>,
    /// The publication; null when nothing was asked of Meta.
    #[schema(value_type = Option<uuid::Uuid>)]
    publication_id: Option<PublicationId>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Outcome {
    Publishing,
    TemplateExists,
    DraftExists,
}

/// Installs the starter pack
///
/// Saves a draft of each template and publishes it. Templates and drafts that exist are left alone and named. Meta reviews
/// each template: see its status.
#[utoipa::path(
    post,
    path = "/v1/templates/starter-pack/install",
    params(IdempotencyKey),
    request_body = StarterPackToInstall,
    responses((status = 202, description = "What became of each template", body = InstalledStarterPack))
)]
pub(crate) async fn install_starter_pack(
    state: web::Data<AppState>,
    principal: Principal,
    key: IdempotencyKey,
    body: JsonBody<StarterPackToInstall>,
) -> Result<HttpResponse, Problem> {
    let business = &principal.business;
    let once = IdempotencyGuard::of_business(business, &key, body.fingerprint).await?;
    let wanted = chosen(&body.value)?;
    let now = state.now();
    let keys = business.keys().await?;
    let mut transaction = business.begin().await?;
    if let Some(earlier) = once.earlier(&mut transaction).await? {
        return Ok(earlier.respond());
    }
    let waba_id = &body.value.waba_id;
    account::check(&mut transaction, business, waba_id).await?;
    account::lock_connected(&mut transaction, business, waba_id).await?;
    let mut installer = Installer {
        principal: &principal,
        keys: &keys,
        waba_id,
        now,
        samples: Vec::new(),
    };
    let mut items = Vec::new();
    for template in wanted {
        items.push(installer.install(&mut transaction, template).await?);
    }
    let installed = InstalledStarterPack { items };
    let recorded = once
        .commit(transaction, StatusCode::ACCEPTED, &installed, now)
        .await?;
    Ok(recorded.respond())
}

/// The templates that a call asks for.
fn chosen(wanted: &StarterPackToInstall) -> Result<Vec<StarterTemplate>, Problem> {
    for (pointer, list) in [("/languages", &wanted.languages), ("/names", &wanted.names)] {
        if list.as_ref().is_some_and(|list| list.len() > MOST_NAMED) {
            return Err(Problem::body(
                pointer,
                format!("lists more than {MOST_NAMED}"),
            ));
        }
    }
    let languages = wanted.languages.as_deref();
    for (index, language) in languages.into_iter().flatten().enumerate() {
        if Language::spelled(language).is_none() {
            let pointer = format!("/languages/{index}");
            return Err(Problem::body(
                pointer,
                "is not a language of the starter pack: fr or en",
            ));
        }
    }
    let names = wanted.names.as_deref();
    for (index, name) in names.into_iter().flatten().enumerate() {
        if templates().all(|template| template.purpose.name() != name) {
            let pointer = format!("/names/{index}");
            return Err(Problem::body(
                pointer,
                "is not a template of the starter pack",
            ));
        }
    }
    let is_among = |list: Option<&[String]>, word: &str| {
        list.is_none_or(|list| list.iter().any(|listed| listed == word))
    };
    let wanted = templates().filter(|template| {
        is_among(languages, template.language.as_str()) && is_among(names, template.purpose.name())
    });
    Ok(wanted.collect())
}

/// Whether a draft says what the template of the pack says. The files that stand for samples may differ.
fn has_text_of(draft: &Value, template: StarterTemplate) -> Result<bool, Problem> {
    let mut ours = template.definition().map_err(Problem::internal)?;
    let mut theirs = draft.clone();
    for definition in [&mut ours, &mut theirs] {
        let components = definition
            .get_mut("components")
            .and_then(Value::as_array_mut);
        for component in components.into_iter().flatten() {
            if let Some(handle) = component.pointer_mut("/example/header_handle") {
                *handle = Value::Null;
            }
        }
    }
    Ok(ours == theirs)
}

/// Installs templates in one transaction.
struct Installer<'a> {
    principal: &'a Principal,
    keys: &'a BusinessKeys,
    waba_id: &'a WabaId,
    now: DateTime<Utc>,
    /// The sample files that were stored already, by their names in the pack.
    samples: Vec<(String, MediaId)>,
}

impl Installer<'_> {
    async fn install(
        &mut self,
        transaction: &mut ScopedTransaction,
        template: StarterTemplate,
    ) -> Result<Installed, Problem> {
        let (name, language) = (template.purpose.name(), template.language.as_str());
        let outcome = |outcome, draft_id, publication_id| Installed {
            name,
            language,
            outcome,
            draft_id,
            publication_id,
        };
        let business = &self.principal.business;
        match at_meta::find_by_name(transaction, business, self.waba_id, name, language).await {
            Ok(_) => return Ok(outcome(Outcome::TemplateExists, None, None)),
            Err(StorageError::NotFound) => {}
            Err(error) => return Err(error.into()),
        }
        let names = (name, language);
        if let Some(draft) =
            template_drafts::find_by_name(transaction, business, self.waba_id, names).await?
        {
            let is_ours = has_text_of(&draft.newest.definition, template)?;
            if !is_ours || draft.template_id.is_some() {
                return Ok(outcome(Outcome::DraftExists, Some(draft.id), None));
            }
            let (draft, publication) = self.publish(transaction, draft).await?;
            return Ok(outcome(Outcome::Publishing, Some(draft), Some(publication)));
        }
        let definition = self.with_samples(transaction, template).await?;
        let new = NewDraft {
            waba_id: self.waba_id,
            template_id: None,
            definition: Definition::new(definition),
        };
        let draft = store::insert(self.principal, transaction, new, self.now).await?;
        let (draft, publication) = self.publish(transaction, draft).await?;
        Ok(outcome(Outcome::Publishing, Some(draft), Some(publication)))
    }

    /// Asks Meta for the template, unless that waits already.
    async fn publish(
        &self,
        transaction: &mut ScopedTransaction,
        draft: Draft,
    ) -> Result<(DraftId, PublicationId), Problem> {
        let business = &self.principal.business;
        let name = (draft.name.as_str(), Some(draft.language.as_str()));
        let waiting =
            template_publications::find_waiting(transaction, business, self.waba_id, name).await?;
        if let Some(waiting) = waiting {
            return Ok((draft.id, waiting.id));
        }
        let request = Request {
            action: PublicationAction::Create,
            source: Some((draft.id, draft.newest.number)),
            waba_id: draft.waba_id,
            template_id: None,
            name: draft.name,
            language: Some(draft.language),
        };
        let by = (self.principal.actor.key_id(), self.now);
        let publication = request.store(transaction, business, by).await?;
        Ok((draft.id, publication.id))
    }

    /// The definition with the ids of stored files instead of the names of samples.
    async fn with_samples(
        &mut self,
        transaction: &mut ScopedTransaction,
        template: StarterTemplate,
    ) -> Result<Value, Problem> {
        let mut definition = template.definition().map_err(Problem::internal)?;
        let components = definition
            .get_mut("components")
            .and_then(Value::as_array_mut);
        for component in components.into_iter().flatten() {
            let Some(handle) = component.pointer_mut("/example/header_handle/0") else {
                continue;
            };
            let reference = handle.as_str().unwrap_or_default().to_owned();
            if reference.starts_with(SAMPLE_PREFIX) {
                *handle = json!(self.stored(transaction, reference).await?);
            }
        }
        Ok(definition)
    }

    async fn stored(
        &mut self,
        transaction: &mut ScopedTransaction,
        reference: String,
    ) -> Result<MediaId, Problem> {
        if let Some((_, id)) = self.samples.iter().find(|(known, _)| *known == reference) {
            return Ok(*id);
        }
        let missing = || Problem::internal(format!("no sample {reference}"));
        let sample = sample(&reference).ok_or_else(missing)?;
        let media_type = MediaType::of_content_type(sample.mime_type).ok_or_else(missing)?;
        let new = media::Media {
            id: MediaId::new(self.now),
            media_type,
            size_bytes: i32::try_from(sample.content.len()).map_err(Problem::internal)?,
            filename: Some(sample.filename.to_owned()),
        };
        let business = &self.principal.business;
        media::insert(transaction, business, self.keys, &new, sample.content).await?;
        self.samples.push((reference, new.id));
        Ok(new.id)
    }
}
