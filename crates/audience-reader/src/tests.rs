//! Tests with files as shops send them, valid and broken.

use std::fmt::Write as _;

use common::campaign::{RowNote, SkipReason};
use proptest::prelude::*;

use super::{
    AudienceError, AudienceFile, AudienceSpec, CodePage, FileEncoding, NotText, RowOutcome,
    VariableMapping,
};

/// The result of a row, in a form that is easy to compare and to print.
#[derive(Debug, PartialEq, Eq)]
enum Seen {
    To(String, Vec<String>),
    Out(SkipReason),
}

impl Seen {
    fn reason(&self) -> Option<SkipReason> {
        match self {
            Self::To(..) => None,
            Self::Out(reason) => Some(*reason),
        }
    }
}

fn to(phone: &str, variables: &[&str]) -> Seen {
    Seen::To(
        phone.to_owned(),
        variables.iter().map(|value| (*value).to_owned()).collect(),
    )
}

fn spec(columns: &[&str]) -> AudienceSpec {
    let mapping = |(place, column): (usize, &&str)| VariableMapping {
        variable: (place + 1).to_string(),
        column: (*column).to_owned(),
    };
    let variables = columns.iter().enumerate().map(mapping).collect();
    AudienceSpec {
        variables,
        ..AudienceSpec::default()
    }
}

fn opened(file: &[u8]) -> AudienceFile<'_> {
    AudienceFile::open(file).unwrap()
}

fn refused(file: &[u8], spec: &AudienceSpec) -> AudienceError {
    match AudienceFile::open(file) {
        Ok(file) => file.read(spec).err().unwrap(),
        Err(error) => error,
    }
}

/// The row numbers with a warning, and the warning.
fn notes(file: &[u8], columns: &[&str]) -> Vec<(u32, RowNote)> {
    let file = opened(file);
    let rows = file.read(&spec(columns)).unwrap();
    let noted = rows.flat_map(|row| match row.outcome {
        RowOutcome::Planned { notes, .. } => notes
            .into_iter()
            .map(|note| (row.row_number, note))
            .collect(),
        RowOutcome::Skipped { .. } => Vec::new(),
    });
    noted.collect()
}

/// Row numbers with their results.
fn rows(file: &[u8], columns: &[&str]) -> Vec<(u32, Seen)> {
    let file = opened(file);
    let rows = file.read(&spec(columns)).unwrap();
    rows.map(|row| match row.outcome {
        RowOutcome::Planned {
            phone, variables, ..
        } => (
            row.row_number,
            Seen::To(phone.expose().to_owned(), variables),
        ),
        RowOutcome::Skipped { reason } => (row.row_number, Seen::Out(reason)),
    })
    .collect()
}

fn assert_rows(file: &[u8], columns: &[&str], expected: &[(u32, Seen)]) {
    assert_eq!(
        rows(file, columns),
        expected,
        "{}",
        String::from_utf8_lossy(file)
    );
}

#[test]
fn a_file_is_read_in_every_encoding_and_with_every_delimiter() {
    let expected = [(2, to("+22670123456", &["Zénabo"]))];
    for (file, encoding, delimiter) in [
        (
            "Prénom;Téléphone\r\nZénabo;70 12 34 56\r\n".as_bytes(),
            FileEncoding::Utf8,
            ';',
        ),
        (
            "\u{feff}Prénom;Téléphone\nZénabo;70 12 34 56".as_bytes(),
            FileEncoding::Utf8,
            ';',
        ),
        (
            "Prénom,Téléphone\nZénabo,70 12 34 56\n".as_bytes(),
            FileEncoding::Utf8,
            ',',
        ),
        (
            "Prénom\tTéléphone\nZénabo\t70 12 34 56\n".as_bytes(),
            FileEncoding::Utf8,
            '\t',
        ),
        (
            "Prénom\tTéléphone\rZénabo\t70 12 34 56\r".as_bytes(),
            FileEncoding::Utf8,
            '\t',
        ),
        (
            "sep=|\r\nPrénom|Téléphone\r\nZénabo|70 12 34 56\r\n".as_bytes(),
            FileEncoding::Utf8,
            '|',
        ),
        (
            b"Pr\xE9nom;T\xE9l\xE9phone\r\nZ\xE9nabo;70 12 34 56",
            FileEncoding::CodePage(CodePage::Windows1252),
            ';',
        ),
        (
            b"Pr\xC3\xA9nom;T\xE9l\xE9phone\r\nZ\xC3\xA9nabo;70 12 34 56",
            FileEncoding::CodePage(CodePage::Windows1252),
            ';',
        ),
    ] {
        let opened = opened(file);
        let reader = opened.read(&spec(&["Prénom"])).unwrap();
        assert_eq!(
            (opened.encoding(), reader.delimiter()),
            (encoding, delimiter)
        );
        assert_rows(file, &["Prénom"], &expected);
    }
}

#[test]
fn the_delimiter_is_not_looked_for_inside_quotes() {
    let file = b"\"Nom, usuel, complet, entier\";Tel\nAwa;70123456\n";
    let file = opened(file);
    assert_eq!(file.read(&spec(&[])).unwrap().delimiter(), ';');
}

