//! The gateway over HTTP, with a database and a virtual host for each test and the simulated Meta.
#![cfg(test)]

mod accept;
mod browser;
mod bulk;
mod businesses;
mod campaigns;
mod contacts;
mod contents;
mod disconnect;
mod document;
mod fair_shares;
mod files;
mod harness;
mod inbound;
mod input;
mod keys;
mod listeners;
mod media;
mod media_forms;
mod messages;
mod numbers;
mod recipients;
mod shapes;
mod shop;
mod template_drafts;
mod template_publications;
mod templates;
mod tenant_matrix;
