//! Baselines: the maximum rate of each component of the machine alone, with the sizes of the product's scenarios and in
//! the same run.

pub(crate) mod broker;
pub(crate) mod http;
pub(crate) mod rows;