#[test]
fn the_phone_column_is_known_by_many_names() {
    for name in [
        "Téléphone",
        "telephone",
        "TEL",
        "Tél.",
        "N° téléphone",
        "Numéro de téléphone",
        "Numero",
        "phone",
        "Phone Number",
        "Mobile",
        "Portable",
        "Contact",
        "WhatsApp",
        "Numéro WhatsApp",
        "  Te\u{301}le\u{301}phone  ",
    ] {
        let file = format!("Nom;{name}\nAwa;70123456\n");
        assert_rows(
            file.as_bytes(),
            &["Nom"],
            &[(2, to("+22670123456", &["Awa"]))],
        );
    }
}

#[test]
fn a_column_that_says_oui_is_not_taken_for_numbers() {
    let file = "WhatsApp;Accepte WhatsApp;Tel\noui;oui;70123456\n";
    assert_rows(file.as_bytes(), &[], &[(2, to("+22670123456", &[]))]);
}

#[test]
fn columns_that_the_caller_names_are_used() {
    let file = b"Tel;Joindre au;Veut\n70123456;76543210;non\n";
    let spec = AudienceSpec {
        phone_column: Some("joindre au".to_owned()),
        consent_column: Some("veut".to_owned()),
        ..AudienceSpec::default()
    };
    let file = opened(file);
    let reader = file.read(&spec).unwrap();
    assert_eq!(
        (reader.phone_column(), reader.consent_column()),
        (Some("Joindre au"), Some("Veut"))
    );
    let outcomes: Vec<_> = reader.map(|row| row.outcome).collect();
    assert_eq!(
        outcomes,
        [RowOutcome::Skipped {
            reason: SkipReason::OptedOut
        }]
    );
}

#[test]
fn a_file_that_cannot_be_read_says_why() {
    let none = AudienceSpec::default();
    for file in [
        b"".as_slice(),
        b"\xEF\xBB\xBF",
        b"\r\n\r\n",
        b";;;\n \n",
        b"sep=;\n",
    ] {
        assert_eq!(refused(file, &none), AudienceError::Empty);
    }
    for (file, reason) in [
        (b"PK\x03\x04rest".as_slice(), NotText::Workbook),
        (b"\xD0\xCF\x11\xE0rest", NotText::Workbook),
        (b"Tel;Nom\n7012\0", NotText::Binary),
    ] {
        assert_eq!(refused(file, &none), AudienceError::Undecodable(reason));
    }
    for file in [
        "Awa;70 12 34 56\nAli;76543210\n",
        "\"Tel;Nom\n70123456;Awa\n",
    ] {
        assert_eq!(refused(file.as_bytes(), &none), AudienceError::NoHeader);
    }
    let columns = vec!["Nom".to_owned(), "Ville".to_owned()];
    assert_eq!(
        refused(b"Nom;Ville;;\nAwa;Ouaga;;\n", &none),
        AudienceError::PhoneColumnNotFound { columns }
    );
    let missing = refused(b"Nom;Tel\nAwa;70123456\n", &spec(&["Points"]));
    assert_eq!(
        missing.to_string(),
        "the file has no column \"Points\"; the columns are: Nom, Tel"
    );
}

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
fn rows_have_the_numbers_that_a_spreadsheet_shows() {
    let file = "\n;;\nTel;Nom\n\n70123456;Awa\n;\n\r\n\"76543210\n\";Ali\n  \n71234567;Eve\n\n";
    assert_rows(
        file.as_bytes(),
        &["Nom"],
        &[
            (5, to("+22670123456", &["Awa"])),
            (8, to("+22676543210", &["Ali"])),
            (10, to("+22671234567", &["Eve"])),
        ],
    );
    let crlf = file.replace("\r\n", "\n").replace('\n', "\r\n");
    assert_eq!(rows(crlf.as_bytes(), &["Nom"]).len(), 3);
    assert_eq!(rows(crlf.as_bytes(), &["Nom"])[2].0, 10);
}

#[test]
fn rows_with_other_columns_than_the_header_are_left_out_alone() {
    let file = "Tel;Nom;Ville\n70123456;Awa\n70123456;Awa;Secteur 15;Ouaga\n70123456;Awa;Ouaga;;\n70123457;Ali;\n";
    assert_rows(
        file.as_bytes(),
        &["Nom"],
        &[
            (2, Seen::Out(SkipReason::MalformedRow)),
            (3, Seen::Out(SkipReason::MalformedRow)),
            (4, to("+22670123456", &["Awa"])),
            (5, to("+22670123457", &["Ali"])),
        ],
    );
}

#[test]
fn quotes_in_their_place_are_understood() {
    let file = "Nom;Tel\n\"Sanou; épouse \"\"Ki\"\"\";70123456\nAwa \"la grande\";70123457\n\"Ali\" B;70123458\n";
    assert_rows(
        file.as_bytes(),
        &["Nom"],
        &[
            (2, to("+22670123456", &["Sanou; épouse \"Ki\""])),
            (3, to("+22670123457", &["Awa \"la grande\""])),
            (4, to("+22670123458", &["Ali B"])),
        ],
    );
}

