//! Templates as a business reads its own: what the last synchronisation found at Meta.
//!
//! A template that Meta no longer lists stays here with the status `DELETED`, because campaigns and messages name it;
//! its name and language may then stand a second time, under the id of the template that took its place. Only
//! `worker_storage::template_sync` writes here, and the sender, which notes what Meta says against a template.

use chrono::{DateTime, Utc};
use common::ids::{TemplateId, WabaId};
use common::template::{
    Category, TemplateShape, TemplateStatus, TemplateWarning, Unsupported, warnings,
};
use diesel::dsl::exists;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use serde_json::Value;

use database::StorageError;
use database::schema::templates;
use database::{BusinessScope, ScopedTransaction};

/// A template in one language.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// Meta's id.
    pub template_id: TemplateId,
    /// The account that it belongs to.
    pub waba_id: WabaId,
    /// The name, which all languages of a template share.
    pub name: String,
    /// The language as Meta writes it, such as `fr`.
    pub language: String,
    /// What Meta takes it for.
    pub category: Category,
    /// Whether it may be sent.
    pub status: TemplateStatus,
    /// `POSITIONAL` or `NAMED`.
    pub parameter_format: String,
    /// The parts, as Meta writes them.
    pub components: Value,
    /// Meta's score of its quality.
    pub quality_score: Option<String>,
    /// Why Meta rejected it.
    pub rejected_reason: Option<String>,
    /// What Meta said of the status, such as the reason for a pause.
    pub status_note: Option<String>,
    /// Until when the status holds.
    pub status_until: Option<DateTime<Utc>>,
    /// The category that Meta's detection finds correct.
    pub detected_category: Option<Category>,
    /// When Meta last listed it.
    pub synced_at: DateTime<Utc>,
}

/// Which templates are asked for; all conditions hold together.
#[derive(Debug, Clone, Default)]
pub struct TemplateFilter {
    /// Of this account.
    pub waba_id: Option<WabaId>,
    /// With this status.
    pub status: Option<TemplateStatus>,
    /// With this name.
    pub name: Option<String>,
    /// In this language.
    pub language: Option<String>,
    /// Of this category.
    pub category: Option<Category>,
    /// After this one in the order of names and languages.
    pub after: Option<TemplateKey>,
}

/// The place of a template in a list: by name, then language, then id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TemplateKey {
    /// The name.
    pub name: String,
    /// The language.
    pub language: String,
    /// Meta's id.
    pub template_id: TemplateId,
}

/// A part of a list.
#[derive(Debug)]
pub struct TemplatePage {
    /// By name, language and id.
    pub items: Vec<Template>,
    /// What the next part comes after; `None` when there is none.
    pub next: Option<TemplateKey>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = templates, check_for_backend(Pg))]
struct Row {
    template_id: String,
    waba_id: String,
    name: String,
    language: String,
    category: String,
    status: String,
    parameter_format: String,
    components: Value,
    quality_score: Option<String>,
    rejected_reason: Option<String>,
    status_note: Option<String>,
    status_until: Option<DateTime<Utc>>,
    detected_category: Option<String>,
    synced_at: DateTime<Utc>,
}

impl Template {
    /// What it asks to be filled in.
    ///
    /// # Errors
    /// When no message can be made of it from variables.
    pub fn shape(&self) -> Result<TemplateShape, Unsupported> {
        TemplateShape::read(&self.components, &self.parameter_format, &self.category)
    }

    /// The warnings about it.
    #[must_use]
    pub fn warnings(&self) -> Vec<TemplateWarning> {
        warnings(&self.components, &self.category)
    }

    /// The text of its body; `None` when Meta gives none, as for one-time codes.
    #[must_use]
    pub fn body(&self) -> Option<&str> {
        let parts = self.components.as_array()?;
        let is_body = |part: &&Value| {
            part.get("type")
                .and_then(Value::as_str)
                .is_some_and(|kind| kind.eq_ignore_ascii_case("BODY"))
        };
        parts.iter().find(is_body)?.get("text")?.as_str()
    }

    fn key(&self) -> TemplateKey {
        TemplateKey {
            name: self.name.clone(),
            language: self.language.clone(),
            template_id: self.template_id.clone(),
        }
    }
}

impl TryFrom<Row> for Template {
    type Error = StorageError;

