//! Records and their row numbers, valid and broken.

use std::fmt::Write as _;

use audience_reader::AudienceFile;
use common::campaign::SkipReason;
use proptest::prelude::*;

use crate::seen::{Seen, assert_rows, rows, spec, to};

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
        for (index, name) in names.iter().enumerate() {
            write!(file, "{}{delimiter}70{index:06}{end}", written(name, delimiter)).unwrap();
        }
        let expected = names.iter().enumerate().map(|(index, name)| {
            let row = u32::try_from(index).unwrap() + 2;
            let value = name.trim().to_owned();
            let outcome = if value.contains("     ") {
                Seen::Out(SkipReason::VariableInvalid)
            } else {
                Seen::To(format!("+22670{index:06}"), vec![value])
            };
            (row, outcome)
        });
        prop_assert_eq!(rows(file.as_bytes(), &["Nom"]), expected.collect::<Vec<_>>());
    }
}
