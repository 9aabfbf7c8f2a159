//! Who wrote or asked for something: an API key.

use std::collections::BTreeMap;

use common::ids::ApiKeyId;
use serde::Serialize;
use storage::{BusinessScope, StorageError, api_keys};
use utoipa::ToSchema;

/// The API key with which something was done.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = TemplateAuthor)]
pub(crate) struct Author {
    #[schema(value_type = uuid::Uuid)]
    key_id: ApiKeyId,
    /// The name of the key; null for a key of the platform.
    #[schema(example = "till 3, Gounghin")]
    name: Option<String>,
}

/// The names of keys of a business.
pub(super) struct Authors(BTreeMap<ApiKeyId, String>);

impl Authors {
    /// Reads the names of these keys. It uses a connection of its own: begin no transaction before it.
    pub(super) async fn read(
        scope: &BusinessScope,
        keys: impl IntoIterator<Item = ApiKeyId>,
    ) -> Result<Self, StorageError> {
        let keys: Vec<ApiKeyId> = keys.into_iter().collect();
        let names = api_keys::names(scope.store(), scope.business_id(), &keys).await?;
        Ok(Self(names))
    }

    pub(super) fn show(&self, key_id: ApiKeyId) -> Author {
        Author {
            key_id,
            name: self.0.get(&key_id).cloned(),
        }
    }
}
