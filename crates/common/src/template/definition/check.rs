//! Collects the rules that a template breaks while it is read, and what its parts have to know of the whole.

use std::fmt::Display;

use super::fault::TemplateFault;
use super::format::ParameterFormat;
use super::rules::Rule;
use crate::template::category::Category;

/// A person does not read more; a template with more faults is not one.
const MOST_FAULTS: usize = 100;

/// The faults of one template so far. A reader that returns `None` has reported why.
#[derive(Debug)]
pub(super) struct Check {
    pub(super) category: Category,
    pub(super) format: ParameterFormat,
    faults: Vec<TemplateFault>,
}

impl Check {
    /// The category and the format are those of the template once they have been read.
    pub(super) fn new() -> Self {
        Self {
            category: Category::Other(String::new()),
            format: ParameterFormat::Positional,
            faults: Vec::new(),
        }
    }

    /// Reports a broken rule.
    pub(super) fn refuse(&mut self, rule: &Rule, pointer: &str) {
        self.refuse_with(rule, pointer, &[]);
    }

    /// Reports a broken rule, with the values for the places such as `{limit}` in its texts.
    pub(super) fn refuse_with(
        &mut self,
        rule: &Rule,
        pointer: &str,
        values: &[(&str, &dyn Display)],
    ) {
        if self.faults.len() < MOST_FAULTS {
            self.faults.push(rule.broken(pointer, values));
        }
    }

    /// Whether the template is of this category or of none that is known, which is another fault.
    pub(super) fn may_be(&self, category: &Category) -> bool {
        self.category == *category || matches!(self.category, Category::Other(_))
    }

    /// What was read, if no rule is broken.
    pub(super) fn finish<T>(self, read: Option<T>) -> Result<T, Vec<TemplateFault>> {
        match read {
            Some(read) if self.faults.is_empty() => Ok(read),
            _ => Err(self.faults),
        }
    }
}
