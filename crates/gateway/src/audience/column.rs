//! Which column is which: by the name that the caller gave, or by the names that shops give them.
//!
//! Names are compared folded: without accents, case, blanks and punctuation.

use common::phone::numbers_in_cell;
use csv::ByteRecord;

use super::encoding::decode;
use super::{AudienceError, AudienceSpec};

/// Names of phone columns, the surest first: where a file has several, the first that is found counts.
/// A bare "whatsapp" comes late, because such a column often holds oui and non.
const PHONE_NAMES: [&str; 32] = [
    "numerowhatsapp",
    "telephonewhatsapp",
    "telwhatsapp",
    "whatsappnumber",
    "telephonemobile",
    "telmobile",
    "mobile",
    "mobilenumber",
    "telephoneportable",
    "portable",
    "telephone",
    "telephone1",
    "tel",
    "tel1",
    "ntelephone",
    "notelephone",
    "ntel",
    "numtel",
    "numerotel",
    "numerotelephone",
    "numerodetelephone",
    "phone",
    "phonenumber",
    "cellulaire",
    "cel",
    "gsm",
    "msisdn",
    "whatsapp",
    "numero",
    "numeros",
    "contact",
    "contacts",
];
/// Names of columns that say who wants messages.
const CONSENT_NAMES: [&str; 9] = [
    "acceptewhatsapp",
    "accordwhatsapp",
    "optinwhatsapp",
    "whatsappoptin",
    "optin",
    "consentement",
    "consent",
    "accepte",
    "accord",
];

/// Where in a row the fields in use are.
#[derive(Debug)]
pub(super) struct Columns {
    pub(super) phone: usize,
    pub(super) consent: Option<usize>,
    /// In the template's order.
    pub(super) variables: Vec<usize>,
}

/// The header of a file.
pub(super) struct Header {
    names: Vec<String>,
}

impl Header {
    pub(super) fn new(record: &ByteRecord) -> Self {
        Self {
            names: record
                .iter()
                .map(|name| decode(name).trim().to_owned())
                .collect(),
        }
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    /// Finds the columns that the spec asks for. If one is missing and the row holds a phone number, then
    /// the row is a client's, and the error does not repeat it.
    pub(super) fn columns(&self, spec: &AudienceSpec) -> Result<Columns, AudienceError> {
        self.resolve(spec).map_err(|missing| {
            let holds_number = |name: &String| numbers_in_cell(name, spec.region).choose().is_ok();
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
            None => {
                self.first_of(&PHONE_NAMES)
                    .ok_or_else(|| AudienceError::PhoneColumnNotFound {
                        columns: self.names.clone(),
                    })?
            }
        };
        let consent = match &spec.consent_column {
            Some(name) => Some(self.named(name)?),
            None => self.first_of(&CONSENT_NAMES),
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

    /// The column that the caller means: the name as written if there is one, else the folded name.
    fn named(&self, wanted: &str) -> Result<usize, AudienceError> {
        let written = self.names.iter().position(|name| name == wanted.trim());
        let folded = || {
            let wanted = fold(wanted);
            self.names
                .iter()
                .position(|name| !wanted.is_empty() && fold(name) == wanted)
        };
        written
            .or_else(folded)
            .ok_or_else(|| AudienceError::ColumnMissing {
                column: wanted.to_owned(),
                columns: self.names.clone(),
            })
    }

    fn first_of(&self, known: &[&str]) -> Option<usize> {
        let folded: Vec<String> = self.names.iter().map(|name| fold(name)).collect();
        known
            .iter()
            .find_map(|known| folded.iter().position(|name| name == known))
    }
}

fn fold(name: &str) -> String {
    name.chars()
        .flat_map(char::to_lowercase)
        .map(without_accent)
        .filter(|c| c.is_alphanumeric())
        .collect()
}

fn without_accent(letter: char) -> char {
    match letter {
        'à' | 'â' | 'ä' => 'a',
        'ç' => 'c',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'î' | 'ï' => 'i',
        'ô' | 'ö' => 'o',
        'ù' | 'û' | 'ü' => 'u',
        other => other,
    }
}
