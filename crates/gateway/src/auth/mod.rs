//! Authentication and authorisation: the key, the business and the permissions of a call.
//!
//! Every route has an [`Access`], which is checked before the body is read. The check attaches a [`Principal`] to the
//! request, and the handler's extractor only reads it: without the check the extractor refuses the call, so that a
//! handler cannot be reached unchecked. All refused keys get the same response, whatever the reason.

mod access;
mod answer;
mod keys;
mod principal;

pub use access::Access;
pub(crate) use access::authorize;
pub(crate) use keys::ApiKeys;
pub use principal::{Actor, Principal, platform_scope};
