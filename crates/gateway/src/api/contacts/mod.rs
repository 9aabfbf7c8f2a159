//! The people that a business writes to, however Meta names them.

pub(crate) mod erase;
