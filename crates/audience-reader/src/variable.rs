//! The value of a template variable, as Meta accepts it.

use common::campaign::SkipReason;

use crate::placeholder;

/// More consecutive spaces than Meta accepts inside a parameter (four; error 132018 otherwise).
const TOO_MANY_SPACES: &str = "     ";

/// The value without surrounding blanks, or why it cannot be sent.
pub(crate) fn value(cell: &str) -> Result<String, SkipReason> {
    let value = cell.trim();
    if value.is_empty() || placeholder::stands_for_nothing(value) {
        return Err(SkipReason::MissingVariable);
    }
    // Tabs and line breaks are control characters; Meta refuses them explicitly.
    if value.contains(char::is_control) || value.contains(TOO_MANY_SPACES) {
        return Err(SkipReason::VariableInvalid);
    }
    Ok(value.to_owned())
}
