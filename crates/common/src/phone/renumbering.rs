//! Two spellings of one person's number, because a country changed its numbering plan or because WhatsApp keeps an
//! older form: Meta's `wa_id` of a number often differs from the number that was written.
//!
//! These forms are used to find contacts, and to read a number that is given out in its new form only. Messages are
//! posted to the latest identifier that Meta showed, never to a form made here. Digits that the rules do not cover stay
//! as they are: a wrong rule would merge two people.

use std::borrow::Cow;

const ARGENTINA: &str = "54";
const BENIN: &str = "229";
const BRAZIL: &str = "55";
const IVORY_COAST: &str = "225";
const MEXICO: &str = "52";

/// The one form of all spellings of a number: country code and national number, digits only.
///
/// - Benin: `01` precedes each number of eight digits since 30 November 2024.
/// - Ivory Coast: two digits of the operator precede each number of eight digits since 31 January 2021. Ranges of which
///   the operator is not certain keep their eight digits.
/// - Mexico: mobiles lose the `1` after `52` that was dialled until 2019.
/// - Argentina: mobiles lose the `9` after `54`, which is dialled in international calls only.
/// - Brazil: mobiles of eight digits get the ninth, `9`, in front.
///
/// A leading `+` is ignored. Any other text is returned as it is, as are digits that no numbering plan covers: every
/// number that Meta shows has a form.
#[must_use]
pub fn lookup_form(number: &str) -> Cow<'_, str> {
    let digits = number.strip_prefix('+').unwrap_or(number);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Cow::Borrowed(number);
    }
    renumbered(digits).map_or(Cow::Borrowed(digits), Cow::Owned)
}

/// Whether this is a number of a country's earlier plan that no rule converts to the new one.
pub(super) fn is_outdated(digits: &str) -> bool {
    let of_ivory_coast = digits.strip_prefix(IVORY_COAST);
    of_ivory_coast.is_some_and(|old| old.len() == 8 && ivorian_prefix(old).is_none())
}

/// The digits in their new form, if one of the rules covers them.
fn renumbered(digits: &str) -> Option<String> {
    let of = |country: &str, length: usize| {
        let national = digits.strip_prefix(country)?;
        (national.len() == length).then_some(national)
    };
    if let Some(old) = of(BENIN, 8) {
        return Some(format!("{BENIN}01{old}"));
    }
    if let Some(old) = of(IVORY_COAST, 8) {
        return ivorian_prefix(old).map(|prefix| format!("{IVORY_COAST}{prefix}{old}"));
    }
    if let Some(old) = of(MEXICO, 11).and_then(|national| national.strip_prefix('1')) {
        return Some(format!("{MEXICO}{old}"));
    }
    if let Some(mobile) = of(ARGENTINA, 11).and_then(|national| national.strip_prefix('9')) {
        return Some(format!("{ARGENTINA}{mobile}"));
    }
    of(BRAZIL, 10).and_then(with_ninth_digit)
}

/// The prefix that an Ivorian number of eight digits has now. The second digit of a mobile identified its operator, and
/// so did the first three digits of a landline.
fn ivorian_prefix(old: &str) -> Option<&'static str> {
    const MOOV_FIXED: [&str; 4] = ["208", "218", "228", "238"];
    const MTN_FIXED: [&str; 12] = [
        "200", "210", "220", "230", "240", "300", "310", "320", "330", "340", "350", "360",
    ];
    const ORANGE_FIXED: [&str; 19] = [
        "202", "203", "212", "213", "215", "217", "224", "225", "234", "235", "243", "244", "245",
        "306", "316", "319", "327", "337", "347",
    ];
    let range = old.get(..3)?;
    match range.as_bytes() {
        [b'0', b'1'..=b'3', _] | [b'4' | b'5' | b'7', b'0'..=b'3', _] => Some("01"),
        [b'0' | b'4'..=b'9', b'4'..=b'6', _] => Some("05"),
        [b'0' | b'4'..=b'8', b'7'..=b'9', _] | [b'9', b'7' | b'8', _] => Some("07"),
        _ if MOOV_FIXED.contains(&range) => Some("21"),
        _ if MTN_FIXED.contains(&range) => Some("25"),
        _ if ORANGE_FIXED.contains(&range) => Some("27"),
        _ => None,
    }
}

