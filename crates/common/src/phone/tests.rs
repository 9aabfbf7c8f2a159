//! Cells of clients' files, and the numbers that are read from them.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde::{Deserialize, Serialize};

use super::{CellNumbers, Choice, E164, PhoneError, Region, UnknownRegion, numbers_in_cell};

fn bf(text: &str) -> Result<String, PhoneError> {
    E164::parse(text, Region::BF).map(|number| number.expose().to_owned())
}

fn cell(text: &str) -> CellNumbers {
    numbers_in_cell(text, Region::BF)
}

fn exposed(cell: &CellNumbers) -> Vec<&str> {
    cell.numbers().iter().map(E164::expose).collect()
}

#[test]
fn one_number_has_one_form_however_it_is_written() {
    for text in [
        "70123456",
        "70 12 34 56",
        "70-12-34-56",
        "70.12.34.56",
        " 70 123 456 ",
        "0022670123456",
        "00226 70 12 34 56",
        "+226 70 12 34 56",
        "+22670123456",
        "(+226) 70 12 34 56",
        "+00226 70123456",
        "22670123456",
        "226 70 12 34 56",
        "70\u{a0}12\u{202f}34\u{a0}56",
        "\u{202a}+226 70 12 34 56\u{202c}",
        "2.2670123456E+10",
        "2,2670123456E+10",
        "2.2670123456e10",
        "7.0123456E+07",
        "70123456.0",
        "22670123456,00",
    ] {
        assert_eq!(bf(text).as_deref(), Ok("+22670123456"), "{text}");
    }
}

#[test]
fn foreign_numbers_are_recognised_by_their_country_code() {
    for (text, number) in [
        ("+223 76 12 34 56", "+22376123456"),
        ("22376123456", "+22376123456"),
        ("00228 90 12 34 56", "+22890123456"),
        ("233 24 412 3456", "+233244123456"),
        ("+33 6 12 34 56 78", "+33612345678"),
        ("0033612345678", "+33612345678"),
        ("+33 (0)6 12 34 56 78", "+33612345678"),
        ("225 07 07 12 34 56", "+2250707123456"),
        ("+229 01 97 12 34 56", "+2290197123456"),
    ] {
        assert_eq!(bf(text).as_deref(), Ok(number), "{text}");
    }
}

#[test]
fn ten_digits_that_only_ivory_coast_has_are_ivorian_among_its_neighbours() {
    for region in [
        Region::BF,
        Region::BJ,
        Region::ML,
        Region::NE,
        Region::SN,
        Region::TG,
    ] {
        for text in ["07 07 12 34 56", "0554123456"] {
            let number = E164::parse(text, region).unwrap();
            assert!(number.expose().starts_with("+2250"), "{text} in {region}");
        }
    }
    let at_home = E164::parse("01 41 23 45 67", Region::CI).unwrap();
    assert_eq!(at_home.expose(), "+2250141234567");
    let french = E164::parse("07 57 12 34 56", "FR".parse().unwrap()).unwrap();
    assert_eq!(french.expose(), "+33757123456");
}

#[test]
fn ten_digits_that_two_neighbours_have_are_not_guessed() {
    assert_eq!(bf("01 97 12 34 56"), Err(PhoneError::UnknownCountry));
    let at_home = E164::parse("01 97 12 34 56", Region::BJ).unwrap();
    assert_eq!(at_home.expose(), "+2290197123456");
}

#[test]
fn what_is_not_a_number_says_why() {
    for (text, reason) in [
        ("", PhoneError::Empty),
        (" \t\u{a0} ", PhoneError::Empty),
        ("voir registre", PhoneError::NotANumber),
        ("?", PhoneError::NotANumber),
        ("-", PhoneError::NotANumber),
        ("70 12 34 5x", PhoneError::NotANumber),
        ("70123456 / 76543210", PhoneError::NotANumber),
        ("7", PhoneError::TooShort),
        ("70 12 34", PhoneError::TooShort),
        ("+226 70 12 34 5", PhoneError::TooShort),
        ("70 12 34 56 7", PhoneError::TooLong),
        ("70 12 34 56 70 12 34 56", PhoneError::TooLong),
        ("+226 70 12 34 56 78", PhoneError::TooLong),
        ("123456789012345678901234567890", PhoneError::TooLong),
        ("+999 70 12 34 56", PhoneError::UnknownCountry),
        ("000 70 12 34 56", PhoneError::UnknownCountry),
        ("90 12 34 56", PhoneError::UnknownRange),
        ("2.2670E+10", PhoneError::DigitsLost),
        ("2,2670E+10", PhoneError::DigitsLost),
        ("2,267012345E+10", PhoneError::DigitsLost),
        ("2E+10", PhoneError::DigitsLost),
        ("2.26701234567E+10", PhoneError::NotANumber),
        ("2.2670E+99999999999999999999999", PhoneError::NotANumber),
    ] {
        assert_eq!(bf(text), Err(reason), "{text}");
    }
}

