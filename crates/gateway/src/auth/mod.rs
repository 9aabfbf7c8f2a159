//! Who calls, and whose rows the call may reach.
//!
//! Every route has a [`Guard`]; it runs before a byte of the body is read. What it found out lies with the request, and
//! the extractors [`Caller`] and [`Scope`] only read it there: without a guard they refuse, so that a handler cannot be
//! reached by leaving the guard out. The answer to a bad key is one and the same, whatever is bad about it.

mod answer;
mod caller;
mod guard;
mod keys;

pub use caller::{Caller, Scope, platform_scope};
pub use guard::Guard;
pub(crate) use guard::authorize;
pub(crate) use keys::ApiKeys;
