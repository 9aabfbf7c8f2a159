//! Records of a file with their row numbers, including broken ones.
//!
//! A record that does not fit the header costs one line: reading continues at the line after its first one, whatever a
//! stray quote made of the lines between.

use std::io::Cursor;

use csv::{ByteRecord, Position, Reader, ReaderBuilder};

use crate::record_boundary::{self, Extent};
use crate::{AudienceError, MAX_ROWS};

/// A record, or an error for one that cannot be read.
#[derive(Debug)]
pub(crate) enum Record<'r> {
    Fields(&'r ByteRecord),
    Malformed,
}

/// The records below the header.
pub(crate) struct Records<'a> {
    bytes: &'a [u8],
    delimiter: u8,
    csv: Reader<Cursor<&'a [u8]>>,
    record: ByteRecord,
    /// How many fields a record must have.
    columns: usize,
    /// How many bytes of the file were read.
    offset: usize,
    /// The number of the last row that was read.
    row: u32,
}

impl<'a> Records<'a> {
    /// Reads the header.
    ///
    /// Empty names at the end of the header are not columns, nor are empty fields at the end of a record
    /// beyond them: spreadsheets write both.
    pub(crate) fn open(
        bytes: &'a [u8],
        delimiter: u8,
    ) -> Result<(ByteRecord, Self), AudienceError> {
        let csv = ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(Cursor::new(bytes));
        let record = ByteRecord::new();
        let mut records = Self {
            bytes,
            delimiter,
            csv,
            record,
            columns: 0,
            offset: 0,
            row: 0,
        };
        let header = records.read_header()?;
        records.columns = header.len();
        Ok((header, records))
    }

    fn read_header(&mut self) -> Result<ByteRecord, AudienceError> {
        loop {
            let remaining = self.skip_blank_lines();
            if !remaining.is_empty()
                && record_boundary::of(remaining, self.delimiter) == Extent::Broken
            {
                return Err(AudienceError::NoHeader);
            }
            if !self.read_record() {
                return Err(AudienceError::Empty);
            }
            self.row = self.row.saturating_add(1);
            let names = filled_fields(&self.record);
            if names > 0 {
                return Ok(self.record.iter().take(names).collect());
            }
        }
    }

    /// The next record that is not blank, with its row number.
    pub(crate) fn next(&mut self) -> Option<(u32, Record<'_>)> {
        loop {
            let remaining = self.skip_blank_lines();
            if remaining.is_empty() {
                return None;
            }
            let start = self.offset;
            let extent = record_boundary::of(remaining, self.delimiter);
            self.row = self.row.saturating_add(1);
            let is_read = extent != Extent::Broken && self.read_record();
            // After the greatest number of rows a blank one is reported too: the caller stops there.
            if is_read && filled_fields(&self.record) == 0 && self.row <= MAX_ROWS {
                continue;
            }
            if is_read && self.fits() {
                return Some((self.row, Record::Fields(&self.record)));
            }
            if !is_read || extent == Extent::SeveralLines {
                self.go_behind(start + record_boundary::first_line(remaining).len())?;
            }
            return Some((self.row, Record::Malformed));
        }
    }

    /// The number of fields of the header; more only if they are empty.
    fn fits(&self) -> bool {
        self.record.len() >= self.columns && filled_fields(&self.record) <= self.columns
    }

    fn read_record(&mut self) -> bool {
        let is_read = matches!(self.csv.read_byte_record(&mut self.record), Ok(true));
        self.offset = usize::try_from(self.csv.position().byte()).unwrap_or(usize::MAX);
        is_read
    }

    /// Skips line ends, counts blank lines as rows, and returns the rest.
    fn skip_blank_lines(&mut self) -> &'a [u8] {
        let (read, mut rest) = self.bytes.split_at_checked(self.offset).unwrap_or_default();
        if read.last() == Some(&b'\r') {
            rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        }
        while let Some(after) = record_boundary::without_line_end(rest) {
            rest = after;
            self.row = self.row.saturating_add(1);
        }
        self.offset = self.bytes.len() - rest.len();
        rest
    }

    /// Continues after the line that ends at `line_end`; `None` if that is not possible.
    fn go_behind(&mut self, line_end: usize) -> Option<()> {
        let next_line = self.bytes.len().min(line_end + 1);
        let mut position = Position::new();
        position.set_byte(u64::try_from(next_line).ok()?);
        self.csv.seek(position).ok()?;
        self.offset = next_line;
        Some(())
    }
}

/// The number of fields up to the last one that is not blank.
fn filled_fields(record: &ByteRecord) -> usize {
    let mut fields = record.len();
    while let Some(last) = fields.checked_sub(1).and_then(|last| record.get(last))
        && last.trim_ascii().is_empty()
    {
        fields -= 1;
    }
    fields
}
