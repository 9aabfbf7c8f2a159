//! Placeholders for empty values: `#N/A`, `NULL`, `-`. Otherwise one could be sent as a first name.

/// In exactly this spelling, as programs write them: other spellings are names (Nan, Na, Nil).
const EXACT: [&str; 6] = ["nan", "NaN", "NA", "nil", "NIL", "\\N"];
/// In any case.
const WORDS: [&str; 28] = [
    "null",
    "none",
    "undefined",
    "n/a",
    "n.a.",
    "n.a",
    "n/d",
    "n.d.",
    "n/c",
    "n.c.",
    "s/o",
    "nat",
    "<na>",
    "<nil>",
    "blank",
    "empty",
    "vide",
    "aucun",
    "aucune",
    "inconnu",
    "inconnue",
    "unknown",
    "néant",
    "neant",
    "sans nom",
    "non renseigné",
    "non renseigne",
    "(not set)",
];
/// Prefixes of spreadsheet errors: `#REF!`, `#NOM?`, `#DIV/0!`, `########`, `Err:502`.
const ERROR_SIGN: char = '#';
const ERROR_ENDS: [char; 4] = ['!', '?', '/', '#'];
const OFFICE_ERROR: &str = "err:";
/// Spreadsheet errors that end like words.
const ERRORS: [&str; 6] = [
    "#n/a",
    "#na",
    "#getting_data",
    "#field",
    "#busy",
    "#connect",
];
/// Characters that are placeholders if they are the whole value.
const SIGNS: &str = "-–—_.…?/\\*~='\",;:!|";

/// Whether a value, which is not empty, is a placeholder.
pub(crate) fn stands_for_nothing(value: &str) -> bool {
    if value
        .chars()
        .all(|sign| sign.is_whitespace() || SIGNS.contains(sign))
    {
        return true;
    }
    let small = value.to_lowercase();
    let inner = small.trim_matches(['(', ')', '<', '>', '[', ']', '{', '}', '"', '\'']);
    EXACT.contains(&value)
        || WORDS.contains(&small.as_str())
        || (inner.len() < small.len() && WORDS.contains(&inner))
        || is_error(&small)
}

fn is_error(small: &str) -> bool {
    let is_code = |code: &str| !code.is_empty() && code.bytes().all(|byte| byte.is_ascii_digit());
    small.strip_prefix(OFFICE_ERROR).is_some_and(is_code)
        || ERRORS.contains(&small)
        || (small.starts_with(ERROR_SIGN) && small.ends_with(ERROR_ENDS))
        || small.starts_with("#n/a")
}