#[test]
fn a_cell_may_hold_two_numbers() {
    for text in [
        "70123456 / 76543210",
        "70 12 34 56/76 54 32 10",
        "70123456;76543210",
        "70123456,76543210",
        "70 12 34 56 ou 76 54 32 10",
        "70 12 34 56 - 76 54 32 10",
        "70 12 34 56  76 54 32 10",
        "70123456 76543210",
        "Tél: 70 12 34 56 / WhatsApp 76 54 32 10",
        "70 12 34 56 (Orange) / 76 54 32 10 (Awa)",
        "+226 70 12 34 56\n00226 76 54 32 10",
    ] {
        let cell = cell(text);
        assert_eq!(exposed(&cell), ["+22670123456", "+22676543210"], "{text}");
        assert_eq!(cell.refused(), None, "{text}");
        let Choice {
            number,
            others_ignored,
            ..
        } = cell.choose().unwrap();
        assert_eq!(
            (number.expose(), others_ignored),
            ("+22670123456", true),
            "{text}"
        );
    }
}

#[test]
fn what_programs_and_people_put_around_a_number_is_passed_over() {
    for text in [
        "=\"70123456\"",
        "=70123456",
        "=+22670123456",
        "'70123456",
        "\u{2019}70123456",
        "`70 12 34 56",
        "p:+22670123456",
        "tel:+226-70-12-34-56",
        "TEL;CELL:+22670123456",
        "70123456 Orange",
        "70123456Moov",
        "Orange money : 70 12 34 56",
        "n°70123456",
        "N° 70 12 34 56",
        "№70123456",
        "# 70 12 34 56",
        "70_12_34_56",
        "70\u{b7}12\u{b7}34\u{b7}56",
        "70\u{2212}12\u{2212}34\u{2212}56",
        "70,123,456",
        "70'123'456",
        "70 123 456,00",
        "+226 (0) 70 12 34 56",
        "00226 (0)70123456",
        "+226 226 70 12 34 56",
        "+22600226 70 12 34 56",
        "https://wa.me/22670123456",
        "22670123456@s.whatsapp.net",
        "awa@gmail.com 70123456",
        "70\u{ad}12\u{200b}34\u{fe0f}56",
        "７０１２３４５６",
        "＋２２６ ７０ １２ ３４ ５６",
        "٧٠١٢٣٤٥٦",
        "۷۰۱۲۳۴۵۶",
        "Tel1: 70123456",
    ] {
        let choice = cell(text)
            .choose()
            .unwrap_or_else(|reason| panic!("{text}: {reason}"));
        assert_eq!(
            (
                choice.number.expose(),
                choice.others_ignored,
                choice.words_ignored
            ),
            ("+22670123456", false, false),
            "{text}"
        );
    }
}

#[test]
fn words_that_say_more_than_the_kind_of_number_are_told() {
    for text in [
        "Awa 70 12 34 56",
        "70 12 34 56 sa femme",
        "Mr +226 70123456",
        "70123456 facture",
    ] {
        let choice = cell(text).choose().unwrap();
        assert_eq!(
            (choice.number.expose(), choice.words_ignored),
            ("+22670123456", true),
            "{text}"
        );
    }
}

#[test]
fn numbers_of_lists_that_programs_write_are_told_apart() {
    for text in [
        "70 12 34 56 ::: 76 54 32 10",
        "+22670123456:::+22676543210",
        "70123456 | 76543210",
        "70123456\t76543210",
        "70123456<br>76543210",
        "70123456-76543210",
        "+22670123456+22676543210",
        "70 12 34 56 76 54 32 10",
        "1: 70123456, 2: 76543210",
        "Mobile: 70 12 34 56; Orange: 76 54 32 10",
    ] {
        let cell = cell(text);
        assert_eq!(exposed(&cell), ["+22670123456", "+22676543210"], "{text}");
        assert!(cell.choose().unwrap().others_ignored, "{text}");
    }
}