/// Area codes have no zero, and mobiles of eight digits begin with 6 to 9: a lower first digit means a landline.
fn with_ninth_digit(national: &str) -> Option<String> {
    let (area, subscriber) = national.split_at_checked(2)?;
    let is_mobile = !area.contains('0') && subscriber.starts_with(['6', '7', '8', '9']);
    is_mobile.then(|| format!("{BRAZIL}{area}9{subscriber}"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::lookup_form;

    #[test]
    fn every_spelling_of_a_number_has_the_same_form() {
        for (form, spellings) in [
            ("2290197123456", ["22997123456", "+2290197123456"]),
            ("2250707123456", ["22507123456", "+2250707123456"]),
            ("2250554123456", ["22554123456", "2250554123456"]),
            ("2250141123456", ["22541123456", "2250141123456"]),
            ("2252720212345", ["22520212345", "2252720212345"]),
            ("2252520012345", ["22520012345", "2252520012345"]),
            ("2252121812345", ["22521812345", "2252121812345"]),
            ("525512345678", ["5215512345678", "+525512345678"]),
            ("541123456789", ["5491123456789", "541123456789"]),
            ("5531991234567", ["553191234567", "+5531991234567"]),
        ] {
            for spelling in spellings {
                assert_eq!(lookup_form(spelling), form, "{spelling}");
            }
        }
    }

    #[test]
    fn what_the_rules_do_not_cover_stays_as_it_is() {
        for digits in [
            "",
            "7",
            "229",
            "22670123456",
            // The operators of these Ivorian ranges are not certain.
            "22560123456",
            "22536812345",
            // A Brazilian landline, and an area code that does not exist.
            "551131234567",
            "551091234567",
            // Longer than any number.
            "2299712345678901234567890",
        ] {
            assert_eq!(lookup_form(digits), digits);
        }
        for text in ["BF.1234567890", "229971234é6", "++22997123456", "٢٢٩"] {
            assert_eq!(lookup_form(text), text);
        }
    }

    /// Two spellings of a number.
    fn two_spellings() -> impl Strategy<Value = (String, String)> {
        let pair = |before: &str, after: &str, rest: String| {
            (format!("{before}{rest}"), format!("{after}{rest}"))
        };
        prop_oneof![
            "[0-9]{8}".prop_map(move |rest| pair("229", "22901", rest)),
            "(0[1-3]|[457][0-3])[0-9]{6}".prop_map(move |rest| pair("225", "22501", rest)),
            "[04-9][4-6][0-9]{6}".prop_map(move |rest| pair("225", "22505", rest)),
            "([04-8][7-9]|9[78])[0-9]{6}".prop_map(move |rest| pair("225", "22507", rest)),
            "[0-9]{10}".prop_map(move |rest| pair("521", "52", rest)),
            "[0-9]{10}".prop_map(move |rest| pair("549", "54", rest)),
            ("[1-9]{2}", "[6-9][0-9]{7}").prop_map(move |(area, rest)| {
                pair(&format!("55{area}"), &format!("55{area}9"), rest)
            }),
        ]
    }

    /// Digits of about the length of a number, often of countries that have rules.
    fn digits() -> impl Strategy<Value = String> {
        let country = prop::sample::select(vec!["", "225", "226", "229", "52", "521", "54", "55"]);
        (country, "[0-9]{7,11}").prop_map(|(country, national)| format!("{country}{national}"))
    }

    proptest! {
        #[test]
        fn no_text_panics_and_a_form_is_its_own_form(text in ".{0,24}", digits in digits()) {
            for number in [text, digits] {
                let form = lookup_form(&number).into_owned();
                prop_assert_eq!(lookup_form(&form), form.as_str());
            }
        }

        #[test]
        fn two_spellings_of_a_number_meet((one, other) in two_spellings()) {
            prop_assert_eq!(lookup_form(&one), lookup_form(&other));
        }

        /// A form keeps the country and the last eight digits, and adds or drops only the digits of the country's rule:
        /// so two numbers with the same form differ in nothing else.
        #[test]
        fn unrelated_numbers_do_not_meet(one in digits(), other in digits()) {
            let tail = |number: &str| number.get(number.len() - 7..).unwrap().to_owned();
            if lookup_form(&one) == lookup_form(&other) && one != other {
                prop_assert_eq!(tail(&one), tail(&other));
                prop_assert_eq!(one.get(..2), other.get(..2));
                prop_assert_ne!(one.len(), other.len());
            }
        }

        #[test]
        fn numbers_of_one_length_keep_apart((one, _) in two_spellings(), position in 0_usize..13, digit in 1_u8..10) {
            let position = position % one.len();
            let mut other = one.clone().into_bytes();
            other[position] = b'0' + (other[position] - b'0' + digit) % 10;
            let other = String::from_utf8(other).unwrap();
            prop_assert_ne!(lookup_form(&one), lookup_form(&other));
        }
    }
}
