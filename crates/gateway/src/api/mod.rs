//! The API: one folder for each noun, one file for each verb. What is mounted where stands in `routes`.

pub(crate) mod businesses;
pub(crate) mod campaigns;
pub(crate) mod contacts;
pub(crate) mod events;
pub(crate) mod inbound_messages;
pub(crate) mod keys;
pub(crate) mod media;
pub(crate) mod messages;
pub(crate) mod numbers;
pub(crate) mod templates;
pub(crate) mod wabas;

mod name;
