//! The shared state of handlers.

use actix_web::{HttpRequest, web};
use broker::Publisher;
use chrono::{DateTime, SubsecRound as _, Utc};
use cloud_api::CloudApi;
use common::clock::SharedClock;
use common::ids::AppId;
use storage::Store;

use crate::accept::{Acceptor, LookupCache};
use crate::auth::ApiKeys;
use crate::limits::Limits;
use crate::problem::Problem;
use crate::settings::GatewaySettings;

/// The shared state of handlers. One for each process.
pub struct AppState {
    /// The database.
    pub store: Store,
    /// The clock.
    pub clock: SharedClock,
    /// Meta, for the checks when a number is connected. Messages are not sent from here.
    pub cloud_api: CloudApi,
    /// Our Meta app, for which tokens have to be issued.
    pub app_id: AppId,
    /// Publishes jobs for the other services.
    pub publisher: Publisher,
    /// Accepts messages.
    pub(crate) acceptor: Acceptor,
    /// The cached data that messages are checked against.
    pub(crate) lookup_cache: LookupCache,
    /// The limits of each business.
    pub(crate) limits: Limits,
    /// The settings of the section `gateway`.
    pub settings: GatewaySettings,
    pub(crate) api_keys: ApiKeys,
}

impl AppState {
    /// The time with the microsecond precision of the database, so that a response shows the same time as later reads.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now().trunc_subsecs(6)
    }

    /// The state of a request, for extractors and guards.
    ///
    /// # Errors
    /// When the app was built without it, which is an internal error.
    pub fn of(request: &HttpRequest) -> Result<web::Data<Self>, Problem> {
        let state = request.app_data::<web::Data<Self>>();
        state
            .cloned()
            .ok_or_else(|| Problem::internal("the app has no state"))
    }
}
