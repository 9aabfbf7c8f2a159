//! What clients wrote to a business.

pub(crate) mod get;
