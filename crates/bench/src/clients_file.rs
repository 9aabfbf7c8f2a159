//! The file of an audience: the same bytes for the same number of rows, on every machine.
//!
//! The numbers follow from the row alone; they are valid ones of Burkina Faso, and nobody's as far as Meta's simulator
//! is concerned.

use std::fmt::Write as _;

/// The columns.
pub(crate) const HEADER: &str = "Nom;Prénom;Téléphone;Code;Accepte WhatsApp";

/// Of a hundred rows: this many with no number, refusing messages, and with the number of the row before.
const NO_NUMBER: u64 = 1;
const REFUSING: u64 = 2;
const TWICE: u64 = 2;
/// First digits of mobile numbers, each with a million numbers.
const PREFIXES: [&str; 8] = ["70", "71", "72", "73", "74", "75", "76", "77"];
const NUMBERS_OF_A_PREFIX: u64 = 1_000_000;
/// Shares no factor with the count of numbers, so that every number comes once before one comes again.
const STRIDE: u64 = 7_919;
const FIRST_NAMES: [&str; 8] = [
    "Awa", "Issouf", "Aminata", "Moussa", "Fatimata", "Salif", "Édith", "Désiré",
];
const NAMES: [&str; 6] = ["Ouédraogo", "Sawadogo", "Kaboré", "Zongo", "Traoré", "Somé"];

/// What an import has to find in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Expected {
    pub(crate) rows: u64,
    pub(crate) planned: u64,
}

/// A file as shops have them, with rows that are to be left out.
pub(crate) fn with_flaws(rows: u64) -> (Vec<u8>, Expected) {
    let mut file = begun(rows);
    let mut planned = 0;
    for row in 0..rows {
        let (number, accepts) = match row % 100 {
            place if place < NO_NUMBER => (String::new(), "oui"),
            place if place < NO_NUMBER + REFUSING => (number(row), "non"),
            place if place >= 100 - TWICE => (number(row - TWICE), "oui"),
            _ => (number(row), "oui"),
        };
        planned += u64::from((NO_NUMBER + REFUSING..100 - TWICE).contains(&(row % 100)));
        write_row(&mut file, row, &number, accepts);
    }
    (file.into_bytes(), Expected { rows, planned })
}

/// A file whose rows all get a message. `from` keeps the numbers of several files apart.
pub(crate) fn flawless(from: u64, rows: u64) -> Vec<u8> {
    let mut file = begun(rows);
    for row in from..from + rows {
        write_row(&mut file, row, &number(row), "oui");
    }
    file.into_bytes()
}

fn begun(rows: u64) -> String {
    const ROW_BYTES: u64 = 52;
    let bytes = usize::try_from(rows * ROW_BYTES).unwrap_or_default();
    let mut file = String::with_capacity(bytes + HEADER.len() + 2);
    file.push_str(HEADER);
    file.push_str("\r\n");
    file
}

fn write_row(file: &mut String, row: u64, number: &str, accepts: &str) {
    let (name, first_name) = (pick(&NAMES, row / 8), pick(&FIRST_NAMES, row));
    // Writing to a text does not fail.
    let _ = write!(file, "{name};{first_name};{number};F{row:07};{accepts}\r\n");
}

/// As people write them: in pairs, together, or with the country's code.
fn number(row: u64) -> String {
    let all = NUMBERS_OF_A_PREFIX * u64::try_from(PREFIXES.len()).unwrap_or(1);
    let place = row * STRIDE % all;
    let prefix = pick(&PREFIXES, place / NUMBERS_OF_A_PREFIX);
    let digits = format!("{:06}", place % NUMBERS_OF_A_PREFIX);
    match row % 4 {
        0 => format!("+226{prefix}{digits}"),
        _ => format!("{prefix}{digits}"),
    }
}

fn pick<'a>(choices: &[&'a str], place: u64) -> &'a str {
    let count = u64::try_from(choices.len()).unwrap_or(1);
    let place = usize::try_from(place % count).unwrap_or_default();
    choices.get(place).copied().unwrap_or_default()
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
    fn no_number_comes_twice_where_none_should() {
        let (first, second) = (flawless(0, 50_000), flawless(50_000, 50_000));
        let all = [numbers(&first), numbers(&second)].concat();
        assert!(all.iter().all(|number| number.len() == 8));
        assert_eq!(all.iter().collect::<HashSet<_>>().len(), 100_000);
    }

    #[test]
    fn a_file_with_flaws_plans_what_it_says() {
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
        // Each of the distinct numbers gets one message, but for those that refuse.
        assert_eq!((refusing, distinct.len() - refusing), (20, 950));
    }

    #[test]
    fn a_million_rows_fit_into_the_longest_file() {
        let (file, _) = with_flaws(10_000);
        assert!(file.len() * 100 < 64 * 1024 * 1024, "{}", file.len());
    }
}
