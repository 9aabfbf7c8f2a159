//! Plain text.

use serde::{Deserialize, Serialize};

use super::faults::Faults;

/// The most characters of a text.
const LONGEST_BODY: usize = 4_096;

/// A text.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// The text.
    pub body: String,
    /// Whether the first address in it (http or https) is shown with a preview.
    #[serde(default)]
    pub preview_url: bool,
}

impl Text {
    pub(super) fn check(&self, faults: &mut Faults) {
        faults.text("/body", &self.body, LONGEST_BODY);
    }
}
