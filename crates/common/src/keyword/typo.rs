//! One typo: a wrong, missing or doubled letter.

/// In shorter words a typo makes another word: shop, step and spot are one letter away from stop.
const SHORTEST: usize = 5;

/// Whether `given` is `word` with one typo in it.
pub(super) fn is_one_typo(given: &str, word: &str) -> bool {
    let (given, word): (Vec<char>, Vec<char>) = (given.chars().collect(), word.chars().collect());
    if word.len() < SHORTEST {
        return false;
    }
    let same = given.iter().zip(&word).take_while(|(a, b)| a == b).count();
    let rest = |letters: &'_ [char], skipped: usize| -> Vec<char> {
        letters.iter().skip(same + skipped).copied().collect()
    };
    let wrong = given.len() == word.len() && same < word.len() && rest(&given, 1) == rest(&word, 1);
    let missing = given.len() + 1 == word.len() && rest(&given, 0) == rest(&word, 1);
    let is_doubled = || same > 0 && given.get(same) == given.get(same - 1);
    let doubled =
        given.len() == word.len() + 1 && is_doubled() && rest(&given, 1) == rest(&word, 0);
    wrong || missing || doubled
}

#[cfg(test)]
mod tests {
    use super::is_one_typo;

    #[test]
    fn one_letter_wrong_missing_or_doubled_is_one_typo() {
        for given in [
            "arretes", "xrreter", "arreer", "rreter", "arrete", "arretter", "arreterr",
        ] {
            assert!(is_one_typo(given, "arreter"), "{given}");
        }
    }

    #[test]
    fn anything_else_is_not() {
        for given in [
            "arreter",
            "arretexr",
            "arertre",
            "arrtr",
            "arrettter",
            "",
            "parreter",
        ] {
            assert!(!is_one_typo(given, "arreter"), "{given}");
        }
    }

    #[test]
    fn a_short_word_has_to_be_right() {
        for given in ["shop", "top", "stopp", "sto"] {
            assert!(!is_one_typo(given, "stop"), "{given}");
        }
    }
}
