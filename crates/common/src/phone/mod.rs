//! Phone numbers: the one written form the product keeps (E.164), and how it is read from what people type.
//!
//! A number is personal data: an [`E164`] prints masked, has no `Serialize`, and gives its text only
//! through [`E164::expose`], so every place that uses it in full can be found by searching for that word.
//! Reading never guesses: what could be two numbers of two people is refused with its reason.
//!
//! `rlibphonenumber` writes the numbers it is given to the `log` crate at trace level; whoever installs
//! a logger caps the target `rlibphonenumber`, as `bootstrap` does.

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
