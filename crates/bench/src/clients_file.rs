//! The file of an audience: the same bytes for the same number of rows, on every machine.
//!
//! Each number follows from the row alone; all are valid numbers of Burkina Faso without a fault in Meta's simulator.

use std::fmt::Write as _;

/// The columns.
pub(crate) const HEADER: &str = "Nom;Prénom;Téléphone;Code;Accepte WhatsApp";

/// Out of a hundred rows: rows without a number, opted-out rows, and rows that repeat the number of an earlier row.
const NO_NUMBER: u64 = 1;
const REFUSING: u64 = 2;
const TWICE: u64 = 2;
/// First digits of mobile numbers, each with a million numbers.
const PREFIXES: [&str; 8] = ["70", "71", "72", "73", "74", "75", "76", "77"];
const NUMBERS_OF_A_PREFIX: u64 = 1_000_000;
/// Coprime to the count of numbers, so that every number occurs once before any repeats.
const STRIDE: u64 = 7_919;
const FIRST_NAMES: [&str; 8] = [
    "Awa", "Issouf", "Aminata", "Moussa", "Fatimata", "Salif", "Édith", "Désiré",
];
const NAMES: [&str; 6] = ["Ouédraogo", "Sawadogo", "Kaboré", "Zongo", "Traoré", "Somé"];

/// The expected result of an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Expected {
    pub(crate) rows: u64,
    pub(crate) planned: u64,
}

/// A file as shops have them, with rows that must be skipped.
pub(crate) fn with_flaws(rows: u64) -> (Vec<u8>, Expected) {
    let mut file = started(rows);
    let mut planned = 0;
    for row in 0..rows {
        let (number, accepts) = match row % 100 {
            index if index < NO_NUMBER => (String::new(), "oui"),
            index if index < NO_NUMBER + REFUSING => (number(row), "non"),
            index if index >= 100 - TWICE => (number(row - TWICE), "oui"),
            _ => (number(row), "oui"),
        };
        planned += u64::from((NO_NUMBER + REFUSING..100 - TWICE).contains(&(row % 100)));
        write_row(&mut file, row, &number, accepts);
    }
    (file.into_bytes(), Expected { rows, planned })
}

/// A file whose rows all get a message. `from` keeps the numbers of several files distinct.
pub(crate) fn flawless(from: u64, rows: u64) -> Vec<u8> {
    let mut file = started(rows);
    for row in from..from + rows {
        write_row(&mut file, row, &number(row), "oui");
    }
    file.into_bytes()
}

fn started(rows: u64) -> String {
    const ROW_BYTES: u64 = 52;
    let bytes = usize::try_from(rows * ROW_BYTES).unwrap_or_default();
    let mut file = String::with_capacity(bytes + HEADER.len() + 2);
    file.push_str(HEADER);
    file.push_str("\r\n");
    file
}

fn write_row(file: &mut String, row: u64, number: &str, accepts: &str) {
    let (name, first_name) = (pick(&NAMES, row / 8), pick(&FIRST_NAMES, row));
    // Writing to a string does not fail.
    let _ = write!(file, "{name};{first_name};{number};F{row:07};{accepts}\r\n");
}

/// In the notations that people use: in pairs, without spaces, or with the country code.
fn number(row: u64) -> String {
    let all = NUMBERS_OF_A_PREFIX * u64::try_from(PREFIXES.len()).unwrap_or(1);
    let index = row * STRIDE % all;
    let prefix = pick(&PREFIXES, index / NUMBERS_OF_A_PREFIX);
    let digits = format!("{:06}", index % NUMBERS_OF_A_PREFIX);
    match row % 4 {
        0 => format!("+226{prefix}{digits}"),
        _ => format!("{prefix}{digits}"),
    }
}

fn pick<'a>(choices: &[&'a str], index: u64) -> &'a str {
    let count = u64::try_from(choices.len()).unwrap_or(1);
    let index = usize::try_from(index % count).unwrap_or_default();
    choices.get(index).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    fn numbers(file: &[u8]) -> Vec<String> {
        let text = std::str::from_utf8(file).unwrap();
        let fields = text
            .lines()
            .skip(1)
            .map(|line| line.split(';').nth(2).unwrap());
        fields
            .map(|number| number.trim_start_matches("+226").to_owned())
            .collect()
    }

    #[test]
    fn flawless_files_have_distinct_numbers() {
        let (first, second) = (flawless(0, 50_000), flawless(50_000, 50_000));
        let all = [numbers(&first), numbers(&second)].concat();
        assert!(all.iter().all(|number| number.len() == 8));
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), 100_000);
    }

    #[test]
    fn the_expected_result_of_a_file_with_flaws_is_correct() {
        let (file, expected) = with_flaws(1_000);
        assert_eq!(
            expected,
            Expected {
                rows: 1_000,
                planned: 950
            }
        );
        let text = String::from_utf8(file.clone()).unwrap();
        let refusing = text.lines().filter(|line| line.ends_with(";non")).count();
        let distinct: HashSet<_> = numbers(&file)
            .into_iter()
            .filter(|number| !number.is_empty())
            .collect();
        // Each distinct number gets one message, except those of opted-out rows.
        assert_eq!((refusing, distinct.len() - refusing), (20, 950));
    }

    #[test]
    fn a_million_rows_fit_into_the_longest_file() {
        let (file, _) = with_flaws(10_000);
        assert!(file.len() * 100 < 64 * 1024 * 1024, "{}", file.len());
    }
}
