//! Extractors: what handlers take from a request. Each answers a bad request with a problem that names the field.

mod body;
mod idempotency;
mod json_body;
mod json_text;
mod media_type;
mod meta_id;
mod page;
mod parameters;
mod path;
mod phone;
mod query;
mod strict;
mod text;
mod trace;

pub(crate) use body::{Body, BodyBounds, BodyError, read_body};
pub use idempotency::{IdempotencyGuard, IdempotencyKey, StoredResponse};
pub use json_body::{Fingerprint, JsonBody, JsonText};
pub(crate) use media_type::is_media_type;
pub(crate) use meta_id::text_id;
pub use page::{List, Page, PageParameters};
pub use parameters::Parameters;
pub(crate) use parameters::read_id;
pub use path::{InPath, PathId};
pub use phone::PhoneParameter;
pub(crate) use query::{ParameterNames, only_named};
pub use trace::Trace;