#[test]
fn a_quote_that_is_never_closed_costs_one_row() {
    for stray in ["\"Awa;70123456", "Awa;\"70123456"] {
        for end in ["\n", "\r\n"] {
            let following = ["Ali;70123457", "\"Eve\";70123458", "Ida;70123459", ""].join(end);
            let file = ["Nom;Tel", stray, &following].join(end);
            assert_rows(
                file.as_bytes(),
                &["Nom"],
                &[
                    (2, Seen::Out(SkipReason::MalformedRow)),
                    (3, to("+22670123457", &["Ali"])),
                    (4, to("+22670123458", &["Eve"])),
                    (5, to("+22670123459", &["Ida"])),
                ],
            );
        }
    }
}

#[test]
fn a_stray_quote_does_not_take_the_row_whose_quote_closes_it() {
    let file = b"Nom;Tel\nAwa;\"70123456\nAli\";70123457\n";
    assert_rows(
        file,
        &["Nom"],
        &[
            (2, Seen::Out(SkipReason::MalformedRow)),
            (3, to("+22670123457", &["Ali\""])),
        ],
    );
}

#[test]
fn a_row_of_many_kilobytes_costs_one_row() {
    let mut file = "Nom;Tel\n".to_owned();
    writeln!(file, "{};70123456", "x".repeat(70_000)).unwrap();
    writeln!(file, "\"{}\";70123456", "x\n".repeat(40_000)).unwrap();
    file.push_str("Awa;70123457\n");
    let found = rows(file.as_bytes(), &["Nom"]);
    assert_eq!(found[0], (2, Seen::Out(SkipReason::MalformedRow)));
    assert_eq!(found[1], (3, Seen::Out(SkipReason::MalformedRow)));
    assert_eq!(found.last().unwrap().1, to("+22670123457", &["Awa"]));
}

#[test]
fn a_cell_that_is_too_long_costs_its_row() {
    let numbers = vec!["70123456"; 1_000].join(" / ");
    let (fits, long) = ("x".repeat(4_096), "x".repeat(4_097));
    let file = format!("Nom;Tel\nAwa;{numbers}\n{long};70123457\n{fits};70123458\n");
    assert_rows(
        file.as_bytes(),
        &["Nom"],
        &[
            (2, Seen::Out(SkipReason::NotANumber)),
            (3, Seen::Out(SkipReason::VariableInvalid)),
            (4, to("+22670123458", &[&fits])),
        ],
    );
}

#[test]
fn behind_the_last_row_that_a_file_may_have_every_row_is_reported() {
    let blank = "\n".repeat(1_999_950) + &";\n".repeat(100);
    let file = format!("Nom;Tel\n{blank}").into_bytes();
    let rows: Vec<u32> = AudienceFile::open(&file)
        .unwrap()
        .read(&spec(&["Nom"]))
        .unwrap()
        .map(|row| row.row_number)
        .collect();
    assert_eq!(rows.first(), Some(&2_000_001));
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

/// A field as a spreadsheet writes it.
fn written(field: &str, delimiter: char) -> String {
    if field.contains(['"', '\n', '\r', delimiter]) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

proptest! {
    #[test]
    fn any_bytes_end_with_growing_row_numbers(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let file = [b"Nom;Tel\n", bytes.as_slice()].concat();
        let Ok(file) = AudienceFile::open(&file) else { return Ok(()) };
        if let Ok(reader) = file.read(&spec(&["Nom"])) {
            let numbers: Vec<u32> = reader.map(|row| row.row_number).collect();
            prop_assert!(numbers.is_sorted_by(|a, b| a < b));
        }
    }

    #[test]
    fn no_arrangement_of_quotes_and_line_ends_loses_the_last_row(noise in "[\"; \r\nab]{0,80}") {
        let file = format!("Nom;Tel\n{noise}\nAwa;70123456\n");
        let found = rows(file.as_bytes(), &["Nom"]);
        prop_assert_eq!(
            &found.last().unwrap().1,
            &to("+22670123456", &["Awa"])
        );
    }

    #[test]
    fn what_a_spreadsheet_writes_is_read_back(
        names in prop::collection::vec("[A-Za-zéèçÉ\"';,. ]{0,12}[a-z]", 1..20),
        delimiter in prop::sample::select(vec![';', ',', '\t']),
        end in prop::sample::select(vec!["\n", "\r\n", "\r"]),
    ) {
        let mut file = format!("Nom{delimiter}Tel{end}");
        for (place, name) in names.iter().enumerate() {
            write!(file, "{}{delimiter}70{place:06}{end}", written(name, delimiter)).unwrap();
        }
        let expected = names.iter().enumerate().map(|(place, name)| {
            let row = u32::try_from(place).unwrap() + 2;
            let value = name.trim().to_owned();
            let outcome = if value.contains("     ") {
                Seen::Out(SkipReason::VariableInvalid)
            } else {
                Seen::To(format!("+22670{place:06}"), vec![value])
            };
            (row, outcome)
        });
        prop_assert_eq!(rows(file.as_bytes(), &["Nom"]), expected.collect::<Vec<_>>());
    }
}
