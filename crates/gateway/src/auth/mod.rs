//! Who calls, for which business, and with which permissions.
//!
//! Every route has an [`Access`]; it is checked before a byte of the body is read. The check leaves a [`Principal`] with the
//! request, and the handler's extractor only reads it there: without the check it refuses, so that a handler cannot be reached
//! by leaving the check out. The answer to a bad key is one and the same, whatever is bad about it.

mod access;
mod answer;
mod keys;
mod principal;

pub use access::Access;
pub(crate) use access::authorize;
pub(crate) use keys::ApiKeys;
pub use principal::{Actor, Principal, platform_scope};
