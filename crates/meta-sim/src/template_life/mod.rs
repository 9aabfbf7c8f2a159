//! The life of templates at Meta: review, pauses, changes of category, archive and deletion (Meta, templates: statuses,
//! quality, pausing, categories), each with its webhook.

mod due;
mod memory;
pub(crate) mod reports;
mod review;
pub(crate) mod transitions;

pub(crate) use due::{advance, keep_time};
pub(crate) use memory::TemplateLife;
pub(crate) use review::decide as review_now;
pub use review::{ReviewBehaviour, ReviewRule};
