//! The two public routes for Meta: the handshake and the webhook.

mod body;
mod handshake;
mod receive;

use actix_web::web::{self, ServiceConfig};
use common::clock::SharedClock;
use common::secret::VerifyToken;

pub(crate) use self::body::BodyReader;
use crate::intake::Intake;
use crate::signature::Verifier;

/// The path of the webhook URL.
const PATH: &str = "/webhooks/meta";

/// The shared state of the routes.
pub(crate) struct Ingest {
    pub(crate) verifier: Verifier,
    pub(crate) verify_token: VerifyToken,
    pub(crate) intake: Intake,
    pub(crate) bodies: BodyReader,
    pub(crate) clock: SharedClock,
}

/// All routes of the listener except `/healthz`, with their guards: the verify token of the handshake, the signature of
/// a webhook.
pub(crate) fn routes(services: &mut ServiceConfig) {
    services
        .route(PATH, web::get().to(handshake::handshake))
        .route(PATH, web::post().to(receive::receive));
}
