//! What is seen of a file, in a form that is easy to compare and to print.

use audience_reader::{AudienceError, AudienceFile, AudienceSpec, RowOutcome, VariableMapping};
use common::campaign::{RowNote, SkipReason};

/// The result of a row, in a form that is easy to compare and to print.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    To(String, Vec<String>),
    Out(SkipReason),
}

impl Seen {
    pub(crate) fn reason(&self) -> Option<SkipReason> {
        match self {
            Self::To(..) => None,
            Self::Out(reason) => Some(*reason),
        }
    }
}

pub(crate) fn to(phone: &str, variables: &[&str]) -> Seen {
    Seen::To(
        phone.to_owned(),
        variables.iter().map(|value| (*value).to_owned()).collect(),
    )
}

pub(crate) fn spec(columns: &[&str]) -> AudienceSpec {
    let mapping = |(index, column): (usize, &&str)| VariableMapping {
        variable: (index + 1).to_string(),
        column: (*column).to_owned(),
    };
    let variables = columns.iter().enumerate().map(mapping).collect();
    AudienceSpec {
        variables,
        ..AudienceSpec::default()
    }
}

pub(crate) fn opened(file: &[u8]) -> AudienceFile<'_> {
    AudienceFile::open(file).unwrap()
}

pub(crate) fn refused(file: &[u8], spec: &AudienceSpec) -> AudienceError {
    match AudienceFile::open(file) {
        Ok(file) => file.read(spec).err().unwrap(),
        Err(error) => error,
    }
}

/// The row numbers with a warning, and the warning.
pub(crate) fn notes(file: &[u8], columns: &[&str]) -> Vec<(u32, RowNote)> {
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
pub(crate) fn rows(file: &[u8], columns: &[&str]) -> Vec<(u32, Seen)> {
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

pub(crate) fn assert_rows(file: &[u8], columns: &[&str], expected: &[(u32, Seen)]) {
    assert_eq!(
        rows(file, columns),
        expected,
        "{}",
        String::from_utf8_lossy(file)
    );
}
