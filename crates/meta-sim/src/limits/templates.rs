//! Meta's limits on managing templates. What Meta does not document is said with the setting.

use serde::{Deserialize, Serialize};

/// The enforced limits on managing templates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TemplateLimits {
    /// Managing calls for an account in an hour, over which 80008 is answered. Meta's when omitted: 5,000 for an account
    /// with a number, else 200.
    pub calls_per_hour: Option<u32>,
    /// The used share of the calls from which `X-Business-Use-Case-Usage` is sent. Meta: once the use is significant.
    pub use_shown_from_percent: u32,
    /// Created templates of an account in an hour, over which 80008 is answered.
    pub creations_per_hour: u32,
    /// Edits of an approved template in 24 hours. Meta does not document the code over it, which is 100 here.
    pub edits_per_day: u32,
    /// Edits of an approved template in 30 days.
    pub edits_per_month: u32,
    /// Templates of an account. Meta's when omitted: 6,000 for a verified business with an approved name, else 250.
    pub templates_per_account: Option<u32>,
    /// For how many days the name of a deleted template is blocked.
    pub name_blocked_days: u32,
    /// How many words a text needs for each variable. Meta does not document it.
    pub words_per_variable: u32,
    /// Whether a template with the body and footer of another is refused, as Meta documents.
    pub refuse_same_text: bool,
    /// Whether `example.header_handle` has to be a handle that an upload returned.
    pub uploaded_samples_only: bool,
}

impl Default for TemplateLimits {
    fn default() -> Self {
        Self {
            calls_per_hour: None,
            use_shown_from_percent: 1,
            creations_per_hour: 100,
            edits_per_day: 1,
            edits_per_month: 10,
            templates_per_account: None,
            name_blocked_days: 30,
            words_per_variable: 1,
            refuse_same_text: false,
            uploaded_samples_only: true,
        }
    }
}

impl TemplateLimits {
    /// No limit on numbers of calls, templates and edits; content is checked all the same.
    #[must_use]
    pub fn none() -> Self {
        Self {
            calls_per_hour: Some(u32::MAX),
            creations_per_hour: u32::MAX,
            edits_per_day: u32::MAX,
            edits_per_month: u32::MAX,
            templates_per_account: Some(u32::MAX),
            name_blocked_days: 0,
            ..Self::default()
        }
    }
}
