//! API keys, cached for a few seconds.
//!
//! A key is found by its id, and the hash of its secret is compared in constant time. A revoked key is refused within
//! [`LIFETIME`], in every process. Unknown ids are cached too, in a separate cache, so that a flood of them evicts no
//! keys. Few ids that were not seen lately are looked up at a time, so that such a flood does not keep known keys from
//! the database.

use std::sync::Arc;
use std::time::Duration;

use actix_web::http::header::{AUTHORIZATION, HeaderMap};
use common::ids::{ApiKeyId, BusinessId};
use moka::future::Cache;
use sealing::{ApiKeyKind, PresentedApiKey};
use storage::api_keys::{self, StoredKey};
use storage::{StorageError, Store, in_time};
use tokio::sync::Semaphore;

use super::Actor;
use crate::metrics::Metrics;
use crate::problem::{Problem, ProblemCode};

/// How long a key is cached. A revoked key is refused within 5 s, of which one second is for loading it.
const LIFETIME: Duration = Duration::from_secs(4);
const KNOWN_CAPACITY: u64 = 10_000;
const UNKNOWN_CAPACITY: u64 = 10_000;
/// How long an id counts as seen after its key was last loaded.
const SEEN: Duration = Duration::from_secs(3_600);
/// How many ids that were not seen lately are looked up at a time.
const STRANGERS: usize = 2;

/// The cached keys.
pub(crate) struct ApiKeys {
    known: Cache<ApiKeyId, Arc<StoredKey>>,
    unknown: Cache<ApiKeyId, ()>,
    /// Ids for which a key was loaded lately, whether it is cached now or not.
    seen: Cache<ApiKeyId, ()>,
    strangers: Semaphore,
}

/// Why a key was refused: a label of the metric, never part of the response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    Missing,
    Malformed,
    Unknown,
    Mismatch,
    Revoked,
}

impl ApiKeys {
    pub(crate) fn new() -> Self {
        let cache = |capacity| {
            Cache::builder()
                .max_capacity(capacity)
                .time_to_live(LIFETIME)
        };
        Self {
            known: cache(KNOWN_CAPACITY).build(),
            unknown: Cache::builder()
                .max_capacity(UNKNOWN_CAPACITY)
                .time_to_live(LIFETIME)
                .build(),
            seen: Cache::builder()
                .max_capacity(KNOWN_CAPACITY)
                .time_to_live(SEEN)
                .build(),
            strangers: Semaphore::new(STRANGERS),
        }
    }

    /// Verifies the key in these headers.
    pub(crate) async fn verify(
        &self,
        store: &Store,
        headers: &HeaderMap,
    ) -> Result<Actor, Problem> {
        let presented = match presented(headers) {
            Ok(presented) => presented,
            Err(refusal) => return Err(refuse(refusal)),
        };
        let key_id = ApiKeyId::from_uuid(presented.key_id());
        let Some(stored) = self.find(store, key_id).await? else {
            return Err(refuse(Refusal::Unknown));
        };
        if !presented.matches(&stored.secret_hash) || kind(stored.business_id) != presented.kind() {
            return Err(refuse(Refusal::Mismatch));
        }
        if stored.revoked_at.is_some() {
            return Err(refuse(Refusal::Revoked));
        }
        Ok(match stored.business_id {
            Some(business_id) => Actor::Business {
                key_id,
                business_id,
            },
            None => Actor::Platform { key_id },
        })
    }

    async fn find(
        &self,
        store: &Store,
        key_id: ApiKeyId,
    ) -> Result<Option<Arc<StoredKey>>, Problem> {
        if let Some(key) = self.known.get(&key_id).await {
            return Ok(Some(key));
        }
        if self.unknown.contains_key(&key_id) {
            return Ok(None);
        }
        let read = async {
            // The semaphore is never closed.
            let _permit = match self.seen.contains_key(&key_id) {
                true => None,
                false => self.strangers.acquire().await.ok(),
            };
            let key = api_keys::find(store, key_id).await?;
            let key = key.map(Arc::new).ok_or(StorageError::NotFound)?;
            self.seen.insert(key_id, ()).await;
            Ok(key)
        };
        // Boxed, so that the future of a request whose key is cached stays small.
        match Box::pin(self.known.try_get_with(key_id, in_time(read))).await {
            Ok(key) => Ok(Some(key)),
            Err(error) if matches!(*error, StorageError::NotFound) => {
                self.unknown.insert(key_id, ()).await;
                Ok(None)
            }
            Err(error) if error.is_unavailable() => Err(Problem::unavailable(error)),
            Err(error) => Err(Problem::internal(error)),
        }
    }
}

impl Refusal {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Malformed => "malformed",
            Self::Unknown => "unknown",
            Self::Mismatch => "mismatch",
            Self::Revoked => "revoked",
        }
    }
}

fn presented(headers: &HeaderMap) -> Result<PresentedApiKey, Refusal> {
    let header = headers.get(AUTHORIZATION).ok_or(Refusal::Missing)?;
    let (scheme, key) = header
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .ok_or(Refusal::Malformed)?;
    if !scheme.eq_ignore_ascii_case("Bearer") {
        return Err(Refusal::Malformed);
    }
    PresentedApiKey::parse(key.trim()).ok_or(Refusal::Malformed)
}

const fn kind(business_id: Option<BusinessId>) -> ApiKeyKind {
    match business_id {
        Some(_) => ApiKeyKind::Business,
        None => ApiKeyKind::Platform,
    }
}

fn refuse(refusal: Refusal) -> Problem {
    Metrics::get()
        .auth_failures
        .with_label_values(&[refusal.as_str()])
        .inc();
    Problem::new(ProblemCode::Unauthorized)
        .detail("Send the header Authorization: Bearer with a valid key that is not revoked.")
}
