//! Businesses: the tenants, which the platform makes.

pub(crate) mod create;
pub(crate) mod get;
pub(crate) mod list;

use chrono::{DateTime, Utc};
use common::ids::BusinessId;
use serde::Serialize;
use utoipa::ToSchema;

/// A business.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Business {
    #[schema(value_type = uuid::Uuid)]
    id: BusinessId,
    #[schema(example = "Boutique Wend-Panga")]
    name: String,
    /// ISO 3166 alpha-2: how national numbers are read.
    #[schema(example = "BF")]
    country: String,
    created_at: DateTime<Utc>,
}

impl From<storage::businesses::Business> for Business {
    fn from(business: storage::businesses::Business) -> Self {
        let storage::businesses::Business {
            id,
            name,
            country,
            created_at,
        } = business;
        Self {
            id,
            name,
            country,
            created_at,
        }
    }
}
