//! The values with which a file says whether a customer wants messages.

const YES: [&str; 8] = ["oui", "o", "yes", "y", "1", "vrai", "true", "ok"];
const NO: [&str; 6] = ["non", "n", "no", "0", "faux", "false"];

/// The meaning of a cell of the consent column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Consent {
    Given,
    Refused,
    /// Empty, or neither a yes nor a no. This is not consent.
    Unclear,
}

impl Consent {
    pub(crate) fn read(cell: &str) -> Self {
        let cell = cell.trim();
        let is = |word: &&str| cell.eq_ignore_ascii_case(word);
        if YES.iter().any(is) {
            Self::Given
        } else if NO.iter().any(is) {
            Self::Refused
        } else {
            Self::Unclear
        }
    }
}
