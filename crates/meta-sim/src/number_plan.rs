//! The phone number under which WhatsApp knows a person, where it differs from the one people write: accounts keep the
//! form of the numbering plan under which they were created (the response's `wa_id` and `input`).

/// The rewriting rule of one country.
struct Rule {
    country: &'static str,
    /// The prefix of a current number after the country code.
    written: &'static str,
    /// The position of `written` in the rest.
    at: usize,
    /// WhatsApp's replacement for it.
    known_as: &'static str,
    /// Digits of a current number, including the country code.
    length: usize,
}

const RULES: &[Rule] = &[
    // Benin added 01 before its eight digits in 2024.
    rule("229", "01", 0, "", 13),
    // Brazil added a 9 before the eight digits of mobile numbers, after the two of the area.
    rule("55", "9", 2, "", 13),
    // Mexico dropped the 1 after the country code.
    rule("52", "", 0, "1", 12),
    // Argentina's mobile numbers have a 9 after the country code when called from abroad.
    rule("54", "", 0, "9", 12),
];

const fn rule(
    country: &'static str,
    written: &'static str,
    at: usize,
    known_as: &'static str,
    length: usize,
) -> Rule {
    Rule {
        country,
        written,
        at,
        known_as,
        length,
    }
}

/// The `wa_id` of a number with its country code and without `+`.
pub(crate) fn wa_id_of(digits: &str) -> String {
    let rewritten = RULES.iter().find_map(|rule| rule.rewrite(digits));
    rewritten.unwrap_or_else(|| digits.to_owned())
}

impl Rule {
    fn rewrite(&self, digits: &str) -> Option<String> {
        let national = digits.strip_prefix(self.country)?;
        let (before, rest) = national.split_at_checked(self.at)?;
        let after = rest.strip_prefix(self.written)?;
        let applies = digits.len() == self.length;
        applies.then(|| [self.country, before, self.known_as, after].concat())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_number_is_rewritten_once(country in "229|55|52|54|226|33", rest in "[0-9]{6,12}") {
            let wa_id = wa_id_of(&format!("{country}{rest}"));
            prop_assert!(wa_id.starts_with(&country));
            prop_assert_eq!(wa_id_of(&wa_id), wa_id);
        }
    }

    #[test]
    fn numbers_get_the_form_of_the_plan_under_which_accounts_were_made() {
        for (written, known_as) in [
            ("2290197123456", "22997123456"),
            ("5582991112233", "558291112233"),
            ("525512345678", "5215512345678"),
            ("541112345678", "5491112345678"),
            ("22670000001", "22670000001"),
            ("551133334444", "551133334444"),
            ("33612345678", "33612345678"),
        ] {
            assert_eq!(wa_id_of(written), known_as);
            assert_eq!(wa_id_of(known_as), known_as, "a second time");
        }
    }
}
