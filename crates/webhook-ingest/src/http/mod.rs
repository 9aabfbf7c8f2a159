//! The two public routes of Meta: the handshake and the webhook.

mod body;
mod handshake;
mod receive;

use actix_web::web::{self, ServiceConfig};
use common::clock::SharedClock;
use common::secret::VerifyToken;

pub(crate) use self::body::BodyReader;
use crate::intake::Intake;
use crate::signature::Verifier;

/// Where Meta finds us.
const PATH: &str = "/webhooks/meta";

/// What the routes share.
pub(crate) struct Ingest {
    pub(crate) verifier: Verifier,
    pub(crate) verify_token: VerifyToken,
    pub(crate) intake: Intake,
    pub(crate) bodies: BodyReader,
    pub(crate) clock: SharedClock,
}

/// Every route of the listener but `/healthz`, with its guard: the handshake by the verify token, the webhook by its
/// signature.
pub(crate) fn routes(services: &mut ServiceConfig) {
    services
        .route(PATH, web::get().to(handshake::handshake))
        .route(PATH, web::post().to(receive::receive));
}
