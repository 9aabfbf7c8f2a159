//! The lookup cache: what messages are checked against, cached for seconds so that accepting one makes no query.
//!
//! Changes in the database are visible here only later. The claim, which comes last, detects a stopped number or a
//! paused template in any case. A cached value is returned before a load is prepared, because preparing one would cost
//! more than all other checks of a call. For the same reason loads are boxed: the future of a call that hits the cache
//! stays small.

use std::sync::Arc;
use std::time::Duration;

use common::ids::{BusinessId, MediaId, PhoneNumberId, TemplateId, WabaId};
use common::phone::Region;
use common::template::{Category, TemplateShape, TemplateStatus, Unsupported};
use moka::future::Cache;
use storage::media::{self, Media};
use storage::phone_numbers::PhoneNumber;
use storage::templates::Template;
use storage::{BusinessScope, StorageError, businesses, in_time, phone_numbers, templates};

use crate::problem::Problem;

/// How long a number or a template is cached.
const LIFETIME: Duration = Duration::from_secs(3);
/// How long the country of a business is cached. It hardly ever changes.
const COUNTRY_LIFETIME: Duration = Duration::from_secs(60);
/// How long a file is cached. It never changes.
const MEDIA_LIFETIME: Duration = Duration::from_secs(60);
/// How many entries of each kind are cached.
const CAPACITY: u64 = 10_000;

/// Cached numbers, templates, countries and files.
pub(crate) struct LookupCache {
    regions: Cache<BusinessId, Region>,
    numbers: Cache<(BusinessId, PhoneNumberId), Arc<PhoneNumber>>,
    templates: Cache<TemplateName, Arc<KnownTemplate>>,
    media: Cache<(BusinessId, MediaId), Arc<Media>>,
}

/// The key by which callers refer to a template.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct TemplateName {
    pub(crate) business_id: BusinessId,
    pub(crate) waba_id: WabaId,
    pub(crate) name: String,
    pub(crate) language: String,
}

/// A template, parsed once.
#[derive(Debug)]
pub(crate) struct KnownTemplate {
    pub(crate) template_id: TemplateId,
    pub(crate) category: Category,
    pub(crate) status: TemplateStatus,
    pub(crate) shape: Result<TemplateShape, Unsupported>,
}

impl Default for LookupCache {
    fn default() -> Self {
        Self {
            regions: Cache::builder()
                .max_capacity(CAPACITY)
                .time_to_live(COUNTRY_LIFETIME)
                .build(),
            numbers: Cache::builder()
                .max_capacity(CAPACITY)
                .time_to_live(LIFETIME)
                .build(),
            templates: Cache::builder()
                .max_capacity(CAPACITY)
                .time_to_live(LIFETIME)
                .build(),
            media: Cache::builder()
                .max_capacity(CAPACITY)
                .time_to_live(MEDIA_LIFETIME)
                .build(),
        }
    }
}

impl LookupCache {
    /// The country of the business, for phone numbers in national notation.
    ///
    /// # Errors
    /// When the database is not available, or names a country that does not exist.
    pub(crate) async fn region(&self, scope: &BusinessScope) -> Result<Region, Problem> {
        if let Some(region) = self.regions.get(&scope.business_id()).await {
            return Ok(region);
        }
        let load = async {
            let business = businesses::get(&mut scope.begin().await?, scope).await?;
            let region = business.country.parse();
            region.map_err(|_| StorageError::Corrupt {
                column: "businesses.country",
            })
        };
        let loaded = self
            .regions
            .try_get_with(scope.business_id(), in_time(load));
        Box::pin(loaded).await.map_err(problem)
    }

    /// A number of the business; `None` when it has no such number.
    ///
    /// # Errors
    /// When the database is not available.
    pub(crate) async fn number(
        &self,
        scope: &BusinessScope,
        phone_number_id: &PhoneNumberId,
    ) -> Result<Option<Arc<PhoneNumber>>, Problem> {
        let key = (scope.business_id(), phone_number_id.clone());
        if let Some(number) = self.numbers.get(&key).await {
            return Ok(Some(number));
        }
        let load = async {
            phone_numbers::get(&mut scope.begin().await?, scope, phone_number_id)
                .await
                .map(Arc::new)
        };
        if_there(Box::pin(self.numbers.try_get_with(key, in_time(load))).await)
    }

    /// A template of the business; `None` when the account has no such template.
    ///
    /// # Errors
    /// When the database is not available.
    pub(crate) async fn template(
        &self,
        scope: &BusinessScope,
        name: TemplateName,
    ) -> Result<Option<Arc<KnownTemplate>>, Problem> {
        if let Some(template) = self.templates.get(&name).await {
            return Ok(Some(template));
        }
        let TemplateName {
            waba_id,
            name: text,
            language,
            ..
        } = &name;
        let load = async {
            let mut transaction = scope.begin().await?;
            let found =
                templates::find_by_name(&mut transaction, scope, waba_id, text, language).await;
            found.map(|template| Arc::new(KnownTemplate::from(&template)))
        };
        let loaded = self.templates.try_get_with_by_ref(&name, in_time(load));
        if_there(Box::pin(loaded).await)
    }

    /// A file of the business; `None` when it has no such file.
    ///
    /// # Errors
    /// When the database is not available.
    pub(crate) async fn media(
        &self,
        scope: &BusinessScope,
        id: MediaId,
    ) -> Result<Option<Arc<Media>>, Problem> {
        let key = (scope.business_id(), id);
        if let Some(media) = self.media.get(&key).await {
            return Ok(Some(media));
        }
        let load = async {
            let keys = scope.keys().await?;
            let found = media::find(&mut scope.begin().await?, scope, &keys, id).await;
            found.map(Arc::new)
        };
        if_there(Box::pin(self.media.try_get_with(key, in_time(load))).await)
    }
}

impl From<&Template> for KnownTemplate {
    fn from(template: &Template) -> Self {
        Self {
            template_id: template.template_id.clone(),
            category: template.category.clone(),
            status: template.status.clone(),
            shape: template.shape(),
        }
    }
}

fn if_there<T>(found: Result<T, Arc<StorageError>>) -> Result<Option<T>, Problem> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(error) if matches!(*error, StorageError::NotFound) => Ok(None),
        Err(error) => Err(problem(error)),
    }
}

/// Concurrent callers of one load share its error.
fn problem(error: Arc<StorageError>) -> Problem {
    if matches!(*error, StorageError::ShareExhausted) {
        StorageError::ShareExhausted.into()
    } else if error.is_unavailable() {
        Problem::unavailable(error)
    } else {
        Problem::internal(error)
    }
}
