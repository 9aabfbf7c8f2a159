//! Keys of businesses to the API, which the platform makes and revokes.

pub(crate) mod create;
pub(crate) mod list;
pub(crate) mod revoke;

use chrono::{DateTime, Utc};
use common::ids::ApiKeyId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A key, without its text.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Key {
    #[schema(value_type = uuid::Uuid)]
    id: ApiKeyId,
    #[schema(example = "till 3, Gounghin")]
    name: String,
    created_at: DateTime<Utc>,
    /// Since when it opens nothing.
    revoked_at: Option<DateTime<Utc>>,
}

impl From<storage::api_keys::StoredKey> for Key {
    fn from(key: storage::api_keys::StoredKey) -> Self {
        Self {
            id: key.id,
            name: key.name,
            created_at: key.created_at,
            revoked_at: key.revoked_at,
        }
    }
}
