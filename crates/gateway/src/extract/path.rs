//! Ids in the path. An invalid id gets the same response as one that does not exist.

use std::future::{Ready, ready};
use std::str::FromStr;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use common::ids::{
    ApiKeyId, BusinessId, CampaignId, DraftId, InboundId, MediaId, MessageId, PhoneNumberId,
    PublicationId, TemplateId,
};

use crate::problem::Problem;

/// An id in the path with a name of its own, as in `/v1/messages/{message_id}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathId<T>(pub T);

/// An id that may be in a path.
pub trait InPath: FromStr {
    /// Its name in the route.
    const NAME: &'static str;
}

impl InPath for BusinessId {
    const NAME: &'static str = "business_id";
}

impl InPath for ApiKeyId {
    const NAME: &'static str = "key_id";
}

impl InPath for PhoneNumberId {
    const NAME: &'static str = "phone_number_id";
}

impl InPath for TemplateId {
    const NAME: &'static str = "template_id";
}

impl InPath for MessageId {
    const NAME: &'static str = "message_id";
}

impl InPath for CampaignId {
    const NAME: &'static str = "campaign_id";
}

impl InPath for MediaId {
    const NAME: &'static str = "media_id";
}

impl InPath for InboundId {
    const NAME: &'static str = "inbound_message_id";
}

impl InPath for DraftId {
    const NAME: &'static str = "draft_id";
}

impl InPath for PublicationId {
    const NAME: &'static str = "publication_id";
}

impl<T: InPath + 'static> FromRequest for PathId<T> {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let id = request
            .match_info()
            .get(T::NAME)
            .and_then(|text| text.parse().ok());
        ready(id.map(Self).ok_or_else(Problem::not_found))
    }
}
