//! The meaning of cells: consent, numbers and variables.

use common::campaign::{RowNote, SkipReason};

use crate::seen::{Seen, assert_rows, notes, opened, rows, spec, to};

#[test]
fn consent_is_a_word() {
    for (word, outcome) in [
        ("oui", None),
        (" OUI ", None),
        ("o", None),
        ("Yes", None),
        ("1", None),
        ("vrai", None),
        ("non", Some(SkipReason::OptedOut)),
        ("NON", Some(SkipReason::OptedOut)),
        ("n", Some(SkipReason::OptedOut)),
        ("no", Some(SkipReason::OptedOut)),
        ("0", Some(SkipReason::OptedOut)),
        ("Faux", Some(SkipReason::OptedOut)),
        ("", Some(SkipReason::ConsentUnclear)),
        ("peut-être", Some(SkipReason::ConsentUnclear)),
    ] {
        let file = format!("Tel;opt_in\n70123456;{word}\n");
        assert_eq!(rows(file.as_bytes(), &[])[0].1.reason(), outcome, "{word}");
    }
}

#[test]
fn a_refusal_counts_before_any_other_reason() {
    let file = b"Tel;Nom;consentement\nvoir registre;;non\n?;;oui\n70123456;;oui\n";
    assert_rows(
        file,
        &["Nom"],
        &[
            (2, Seen::Out(SkipReason::OptedOut)),
            (3, Seen::Out(SkipReason::NotANumber)),
            (4, Seen::Out(SkipReason::MissingVariable)),
        ],
    );
}

#[test]
fn variables_come_in_the_order_of_the_template() {
    let file = b"Points;Tel;Nom\n12;70123456; Awa \n";
    assert_rows(
        file,
        &["Nom", "Points", "Nom"],
        &[(2, to("+22670123456", &["Awa", "12", "Awa"]))],
    );
}

#[test]
fn variables_that_meta_refuses_are_not_sent() {
    for (value, outcome) in [
        ("Awa    Sanou", None),
        ("Awa     Sanou", Some(SkipReason::VariableInvalid)),
        ("Awa\tSanou", Some(SkipReason::VariableInvalid)),
        ("\"Awa\nSanou\"", Some(SkipReason::VariableInvalid)),
        ("\"\nAwa\n\"", None),
        ("\u{a0}", Some(SkipReason::MissingVariable)),
    ] {
        let file = format!("Tel;Nom\n70123456;{value}\n");
        let found = rows(file.as_bytes(), &["Nom"]);
        assert_eq!(found[0].1.reason(), outcome, "{value:?}");
    }
}

#[test]
fn a_second_number_is_noted() {
    let file = b"Tel\n70123456 / 76543210\n70123456\n";
    assert_eq!(notes(file, &[]), [(2, RowNote::SecondNumberIgnored)]);
}

#[test]
fn words_beside_a_number_are_noted() {
    let file = b"Tel\n70123456 Orange\n70123456 sa femme\n";
    assert_eq!(notes(file, &[]), [(3, RowNote::WordsBesideNumber)]);
}

#[test]
fn what_programs_write_for_nothing_is_no_value() {
    for value in [
        "#N/A",
        "#REF!",
        "#VALUE!",
        "#VALEUR!",
        "#NOM?",
        "#DIV/0!",
        "########",
        "Err:502",
        "NULL",
        "null",
        "(null)",
        "<null>",
        "\\N",
        "nan",
        "NaN",
        "None",
        "<NA>",
        "undefined",
        "-",
        "--",
        "—",
        "n/a",
        "N/A",
        "NA",
        "…",
        "?",
        "(vide)",
        "Inconnu",
        "sans nom",
        "non renseigné",
        "#CALC!",
    ] {
        let file = format!("Tel,Nom\n70123456,{value}\n");
        let found = rows(file.as_bytes(), &["Nom"]);
        assert_eq!(
            found[0].1.reason(),
            Some(SkipReason::MissingVariable),
            "{value}"
        );
    }
    for value in [
        "Nan",
        "Na",
        "Nil",
        "0",
        "-5",
        "12/3",
        "#1",
        "J.",
        "★★★",
        "Noël",
        "Vidé",
        "Nat Cole",
    ] {
        let file = format!("Tel,Nom\n70123456,{value}\n");
        let found = rows(file.as_bytes(), &["Nom"]);
        assert_eq!(found[0].1.reason(), None, "{value}");
    }
}

#[test]
fn debug_output_shows_nobody() {
    let file = opened(b"Nom;Tel\nAwa Sanou;70123456\n");
    let row = file.read(&spec(&["Nom"])).unwrap().next().unwrap();
    let debug = format!("{row:?}");
    assert!(
        !debug.contains("Awa") && !debug.contains("70123456"),
        "{debug}"
    );
}
