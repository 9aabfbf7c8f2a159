//! Faults selected by a recipient's last six digits, so that a person can try each outcome from any client without a
//! script. The README shows the same table.
//!
//! All of them begin with `9999`: numbers counted up from 0 do not reach them before the 999,900th.

use crate::fault::{Fault, Step};

/// One row of the table: the last two of the six digits, and the fault.
type Row = (&'static str, Rule);

#[derive(Debug, Clone, Copy)]
enum Rule {
    Refused(i64),
    Fails(i64),
    Special(fn() -> Fault),
}

const PREFIX: &str = "9999";
const HOLD_MS: u64 = 30_000;

const ROWS: &[Row] = &[
    ("00", Rule::Refused(131_000)),
    ("01", Rule::Refused(1)),
    ("02", Rule::Refused(2)),
    ("04", Rule::Refused(4)),
    ("08", Rule::Refused(131_008)),
    ("09", Rule::Refused(131_009)),
    ("10", Rule::Refused(133_010)),
    ("15", Rule::Refused(132_015)),
    ("16", Rule::Refused(131_016)),
    ("21", Rule::Refused(131_021)),
    ("29", Rule::Refused(130_429)),
    ("30", Rule::Refused(131_030)),
    ("31", Rule::Refused(131_031)),
    ("42", Rule::Refused(131_042)),
    ("47", Rule::Refused(131_047)),
    ("56", Rule::Refused(131_056)),
    ("57", Rule::Refused(131_057)),
    ("68", Rule::Refused(368)),
    ("70", Rule::Refused(80_007)),
    ("90", Rule::Refused(190)),
    ("97", Rule::Refused(130_497)),
    ("26", Rule::Fails(131_026)),
    ("48", Rule::Fails(131_048)),
    ("49", Rule::Fails(131_049)),
    ("50", Rule::Fails(131_050)),
    ("53", Rule::Fails(131_053)),
    ("72", Rule::Fails(130_472)),
    ("80", Rule::Special(|| Fault::CutBeforeAcceptance)),
    ("81", Rule::Special(|| Fault::CutAfterAcceptance)),
    (
        "82",
        Rule::Special(|| Fault::Hold {
            millis: HOLD_MS,
            accepted: true,
        }),
    ),
    ("83", Rule::Special(|| Fault::TruncatedJson)),
    ("84", Rule::Special(|| Fault::Html500 { accepted: false })),
    ("85", Rule::Special(|| Fault::Html500 { accepted: true })),
    (
        "86",
        Rule::Special(|| Fault::TooManyRequests { code: None }),
    ),
    (
        "87",
        Rule::Special(|| Fault::Statuses { steps: Vec::new() }),
    ),
    (
        "88",
        Rule::Special(|| Fault::Statuses {
            steps: vec![Step::Sent],
        }),
    ),
    (
        "89",
        Rule::Special(|| Fault::Statuses {
            steps: vec![Step::Sent, Step::Read],
        }),
    ),
    ("91", Rule::Special(late_delivery)),
    ("92", Rule::Special(held)),
];

/// The fault of a recipient's digits, if they are in the table.
pub(crate) fn fault_of(digits: &str) -> Option<Fault> {
    let (rest, last_two) = digits.split_at_checked(digits.len().checked_sub(2)?)?;
    if !rest.ends_with(PREFIX) {
        return None;
    }
    let (_, rule) = ROWS.iter().find(|(digits, _)| *digits == last_two)?;
    Some(match rule {
        Rule::Refused(code) => Fault::Error {
            code: *code,
            http_status: None,
            details: None,
        },
        Rule::Fails(code) => Fault::Statuses {
            steps: vec![Step::Failed(*code)],
        },
        Rule::Special(fault) => fault(),
    })
}

/// `failed` first, then `delivered`: several devices of one client disagree.
fn late_delivery() -> Fault {
    Fault::Statuses {
        steps: vec![Step::Sent, Step::Failed(131_026), Step::Delivered],
    }
}

fn held() -> Fault {
    Fault::HeldForQuality {
        steps: vec![Step::Sent, Step::Delivered],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_six_digits_decide() {
        let fault = fault_of("22670999926");
        assert_eq!(
            fault,
            Some(Fault::Statuses {
                steps: vec![Step::Failed(131_026)]
            })
        );
        assert_eq!(fault_of("22670000026"), None);
        assert_eq!(fault_of("22670999999"), None);
        assert_eq!(fault_of("6"), None);
    }

    #[test]
    fn the_readme_names_every_row() {
        let readme = include_str!("../README.md");
        for (digits, _) in ROWS {
            assert!(
                readme.contains(&format!("`{PREFIX}{digits}`")),
                "{digits} is missing"
            );
        }
    }
}