#[test]
fn numbers_that_were_renumbered_are_read_in_their_new_form() {
    for (text, region, number) in [
        ("+22997123456", Region::BF, "+2290197123456"),
        ("22997123456", Region::BF, "+2290197123456"),
        ("00229 97 12 34 56", Region::CI, "+2290197123456"),
        ("+229 (0) 97 12 34 56", Region::BF, "+2290197123456"),
        ("97 12 34 56", Region::BJ, "+2290197123456"),
        ("+22507123456", Region::BF, "+2250707123456"),
        ("07 12 34 56", Region::CI, "+2250707123456"),
        ("44 12 34 56", Region::CI, "+2250544123456"),
        ("+55 31 9123-4567", Region::BF, "+5531991234567"),
    ] {
        let read = E164::parse(text, region);
        assert_eq!(
            read.as_ref().map(E164::expose),
            Ok(number),
            "{text} in {region}"
        );
    }
    // Which operator had these eight digits is not certain.
    for (text, region) in [("+225 60 12 34 56", Region::BF), ("60123456", Region::CI)] {
        assert_eq!(
            E164::parse(text, region),
            Err(PhoneError::Outdated),
            "{text}"
        );
    }
}

#[test]
fn the_reason_is_that_of_the_country_that_was_meant() {
    for (text, reason) in [
        // Ivorian, with eight digits of no operator; Ghanaian, and too short; Malian, of no range.
        ("22560123456", PhoneError::Outdated),
        ("233244123", PhoneError::TooShort),
        ("22312345678", PhoneError::UnknownRange),
        // Of Burkina Faso, whatever its first digits are.
        ("22999999", PhoneError::UnknownRange),
    ] {
        assert_eq!(bf(text), Err(reason), "{text}");
    }
}

#[test]
fn the_mobile_is_chosen_before_the_landline() {
    let cell = cell("25 30 60 70 / 70 12 34 56");
    assert_eq!(exposed(&cell), ["+22625306070", "+22670123456"]);
    assert_eq!(cell.choose().unwrap().number.expose(), "+22670123456");
}

#[test]
fn the_same_number_twice_in_a_cell_is_one_number() {
    let choice = cell("70123456 / +226 70 12 34 56").choose().unwrap();
    assert_eq!(
        (choice.number.expose(), choice.others_ignored),
        ("+22670123456", false)
    );
}

#[test]
fn an_unreadable_second_part_is_told_and_does_not_cost_the_first() {
    let cell = cell("70 12 34 56 / 57");
    assert_eq!(cell.refused(), Some(PhoneError::TooShort));
    let choice = cell.choose().unwrap();
    assert_eq!(
        (choice.number.expose(), choice.others_ignored),
        ("+22670123456", true)
    );
}

#[test]
fn a_cell_without_a_number_says_why() {
    for (text, reason) in [
        ("  ", PhoneError::Empty),
        ("'", PhoneError::Empty),
        ("/", PhoneError::NotANumber),
        ("voir registre", PhoneError::NotANumber),
        ("70 12 34 5x", PhoneError::NotANumber),
        ("7O 12 34 56", PhoneError::NotANumber),
        ("70 12 34 5?", PhoneError::NotANumber),
        ("awa70123456@gmail.com", PhoneError::NotANumber),
        ("70 12 34 / voir Awa", PhoneError::TooShort),
        ("2,2670E+10", PhoneError::DigitsLost),
    ] {
        assert_eq!(cell(text).choose(), Err(reason), "{text}");
    }
}

#[test]
fn the_strict_form_is_digits_after_a_plus() {
    assert_eq!(
        E164::parse_strict("+22670123456").unwrap().expose(),
        "+22670123456"
    );
    for (text, reason) in [
        ("", PhoneError::Empty),
        ("22670123456", PhoneError::NotANumber),
        ("+226 70123456", PhoneError::NotANumber),
        ("+", PhoneError::NotANumber),
        ("+02267012345", PhoneError::UnknownCountry),
        ("+226701", PhoneError::TooShort),
        ("+2267012345678901", PhoneError::TooLong),
    ] {
        assert_eq!(E164::parse_strict(text), Err(reason), "{text}");
    }
}

#[test]
fn a_number_prints_masked() {
    let number = E164::parse_strict("+22670123456").unwrap();
    assert_eq!(number.to_string(), "+226•••••456");
    assert_eq!(format!("{number:?}"), "E164(+226•••••456)");
    let short = E164::parse_strict("+29012345").unwrap();
    assert_eq!(short.to_string(), "+290•••••");
}

