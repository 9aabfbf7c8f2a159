//! What to do with a message of which nobody knows whether Meta has it.

use crate::template::Category;

/// What to do when a message in doubt got no evidence: a second copy and no copy do different harm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DoubtPolicy {
    /// Send once more, flagged as a possible duplicate.
    ResendOnce,
    /// Never send again: a duplicate costs money and the number's quality.
    Never,
}

impl DoubtPolicy {
    /// The policy of a category. A duplicate of a one-time code is harmless, and a missing one locks a person out; a
    /// duplicate receipt or reply does less harm than a missing one; a duplicate marketing message does more.
    #[must_use]
    pub const fn of(category: &Category) -> Self {
        match category {
            Category::Authentication | Category::Utility | Category::Service => Self::ResendOnce,
            Category::Marketing | Category::Other(_) => Self::Never,
        }
    }
}
