//! Contacts inside a worker's transaction: which identifiers are one person, and what is kept for each of them.
//!
//! The rules are `common::contact`'s. [`link`] stores what one transaction's evidence says, unites what is kept of
//! identifiers that prove to be one person (consent, windows, places of the messaging limit), and ends what a number
//! had when it goes to somebody else. Evidence that changes nothing, which is nearly all of it, costs one query. Links of
//! one business are made one after the other, under a lock that is taken after the messages and before the counters, so
//! that two links at once end as one contact and no opt-out is missed by a link.

mod carry;
mod consent;
mod evidence;
mod link;
mod load;
mod plan;
mod write;

pub(crate) use consent::Spoken;
pub(crate) use evidence::{Evidence, Item, Named, Source, named};
pub(crate) use link::{People, find, link, lock};

/// Meta's code of a message to somebody who stopped marketing from the business.
pub(crate) const MARKETING_STOPPED: i32 = 131_050;
