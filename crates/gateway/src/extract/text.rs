//! Rules for all strings of a request.

/// The error for a string with a NUL.
pub(super) const NO_NUL: &str = "should have no NUL character";

/// Whether the text has a NUL character, which Postgres cannot store and nobody types.
pub(super) fn has_nul(text: &str) -> bool {
    text.contains('\0')
}
