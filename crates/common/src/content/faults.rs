//! Invalid fields of a content, with their pointers.

/// An invalid field. It never repeats the field's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentFault {
    /// JSON pointer (RFC 6901) from the message, such as `/text/body`.
    pub pointer: String,
    /// What is wrong with the field.
    pub detail: String,
}

/// Faults that are collected below one pointer.
pub(super) struct Faults {
    within: String,
    all: Vec<ContentFault>,
}

impl Faults {
    pub(super) const fn within(pointer: String) -> Self {
        Self {
            within: pointer,
            all: Vec::new(),
        }
    }

    pub(super) fn into_all(self) -> Vec<ContentFault> {
        self.all
    }

    pub(super) fn add(&mut self, pointer: &str, detail: impl Into<String>) {
        self.all.push(ContentFault {
            pointer: format!("{}{pointer}", self.within),
            detail: detail.into(),
        });
    }

    /// Checks a required text and its length.
    pub(super) fn text(&mut self, pointer: &str, text: &str, longest: usize) {
        let length = text.chars().count();
        if text.trim().is_empty() || length > longest {
            self.add(pointer, format!("should have 1 to {longest} characters"));
        }
    }

    /// Checks that texts differ; each comes with its pointer.
    pub(super) fn distinct<'a>(&mut self, texts: impl Iterator<Item = (String, &'a str)>) {
        let mut seen = std::collections::HashSet::new();
        for (pointer, text) in texts {
            if !seen.insert(text) {
                self.add(&pointer, "is the same as an earlier one");
            }
        }
    }
}
