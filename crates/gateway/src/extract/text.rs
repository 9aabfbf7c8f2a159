//! What holds for every text of a request, wherever it stands.

/// What is said of a text with a NUL.
pub(super) const NO_NUL: &str = "should have no NUL character";

/// Whether the text holds the character NUL: Postgres keeps it in no text, and nobody types it.
pub(super) fn has_nul(text: &str) -> bool {
    text.contains('\0')
}
