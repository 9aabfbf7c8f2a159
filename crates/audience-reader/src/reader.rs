//! From records to the result of each row.

use common::campaign::{RowNote, SkipReason};
use common::phone::{Choice, Region, numbers_in_cell};
use csv::ByteRecord;

use crate::column::{Columns, Header};
use crate::consent::Consent;
use crate::encoding::{Decoder, FieldText, FileEncoding};
use crate::records::{Record, Records};
use crate::{
    AudienceError, AudienceRow, AudienceSpec, MAX_PHONE_BYTES, RowOutcome, delimiter, plausibility,
    variable,
};

/// The longest value of a variable, in bytes: WhatsApp accepts 1,024 characters, of four bytes at most.
const MAX_VALUE_BYTES: usize = 4_096;

/// An iterator over the rows of a file.
pub struct AudienceReader<'a> {
    decoder: Decoder,
    delimiter: u8,
    header: Header,
    columns: Columns,
    region: Region,
    records: Records<'a>,
}

impl<'a> AudienceReader<'a> {
    pub(crate) fn open(
        text: &'a [u8],
        encoding: FileEncoding,
        spec: &AudienceSpec,
    ) -> Result<Self, AudienceError> {
        let decoder = Decoder::of(encoding);
        let (delimiter, text) = delimiter::detect(text);
        let (header, records) = Records::open(text, delimiter)?;
        let header = Header::new(&header, &decoder);
        let columns = header.columns(spec)?;
        Ok(Self {
            decoder,
            delimiter,
            header,
            columns,
            region: spec.region,
            records,
        })
    }

    /// The delimiter of the fields.
    pub fn delimiter(&self) -> char {
        char::from(self.delimiter)
    }

    /// The names in the header, in the file's order.
    pub fn column_names(&self) -> &[String] {
        self.header.names()
    }

    /// The column with the phone numbers.
    pub fn phone_column(&self) -> Option<&str> {
        self.column_names()
            .get(self.columns.phone)
            .map(String::as_str)
    }

    /// The column with the consent to messages, if the file has one.
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
            Record::Fields(record) => plan(record, &self.columns, &self.decoder, self.region),
            Record::Malformed => Err(SkipReason::MalformedRow),
        };
        let outcome = outcome.unwrap_or_else(|reason| RowOutcome::Skipped { reason });
        Some(AudienceRow {
            row_number,
            outcome,
        })
    }
}

/// Checks a row, in the order of the module's documentation.
fn plan(
    record: &ByteRecord,
    columns: &Columns,
    decoder: &Decoder,
    region: Region,
) -> Result<RowOutcome, SkipReason> {
    let cell = |column: usize| decoder.decode(record.get(column).unwrap_or_default());
    if let Some(column) = columns.consent {
        match Consent::read(&cell(column).text) {
            Consent::Given => {}
            Consent::Refused => return Err(SkipReason::OptedOut),
            Consent::Unclear => return Err(SkipReason::ConsentUnclear),
        }
    }
    if record.get(columns.phone).unwrap_or_default().len() > MAX_PHONE_BYTES {
        return Err(SkipReason::NotANumber);
    }
    let Choice {
        number,
        others_ignored,
        words_ignored,
    } = numbers_in_cell(&cell(columns.phone).text, region).choose()?;
    let mut variables = Vec::with_capacity(columns.variables.len());
    let (mut repaired, mut garbled) = (false, false);
    for column in &columns.variables {
        if record.get(*column).unwrap_or_default().len() > MAX_VALUE_BYTES {
            return Err(SkipReason::VariableInvalid);
        }
        let FieldText { text, is_repaired } = cell(*column);
        let value = variable::value(&text)?;
        repaired |= is_repaired;
        garbled |= plausibility::is_garbled(&value);
        variables.push(value);
    }
    let notes = [
        (others_ignored, RowNote::SecondNumberIgnored),
        (words_ignored, RowNote::WordsBesideNumber),
        (repaired, RowNote::LettersRepaired),
        (garbled, RowNote::LettersImplausible),
    ];
    Ok(RowOutcome::Planned {
        phone: number,
        variables,
        notes: notes
            .into_iter()
            .filter_map(|(is_so, note)| is_so.then_some(note))
            .collect(),
    })
}
