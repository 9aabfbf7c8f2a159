//! WhatsApp Business Accounts that a business has connected.

mod list;

use chrono::{DateTime, Utc};
use common::access::Permission::NumbersRead;
use common::ids::WabaId;
use serde::Serialize;
use utoipa::ToSchema;

use crate::routes::{Resource, Route, handler};

/// The routes of the resource.
pub(super) static RESOURCE: Resource = Resource {
    tag: super::numbers::TAG,
    routes: &[Route::of_business(NumbersRead, handler!(list::list_wabas))],
};

/// A WhatsApp Business Account.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Waba {
    #[schema(value_type = String, example = "102289599326934")]
    waba_id: WabaId,
    /// When its templates were last read from Meta.
    templates_synced_at: Option<DateTime<Utc>>,
    /// Why the last synchronisation of templates failed; null when it succeeded.
    templates_sync_error: Option<String>,
    /// Since when none of its numbers is connected; null while one is connected.
    disconnected_at: Option<DateTime<Utc>>,
}

impl From<storage::wabas::Waba> for Waba {
    fn from(waba: storage::wabas::Waba) -> Self {
        let storage::wabas::Waba {
            waba_id,
            templates_synced_at,
            templates_sync_error,
            disconnected_at,
        } = waba;
        Self {
            waba_id,
            templates_synced_at,
            templates_sync_error,
            disconnected_at,
        }
    }
}
