//! Reads the sample file of the documentation as a campaign does: every row is accounted for.

use std::collections::{BTreeMap, HashSet};

use audience_reader::{
    AudienceFile, AudienceSpec, CodePage, FileEncoding, RowOutcome, VariableMapping,
};
use common::campaign::{RowNote, SkipReason};
use common::phone::{E164, Region};

const SAMPLE: &[u8] = include_bytes!("../../../../docs/examples/clients.csv");

fn spec() -> AudienceSpec {
    let column = |variable: &str, column: &str| VariableMapping {
        variable: variable.to_owned(),
        column: column.to_owned(),
    };
    AudienceSpec {
        region: Region::BF,
        variables: vec![
            column("1", "Prénom"),
            column("2", "Points"),
            column("3", "Code fidélité"),
        ],
        ..AudienceSpec::default()
    }
}

#[test]
fn the_sample_is_recognised_for_what_it_is() {
    let file = AudienceFile::open(SAMPLE).unwrap();
    let reader = file.read(&spec()).unwrap();
    assert_eq!(
        file.encoding(),
        FileEncoding::CodePage(CodePage::Windows1252)
    );
    assert_eq!(reader.delimiter(), ';');
    assert_eq!(reader.phone_column(), Some("Téléphone"));
    assert_eq!(reader.consent_column(), Some("Accepte WhatsApp"));
}

#[test]
fn every_row_of_the_sample_is_planned_or_left_out_for_a_reason() {
    let file = AudienceFile::open(SAMPLE).unwrap();
    let rows: Vec<_> = file.read(&spec()).unwrap().collect();
    let numbers: Vec<u32> = rows.iter().map(|row| row.row_number).collect();
    assert_eq!(numbers, (2..=10_001).collect::<Vec<u32>>());

    let mut planned = 0;
    let mut notes = 0;
    let mut different: HashSet<E164> = HashSet::new();
    let mut skipped: BTreeMap<SkipReason, u32> = BTreeMap::new();
    for row in rows {
        match row.outcome {
            RowOutcome::Planned {
                phone,
                variables,
                notes: of_row,
            } => {
                planned += 1;
                // No name of the sample is detected as garbled.
                notes += of_row.len();
                assert!(
                    of_row
                        .iter()
                        .all(|note| *note == RowNote::SecondNumberIgnored)
                );
                assert_eq!(variables.len(), 3, "row {}", row.row_number);
                different.insert(phone);
            }
            RowOutcome::Skipped { reason } => *skipped.entry(reason).or_default() += 1,
        }
    }
    let expected = [
        (SkipReason::NoNumber, 92),
        (SkipReason::NotANumber, 74),
        (SkipReason::TooShort, 52),
        (SkipReason::TooLong, 33),
        (SkipReason::UnknownCountry, 16),
        (SkipReason::UnknownRange, 19),
        (SkipReason::DigitsLost, 87),
        (SkipReason::OptedOut, 310),
        (SkipReason::ConsentUnclear, 55),
        (SkipReason::MissingVariable, 45),
        (SkipReason::VariableInvalid, 9),
        (SkipReason::MalformedRow, 18),
    ];
    assert_eq!(skipped, BTreeMap::from(expected));
    assert_eq!((planned, notes), (9_190, 165));
    assert_eq!(
        different.len(),
        9_000,
        "190 rows repeat a number in another notation"
    );
}
