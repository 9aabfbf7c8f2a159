//! Finds the columns: by the name that the caller gave, or by names that are usual in shops.
//!
//! A name that the caller gave is compared folded: without accents, case, blanks and punctuation.

use common::phone::numbers_in_cell;
use csv::ByteRecord;

use crate::encoding::Decoder;
use crate::{AudienceError, AudienceSpec, MAX_PHONE_BYTES, heading};

/// The indexes of the used fields in a row.
#[derive(Debug)]
pub(crate) struct Columns {
    pub(crate) phone: usize,
    pub(crate) consent: Option<usize>,
    /// In the template's order.
    pub(crate) variables: Vec<usize>,
}

/// The header of a file.
pub(crate) struct Header {
    names: Vec<String>,
}

impl Header {
    pub(crate) fn new(record: &ByteRecord, decoder: &Decoder) -> Self {
        let name = |field| decoder.decode(field).text.trim().to_owned();
        Self {
            names: record.iter().map(name).collect(),
        }
    }

    pub(crate) fn names(&self) -> &[String] {
        &self.names
    }

    /// Finds the columns of the spec. If one is missing and the row holds a phone number, then the row is that of a
    /// customer, and the error does not repeat it.
    pub(crate) fn columns(&self, spec: &AudienceSpec) -> Result<Columns, AudienceError> {
        self.resolve(spec).map_err(|missing| {
            let holds_number = |name: &String| {
                name.len() <= MAX_PHONE_BYTES && numbers_in_cell(name, spec.region).choose().is_ok()
            };
            if self.names.iter().any(holds_number) {
                AudienceError::NoHeader
            } else {
                missing
            }
        })
    }

    fn resolve(&self, spec: &AudienceSpec) -> Result<Columns, AudienceError> {
        let phone = match &spec.phone_column {
            Some(name) => self.named(name)?,
            None => self.surest(heading::phone_score).ok_or_else(|| {
                AudienceError::PhoneColumnNotFound {
                    columns: self.names.clone(),
                }
            })?,
        };
        let consent = match &spec.consent_column {
            Some(name) => Some(self.named(name)?),
            None => self.surest(heading::consent_score),
        };
        let variables = spec
            .variables
            .iter()
            .map(|mapping| self.named(&mapping.column));
        Ok(Columns {
            phone,
            consent,
            variables: variables.collect::<Result<_, _>>()?,
        })
    }

    /// The column that the caller named: an exact match of the name, else a folded match.
    fn named(&self, wanted: &str) -> Result<usize, AudienceError> {
        let written = self.names.iter().position(|name| name == wanted.trim());
        let folded = || {
            let wanted = heading::folded(wanted);
            self.names
                .iter()
                .position(|name| !wanted.is_empty() && heading::folded(name) == wanted)
        };
        written
            .or_else(folded)
            .ok_or_else(|| AudienceError::ColumnMissing {
                column: wanted.to_owned(),
                columns: self.names.clone(),
            })
    }

    /// The column whose name has the highest score; the first of equal ones.
    fn surest(&self, score: fn(&str) -> Option<u32>) -> Option<usize> {
        let scores = self.names.iter().map(|name| score(name)).enumerate();
        scores
            .filter_map(|(column, score)| Some((column, score?)))
            .min_by_key(|(_, score)| std::cmp::Reverse(*score))
            .map(|(column, _)| column)
    }
}
