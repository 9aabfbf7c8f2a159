//! Webhooks: their content (`event`, `compose`, `escape`), signature (`sign`), timing (`status_schedule`,
//! `delivery_queue`), and posting (`deliver`, `recent`).

pub(crate) mod compose;
pub(crate) mod deliver;
pub(crate) mod delivery_queue;
pub(crate) mod escape;
pub(crate) mod event;
pub(crate) mod recent;
pub(crate) mod sign;
pub(crate) mod status_schedule;
