//! Names given by users: trimmed, not empty, of a length that fits a screen.

use crate::problem::Problem;

const MAX_CHARS: usize = 200;

/// The name at `pointer` of the body, trimmed.
pub(crate) fn checked(name: &str, pointer: &str) -> Result<String, Problem> {
    let name = name.trim();
    let length = name.chars().count();
    if length == 0 || length > MAX_CHARS || name.chars().any(char::is_control) {
        let detail = format!("should be a name of 1 to {MAX_CHARS} characters on one line");
        return Err(Problem::body(pointer, detail));
    }
    Ok(name.to_owned())
}
