//! The rules of Meta for templates that can be checked beforehand: the name of each, what Meta says when it is broken,
//! and how to mend the template. The code that checks a rule is in the module of its subject.
//!
//! They are those of Meta's reference for templates, and what Meta's answers say of headers and buttons. How many
//! variables are too many for a text, and which texts Meta takes for duplicates or for another category, is not
//! published: that is left to Meta's review.

pub(super) mod buttons;
pub(super) mod code;
pub(super) mod fields;
pub(super) mod frame;
pub(super) mod parts;
pub(super) mod text;

use std::fmt::Display;

use super::fault::TemplateFault;

/// One rule, with its texts in simple words for the owner of a shop.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) name: &'static str,
    meta: Option<&'static str>,
    en: &'static str,
    fr: &'static str,
}

impl Rule {
    /// A rule of which it is not known what Meta says when it is broken.
    const fn new(name: &'static str, en: &'static str, fr: &'static str) -> Self {
        Self {
            name,
            meta: None,
            en,
            fr,
        }
    }

    /// The same with what Meta says.
    const fn meta(mut self, meta: &'static str) -> Self {
        self.meta = Some(meta);
        self
    }

    /// The fault of a template that breaks it there; `values` replace the places such as `{limit}` in the texts.
    pub(super) fn broken(&self, pointer: &str, values: &[(&str, &dyn Display)]) -> TemplateFault {
        let fill = |text: &str| {
            values.iter().fold(text.to_owned(), |text, (key, value)| {
                text.replace(&format!("{{{key}}}"), &value.to_string())
            })
        };
        TemplateFault::new(pointer, self.name, fill(self.en), fill(self.fr)).with_meta(self.meta)
    }
}

/// Declares rules of one subject, and their list for the tests.
macro_rules! rules {
    ($($name:ident = $rule:expr;)*) => {
        $(pub(in crate::template::definition) const $name: Rule = $rule;)*

        #[cfg(test)]
        pub(in crate::template::definition) const ALL: &[&Rule] = &[$(&$name),*];
    };
}
use rules;
