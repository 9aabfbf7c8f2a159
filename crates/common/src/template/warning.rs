//! Warnings about templates that can be sent nevertheless.

use serde_json::Value;

use super::category::Category;
use crate::keyword::{Keyword, recognise};

/// A warning about a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TemplateWarning {
    /// It is a marketing template with quick-reply buttons of which none is recognised as an opt-out: if one is meant
    /// to be, a client who taps it keeps getting marketing messages.
    OptOutNotRecognised,
}

impl TemplateWarning {
    /// The stable value in the API.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::OptOutNotRecognised => "opt_out_not_recognised",
        }
    }

    /// Its meaning and what to do, for a shop owner.
    #[must_use]
    pub const fn explain(self) -> &'static str {
        match self {
            Self::OptOutNotRecognised => {
                "None of the buttons of this marketing template is understood as an opt-out. If one is meant to be, clients \
                 who tap it keep getting marketing messages: give it a text such as \"Stop promotions\" or \"Arrêter \
                 les promotions\"."
            }
        }
    }
}

/// The warnings about a template with these `components`.
///
/// Which of several buttons is meant as the opt-out cannot be known, least of all in every language. So a marketing
/// template is reported when it has quick-reply buttons and none of them reads as an opt-out, by the rule that is
/// applied to taps; a template without such buttons offers its opt-out in its text, or not at all.
#[must_use]
pub fn warnings(components: &Value, category: &Category) -> Vec<TemplateWarning> {
    if !category.covered_by_opt_out() {
        return Vec::new();
    }
    let mut replies = quick_replies(components).peekable();
    let has_replies = replies.peek().is_some();
    let offers_opt_out = replies.any(|text| recognise(text) == Some(Keyword::OptOut));
    match has_replies && !offers_opt_out {
        true => vec![TemplateWarning::OptOutNotRecognised],
        false => Vec::new(),
    }
}

fn quick_replies(components: &Value) -> impl Iterator<Item = &str> {
    let parts = components.as_array().into_iter().flatten();
    let buttons = parts.filter_map(|part| part.get("buttons")?.as_array());
    buttons.flatten().filter_map(|button| {
        let kind = button.get("type")?.as_str()?;
        kind.eq_ignore_ascii_case("QUICK_REPLY").then(|| {
            button
                .get("text")
                .and_then(Value::as_str)
                .unwrap_or_default()
        })
    })
}
