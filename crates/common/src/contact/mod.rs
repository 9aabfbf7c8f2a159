//! Contacts: one person of a business, however Meta names them.
//!
//! A person has several identifiers (a phone number as the business wrote it, a `wa_id` as Meta writes it, a
//! business-scoped user id), and Meta may show any of them alone. They are linked only when one item of Meta's shows
//! both; [`ContactBook`] holds the rules and is pure, `worker_storage::identity` loads and stores its contacts.

mod book;
mod identifier;
mod opt_out_source;
#[cfg(test)]
mod tests;

pub use book::{Change, Contact, ContactBook, Member};
pub use identifier::{Identifier, IdentifierHash, IdentifierKind};
pub use opt_out_source::OptOutSource;
