//! Templates that a shop can install in one call.
//!
//! They are data files: the objects that create templates at Meta, in French and in English. Meta's own template library
//! is not used, because the names of its entries are not known here.

mod language;
mod purpose;
mod sample;
mod template;

pub use language::Language;
pub use purpose::Purpose;
pub use sample::{SAMPLE_PREFIX, Sample, sample};
pub use template::{StarterTemplate, templates};
