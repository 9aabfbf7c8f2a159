//! The bare parts: what each component of the machine does when nothing else is asked of it, by the same sizes and from
//! the same run as the product's figures.

pub(crate) mod broker;
pub(crate) mod http;
pub(crate) mod rows;
