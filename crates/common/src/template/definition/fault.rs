//! A rule of Meta that a template breaks.

use serde::Serialize;

use crate::explanation::Explanation;

/// One rule that a template breaks, where, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TemplateFault {
    /// The place in the JSON object of the template, as a JSON pointer such as `/components/0/text`.
    pub pointer: String,
    /// The stable name of the rule.
    pub rule: &'static str,
    /// What Meta would say, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meta: Option<&'static str>,
    /// What is wrong and how to mend it.
    #[serde(flatten)]
    pub explanation: Explanation,
}

impl TemplateFault {
    /// A broken rule of which it is not known what Meta would say.
    #[must_use]
    pub fn new(
        pointer: impl Into<String>,
        rule: &'static str,
        en: impl Into<String>,
        fr: impl Into<String>,
    ) -> Self {
        Self {
            pointer: pointer.into(),
            rule,
            meta: None,
            explanation: Explanation::new(en, fr),
        }
    }

    /// The same with what Meta would say.
    #[must_use]
    pub const fn with_meta(mut self, meta: Option<&'static str>) -> Self {
        self.meta = meta;
        self
    }
}