#[test]
fn a_number_is_serialized_only_by_name() {
    #[derive(Serialize, Deserialize)]
    struct Recipient {
        #[serde(with = "super::exposed")]
        to: E164,
    }
    let json = r#"{"to":"+22670123456"}"#;
    let recipient: Recipient = serde_json::from_str(json).unwrap();
    assert_eq!(serde_json::to_string(&recipient).unwrap(), json);
    let error = serde_json::from_str::<Recipient>(r#"{"to":"70123456"}"#)
        .err()
        .unwrap();
    assert!(!error.to_string().contains("70123456"), "{error}");
}

#[test]
fn a_region_is_a_country_with_a_numbering_plan() {
    assert_eq!("bf".parse(), Ok(Region::default()));
    assert_eq!("CI".parse::<Region>().unwrap().to_string(), "CI");
    for text in ["", "B", "BFA", "001", "ZZ", "QQ", "é"] {
        assert_eq!(text.parse::<Region>(), Err(UnknownRegion), "{text}");
    }
}

#[test]
fn the_codes_differ() {
    let reasons = [
        PhoneError::Empty,
        PhoneError::NotANumber,
        PhoneError::TooShort,
        PhoneError::TooLong,
        PhoneError::UnknownCountry,
        PhoneError::UnknownRange,
        PhoneError::DigitsLost,
        PhoneError::Outdated,
    ];
    let codes: BTreeSet<&str> = reasons.iter().map(|reason| reason.code()).collect();
    assert_eq!(codes.len(), reasons.len());
}

/// National numbers of Burkina Faso's mobile operators.
fn mobile() -> impl Strategy<Value = String> {
    ("(0[1-7]|5[0-478]|[67][0-9])", "[0-9]{6}").prop_map(|(range, rest)| format!("{range}{rest}"))
}

#[test]
fn of_a_cell_full_of_numbers_the_first_ones_are_read() {
    let all: Vec<String> = (0..1_000)
        .map(|index| format!("+2267000{index:04}"))
        .collect();
    let cell = numbers_in_cell(&all.join("; "), Region::BF);
    assert_eq!(cell.numbers().len(), 16);
    let choice = cell.choose().unwrap();
    assert_eq!(choice.number.expose(), all[0]);
    assert!(choice.others_ignored);
}

proptest! {
    #[test]
    fn no_text_panics_and_what_is_read_stays_as_it_is(text in ".{0,40}") {
        if let Ok(number) = E164::parse(&text, Region::BF) {
            prop_assert_eq!(E164::parse_strict(number.expose()), Ok(number.clone()));
            prop_assert_eq!(E164::parse(number.expose(), Region::CI), Ok(number));
        }
        let cell = numbers_in_cell(&text, Region::BF);
        prop_assert_eq!(cell.numbers().is_empty(), cell.choose().is_err());
    }

    #[test]
    fn nearly_numbers_neither_panic_nor_change(text in "[+0-9(). /,;'E-]{0,24}") {
        for number in numbers_in_cell(&text, Region::BF).numbers() {
            prop_assert_eq!(E164::parse(number.expose(), Region::BF), Ok(number.clone()));
        }
    }

    #[test]
    fn grouping_and_prefix_do_not_matter(
        national in mobile(),
        prefix in prop::sample::select(vec!["", "+226", "00226", "226", "+226 ", "(+226) ", "00 226 "]),
        gaps in prop::collection::vec(prop::sample::select(vec!["", " ", "-", ".", "\u{a0}"]), 8),
    ) {
        let grouped: String =
            national.chars().zip(gaps).flat_map(|(digit, gap)| [digit.to_string(), gap.to_owned()]).collect();
        let number = E164::parse(&format!("{prefix}{grouped}"), Region::BF).unwrap();
        prop_assert_eq!(number.expose(), format!("+226{national}"));
    }

    #[test]
    fn a_rounded_number_is_never_taken(national in mobile(), lost in 1_usize..10, comma: bool) {
        let digits = format!("226{national}");
        let (first, rest) = digits.split_at(1);
        let point = if comma { ',' } else { '.' };
        let (kept, _) = rest.split_at(rest.len() - lost);
        let rounded = format!("{first}{point}{kept}E+10");
        prop_assert_eq!(E164::parse(&rounded, Region::BF), Err(PhoneError::DigitsLost));
        prop_assert_eq!(numbers_in_cell(&rounded, Region::BF).choose(), Err(PhoneError::DigitsLost));
        let whole = format!("{first}{point}{rest}E+10");
        prop_assert_eq!(bf(&whole), Ok(format!("+{digits}")));
    }

    #[test]
    fn a_masked_number_shows_three_digits_at_most(national in mobile()) {
        let number = E164::parse(&national, Region::BF).unwrap();
        let shown: String = number.to_string().chars().filter(char::is_ascii_digit).collect();
        prop_assert_eq!(shown, format!("226{}", national.split_at(5).1));
    }
}
