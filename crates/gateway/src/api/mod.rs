//! The API: one folder for each resource, one file for each operation. The `RESOURCE` of a folder declares its routes.

mod businesses;
mod campaigns;
mod contacts;
pub(crate) mod events;
mod explanation;
mod inbound_messages;
mod keys;
pub(crate) mod media;
mod messages;
mod name;
mod numbers;
mod templates;
mod wabas;

use crate::routes::Resource;

/// Every resource, in the order of the OpenAPI document's headings.
pub(crate) static RESOURCES: &[&Resource] = &[
    &businesses::RESOURCE,
    &keys::RESOURCE,
    &numbers::RESOURCE,
    &wabas::RESOURCE,
    &templates::RESOURCE,
    &media::RESOURCE,
    &messages::RESOURCE,
    &campaigns::RESOURCE,
    &contacts::RESOURCE,
    &events::RESOURCE,
    &inbound_messages::RESOURCE,
];
