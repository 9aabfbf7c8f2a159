//! What is wrong with the fields of a content, by their places.

/// What is wrong with one field. It never repeats the field's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContentFault {
    /// JSON pointer (RFC 6901) from the message, such as `/text/body`.
    pub pointer: String,
    /// What is wrong there.
    pub detail: String,
}

/// Faults while they are gathered below one place.
pub(super) struct Faults {
    within: String,
    all: Vec<ContentFault>,
}

impl Faults {
    pub(super) const fn within(place: String) -> Self {
        Self {
            within: place,
            all: Vec::new(),
        }
    }

    pub(super) fn into_all(self) -> Vec<ContentFault> {
        self.all
    }

    pub(super) fn add(&mut self, place: &str, detail: impl Into<String>) {
        self.all.push(ContentFault {
            pointer: format!("{}{place}", self.within),
            detail: detail.into(),
        });
    }

    /// A text that must be there and fit.
    pub(super) fn text(&mut self, place: &str, text: &str, longest: usize) {
        let length = text.chars().count();
        if text.trim().is_empty() || length > longest {
            self.add(place, format!("should have 1 to {longest} characters"));
        }
    }

    /// Texts that must differ, each with its place.
    pub(super) fn distinct<'a>(&mut self, texts: impl Iterator<Item = (String, &'a str)>) {
        let mut seen = std::collections::HashSet::new();
        for (place, text) in texts {
            if !seen.insert(text) {
                self.add(&place, "is the same as an earlier one");
            }
        }
    }
}
