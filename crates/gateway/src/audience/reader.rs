//! From records to what becomes of each client.

use common::campaign::SkipReason;
use common::phone::{Choice, Region, numbers_in_cell};
use csv::ByteRecord;

use super::column::{Columns, Header};
use super::consent::Consent;
use super::encoding::{self, FileEncoding, decode};
use super::records::{Record, Records};
use super::{AudienceError, AudienceRow, AudienceSpec, RowNote, RowOutcome, delimiter, variable};

/// The rows of a file, read as they are asked for.
pub struct AudienceReader<'a> {
    encoding: FileEncoding,
    delimiter: u8,
    header: Header,
    columns: Columns,
    region: Region,
    records: Records<'a>,
}

impl<'a> AudienceReader<'a> {
    pub(super) fn open(bytes: &'a [u8], spec: &AudienceSpec) -> Result<Self, AudienceError> {
        let (encoding, text) = encoding::detect(bytes)?;
        let (delimiter, text) = delimiter::detect(text);
        let (header, records) = Records::open(text, delimiter)?;
        let header = Header::new(&header);
        let columns = header.columns(spec)?;
        Ok(Self {
            encoding,
            delimiter,
            header,
            columns,
            region: spec.region,
            records,
        })
    }

    /// How the file was written.
    pub const fn encoding(&self) -> FileEncoding {
        self.encoding
    }

    /// The sign between the fields.
    pub fn delimiter(&self) -> char {
        char::from(self.delimiter)
    }

    /// The names in the header, in the file's order.
    pub fn column_names(&self) -> &[String] {
        self.header.names()
    }

    /// The column in which phone numbers are looked for.
    pub fn phone_column(&self) -> Option<&str> {
        self.column_names()
            .get(self.columns.phone)
            .map(String::as_str)
    }

    /// The column that says who wants messages, if the file has one.
    pub fn consent_column(&self) -> Option<&str> {
        let column = self.columns.consent?;
        self.column_names().get(column).map(String::as_str)
    }
}

impl Iterator for AudienceReader<'_> {
    type Item = AudienceRow;

    fn next(&mut self) -> Option<AudienceRow> {
        let (row_number, record) = self.records.next()?;
        let outcome = match record {
            Record::Fields(record) => plan(record, &self.columns, self.region),
            Record::Malformed => Err(SkipReason::MalformedRow),
        };
        let outcome = outcome.unwrap_or_else(|reason| RowOutcome::Skipped { reason });
        Some(AudienceRow {
            row_number,
            outcome,
        })
    }
}

/// Checks one row in the order that the module's documentation gives.
fn plan(record: &ByteRecord, columns: &Columns, region: Region) -> Result<RowOutcome, SkipReason> {
    let cell = |column: usize| decode(record.get(column).unwrap_or_default());
    if let Some(column) = columns.consent {
        match Consent::read(&cell(column)) {
            Consent::Given => {}
            Consent::Refused => return Err(SkipReason::OptedOut),
            Consent::Unclear => return Err(SkipReason::ConsentUnclear),
        }
    }
    let Choice {
        number,
        others_ignored,
    } = numbers_in_cell(&cell(columns.phone), region).choose()?;
    let variables = columns
        .variables
        .iter()
        .map(|column| variable::value(&cell(*column)));
    Ok(RowOutcome::Planned {
        phone: number,
        variables: variables.collect::<Result<_, _>>()?,
        note: others_ignored.then_some(RowNote::SecondNumberIgnored),
    })
}
