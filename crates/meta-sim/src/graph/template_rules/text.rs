//! The variables of a text (Meta, templates: components; the codes of template creation).

use super::{Checked, ensure};

const VARIABLE_AT_AN_END: i64 = 2_388_299;
const TOO_MANY_VARIABLES: i64 = 2_388_293;

/// The variables, each once, in the order of appearance.
pub(super) fn variables(text: &str) -> Vec<&str> {
    let mut names: Vec<&str> = Vec::new();
    for piece in text.split("{{").skip(1) {
        let name = piece.split_once("}}").map(|(name, _)| name.trim());
        names.extend(name.filter(|name| !names.contains(name)));
    }
    names
}

/// The rules of variables in a body; `code` is the code of a text with the wrong format.
pub(super) fn check(text: &str, named: bool, words_per_variable: usize, code: i64) -> Checked {
    check_names(text, named, code)?;
    let trimmed = text.trim();
    ensure(
        !trimmed.starts_with("{{") && !trimmed.ends_with("}}"),
        VARIABLE_AT_AN_END,
        "The text may not begin or end with a variable.",
    )?;
    ensure(
        !text.contains("}}{{"),
        code,
        "Two variables stand next to each other.",
    )?;
    let count = variables(text).len();
    ensure(
        count == 0 || words(text) >= count * words_per_variable,
        TOO_MANY_VARIABLES,
        "The text has too many variables for its length.",
    )
}

/// The names of variables: `{{1}}`, `{{2}}` … or `{{first_name}}`.
pub(super) fn check_names(text: &str, named: bool, code: i64) -> Checked {
    ensure(
        text.matches("{{").count() == text.matches("}}").count(),
        code,
        "A variable is not closed.",
    )?;
    let names = variables(text);
    if named {
        let suits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        return ensure(
            names
                .iter()
                .all(|name| !name.is_empty() && name.chars().all(suits)),
            code,
            "A named variable has lowercase letters, digits and underscores.",
        );
    }
    let mut wanted = (1..=names.len()).map(|number| number.to_string());
    ensure(
        wanted.all(|number| names.contains(&number.as_str())),
        code,
        "Variables are numbered from 1 without gaps.",
    )
}

/// Words beside the variables.
fn words(text: &str) -> usize {
    let mut rest = String::new();
    for (index, piece) in text.split("{{").enumerate() {
        let fixed = match index {
            0 => piece,
            _ => piece.split_once("}}").map_or("", |(_, fixed)| fixed),
        };
        rest.push_str(fixed);
        rest.push(' ');
    }
    let words = rest.split_whitespace();
    words
        .filter(|word| word.chars().any(char::is_alphanumeric))
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_found_once_each_and_words_without_them() {
        let text = "Bonjour {{1}}, votre n° {{ 2 }} : {{1}} !";
        assert_eq!(variables(text), ["1", "2"]);
        assert_eq!(words(text), 3);
        assert_eq!(variables("{{1"), Vec::<&str>::new());
    }
}
