//! A response that is being sent. It is in memory until the caller has read it, and counts as a call of its business
//! until then.

use std::error::Error;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::web::Bytes;
use fair_share::Permit;

/// A response body with the permit of its call.
pub(super) struct AnswerBody {
    body: BoxBody,
    _permit: Permit,
}

impl AnswerBody {
    pub(super) fn boxed(body: BoxBody, permit: Permit) -> BoxBody {
        BoxBody::new(Self {
            body,
            _permit: permit,
        })
    }
}

impl MessageBody for AnswerBody {
    type Error = Box<dyn Error>;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        self.body.as_pin_mut().poll_next(context)
    }
}
