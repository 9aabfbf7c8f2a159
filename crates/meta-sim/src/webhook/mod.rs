//! Webhooks: what is said (`event`, `compose`, `escape`), signed (`sign`), when (`plan`,
//! `schedule`), and how it is posted (`deliver`, `recent`).

pub(crate) mod compose;
pub(crate) mod deliver;
pub(crate) mod escape;
pub(crate) mod event;
pub(crate) mod plan;
pub(crate) mod recent;
pub(crate) mod schedule;
pub(crate) mod sign;
