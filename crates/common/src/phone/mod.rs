//! Phone numbers: the stored form (E.164), and how it is read from what people type.
//!
//! A number is personal data: an [`E164`] prints masked, has no `Serialize`, and gives its text only through
//! [`E164::expose`], so that a search for that name finds every use of the full number. Reading never guesses: a text
//! that could be the numbers of two people is refused with a reason.
//!
//! `rlibphonenumber` logs the numbers that it parses to the `log` crate at trace level; code that installs a logger
//! must cap the target `rlibphonenumber`, as `bootstrap` does.

mod cell;
mod e164;
mod error;
pub mod exposed;
mod number;
mod numeric_cell;
mod region;
pub mod renumbering;
mod signs;
mod word;

pub use cell::{CellNumbers, Choice, numbers_in_cell};
pub use e164::E164;
pub use error::PhoneError;
pub use region::{Region, UnknownRegion};

#[cfg(test)]
mod tests;