    fn try_from(row: Row) -> Result<Self, StorageError> {
        let corrupt = |column| StorageError::Corrupt { column };
        Ok(Self {
            template_id: row
                .template_id
                .parse()
                .map_err(|_| corrupt("templates.template_id"))?,
            waba_id: row
                .waba_id
                .parse()
                .map_err(|_| corrupt("templates.waba_id"))?,
            name: row.name,
            language: row.language,
            category: Category::from_meta(&row.category),
            status: TemplateStatus::from_meta(&row.status),
            parameter_format: row.parameter_format,
            components: row.components,
            quality_score: row.quality_score,
            rejected_reason: row.rejected_reason,
            status_note: row.status_note,
            status_until: row.status_until,
            detected_category: row.detected_category.as_deref().map(Category::from_meta),
            synced_at: row.synced_at,
        })
    }
}

/// The next templates that the filter asks for, at most `limit`.
///
/// # Errors
/// When the database is not available.
pub async fn list(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    filter: &TemplateFilter,
    limit: usize,
) -> Result<TemplatePage, StorageError> {
    let mut query = templates::table
        .filter(scope.owns(templates::business_id))
        .select(Row::as_select())
        .into_boxed();
    if let Some(waba_id) = &filter.waba_id {
        query = query.filter(templates::waba_id.eq(waba_id.as_str()));
    }
    if let Some(status) = &filter.status {
        query = query.filter(templates::status.eq(status.as_meta()));
    }
    if let Some(name) = &filter.name {
        query = query.filter(templates::name.eq(name));
    }
    if let Some(language) = &filter.language {
        query = query.filter(templates::language.eq(language));
    }
    if let Some(category) = &filter.category {
        query = query.filter(templates::category.eq(category.as_meta()));
    }
    if let Some(TemplateKey {
        name,
        language,
        template_id,
    }) = &filter.after
    {
        let later_id = templates::language
            .eq(language)
            .and(templates::template_id.gt(template_id.as_str()));
        let later = templates::name
            .eq(name)
            .and(templates::language.gt(language).or(later_id));
        query = query.filter(templates::name.gt(name).or(later));
    }
    let wanted = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let rows: Vec<Row> = query
        .order((templates::name, templates::language, templates::template_id))
        .limit(wanted)
        .load(&mut **transaction)
        .await?;
    let mut items = rows
        .into_iter()
        .map(Template::try_from)
        .collect::<Result<Vec<_>, _>>()?;
    let has_more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().filter(|_| has_more).map(Template::key);
    Ok(TemplatePage { items, next })
}

/// One template, whatever its status.
///
/// # Errors
/// [`StorageError::NotFound`] when the business has no such template.
pub async fn find(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    template_id: &TemplateId,
) -> Result<Template, StorageError> {
    let row: Row = templates::table
        .filter(scope.owns(templates::business_id))
        .filter(templates::template_id.eq(template_id.as_str()))
        .select(Row::as_select())
        .first(&mut **transaction)
        .await?;
    row.try_into()
}

/// Whether an account has a template of a name in any language; deleted ones are not looked at.
///
/// # Errors
/// When the database is not available.
pub async fn has_name(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    waba_id: &WabaId,
    name: &str,
) -> Result<bool, StorageError> {
    let named = templates::table
        .filter(scope.owns(templates::business_id))
        .filter(templates::waba_id.eq(waba_id.as_str()))
        .filter(templates::name.eq(name))
        .filter(templates::status.ne(TemplateStatus::Deleted.as_meta()));
    let found = diesel::select(exists(named)).get_result(&mut **transaction);
    Ok(found.await?)
}

/// The template that an account has under a name in a language; deleted ones are not looked at.
///
/// # Errors
/// [`StorageError::NotFound`] when the account has none.
pub async fn find_by_name(
    transaction: &mut ScopedTransaction,
    scope: &BusinessScope,
    waba_id: &WabaId,
    name: &str,
    language: &str,
) -> Result<Template, StorageError> {
    let row: Row = templates::table
        .filter(scope.owns(templates::business_id))
        .filter(templates::waba_id.eq(waba_id.as_str()))
        .filter(templates::name.eq(name))
        .filter(templates::language.eq(language))
        .filter(templates::status.ne(TemplateStatus::Deleted.as_meta()))
        .select(Row::as_select())
        .first(&mut **transaction)
        .await?;
    row.try_into()
}
