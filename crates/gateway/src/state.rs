//! What handlers share.

use actix_web::{HttpRequest, web};
use broker::Publisher;
use chrono::{DateTime, SubsecRound as _, Utc};
use cloud_api::CloudApi;
use common::clock::SharedClock;
use common::ids::AppId;
use storage::Store;

use crate::accept::{Acceptor, LookupCache};
use crate::api::campaigns::ImportLimiter;
use crate::auth::ApiKeys;
use crate::limits::Limits;
use crate::problem::Problem;
use crate::settings::GatewaySettings;

/// What handlers share. One for the process.
pub struct AppState {
    /// The database.
    pub store: Store,
    /// The time.
    pub clock: SharedClock,
    /// Meta, for the checks when a number is connected. Nothing is sent from here.
    pub cloud_api: CloudApi,
    /// Our Meta app: tokens have to be issued for it.
    pub app_id: AppId,
    /// Work for the other services.
    pub publisher: Publisher,
    /// Takes messages in.
    pub(crate) acceptor: Acceptor,
    /// What messages are checked against.
    pub(crate) lookup_cache: LookupCache,
    /// The permits of imports of audiences.
    pub(crate) imports: ImportLimiter,
    /// What each business may take of what all share.
    pub(crate) limits: Limits,
    /// The settings of the section `gateway`.
    pub settings: GatewaySettings,
    pub(crate) api_keys: ApiKeys,
}

impl AppState {
    /// The time to the microsecond, as precise as the database keeps it: so an answer shows the time that is read later.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now().trunc_subsecs(6)
    }

    /// The state behind a request, for extractors and guards.
    ///
    /// # Errors
    /// When the app was put together without it: a fault of ours.
    pub fn of(request: &HttpRequest) -> Result<web::Data<Self>, Problem> {
        let state = request.app_data::<web::Data<Self>>();
        state
            .cloned()
            .ok_or_else(|| Problem::internal("the app has no state"))
    }
}
