//! Businesses: the tenants, which the platform creates.

mod create;
mod get;
mod list;

use chrono::{DateTime, Utc};
use common::access::Permission::BusinessesManage;
use common::ids::BusinessId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::routes::{Resource, Route, Tag, handler};

/// The routes of the resource.
pub(super) static RESOURCE: Resource = Resource {
    tag: Tag {
        name: "businesses",
        description: "The tenants",
    },
    routes: &[
        Route::of_platform(BusinessesManage, handler!(create::create_business)),
        Route::of_platform(BusinessesManage, handler!(list::list_businesses)),
        Route::of_platform(BusinessesManage, handler!(get::get_business)),
    ],
};

/// A business.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Business {
    #[schema(value_type = uuid::Uuid)]
    id: BusinessId,
    #[schema(example = "Boutique Wend-Panga")]
    name: String,
    /// ISO 3166 alpha-2. Phone numbers in national notation are read as numbers of this country.
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
