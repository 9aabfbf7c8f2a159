//! API keys of businesses, which the platform creates and revokes.

mod create;
mod list;
mod revoke;

use chrono::{DateTime, Utc};
use common::access::Permission::KeysManage;
use common::ids::ApiKeyId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::routes::{Resource, Route, Tag, handler};

/// The routes of the resource.
pub(super) static RESOURCE: Resource = Resource {
    tag: Tag {
        name: "keys",
        description: "Keys of businesses to this API",
    },
    routes: &[
        Route::of_platform(KeysManage, handler!(create::create_key)),
        Route::of_platform(KeysManage, handler!(list::list_keys)),
        Route::of_platform(KeysManage, handler!(revoke::revoke_key)),
    ],
};

/// A key, without its secret.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
pub(crate) struct Key {
    #[schema(value_type = uuid::Uuid)]
    id: ApiKeyId,
    #[schema(example = "till 3, Gounghin")]
    name: String,
    created_at: DateTime<Utc>,
    /// When the key was revoked.
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
