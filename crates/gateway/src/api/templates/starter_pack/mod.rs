//! The starter pack: templates that a business can install in one call.

pub(super) mod install;
pub(super) mod list;
