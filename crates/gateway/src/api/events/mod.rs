//! The event feed of a business: read it from where you stand, and go on from its last number.

pub(crate) mod list;
