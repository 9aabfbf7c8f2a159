//! A row of an audience on its way into the database: sealed where the file is read, off the request's thread.

use common::campaign::{RowNote, SkipReason};
use common::ids::{AudienceId, BusinessId};
use common::phone::E164;
use common::template::Variables;
use sealing::{BusinessKeys, LookupHash};

use database::StorageError;
use database::lookup;
use database::seal_contexts::{self, RecipientColumn};

/// A row of the file.
pub enum ImportedRow {
    /// Gets the message, unless the database knows better.
    Planned(SealedRecipient),
    /// Is skipped.
    Skipped {
        /// The row's number as a spreadsheet shows it.
        row_number: i32,
        /// Why.
        reason: SkipReason,
    },
}

/// A recipient, sealed for its row.
pub struct SealedRecipient {
    pub(super) row_number: i32,
    pub(super) notes: Vec<RowNote>,
    /// A value has letters beyond ASCII.
    pub(super) has_accents: bool,
    /// With the newest pepper: what is stored.
    pub(super) hash: LookupHash,
    /// With every live pepper: what opt-outs are looked up by.
    pub(super) all_hashes: Vec<[u8; 32]>,
    pub(super) recipient_sealed: Vec<u8>,
    pub(super) variables_sealed: Vec<u8>,
}

impl SealedRecipient {
    /// Seals a recipient and their variables.
    ///
    /// # Errors
    /// When a value cannot be sealed.
    pub fn seal(
        keys: &BusinessKeys,
        (business_id, audience_id, row_number): (BusinessId, AudienceId, i32),
        recipient: &E164,
        variables: &Variables,
        notes: Vec<RowNote>,
    ) -> Result<Self, StorageError> {
        let row = seal_contexts::audience_row(audience_id, row_number);
        let seal = |column, plain: &[u8]| {
            keys.seal(
                &seal_contexts::campaign_recipient(business_id, &row, column),
                plain,
            )
        };
        let has_accents = variables.values().any(|value| !value.is_ascii());
        let number = recipient.expose().as_bytes();
        let variables = serde_json::to_vec(variables)
            .map_err(|error| StorageError::Refused(Box::new(error)))?;
        Ok(Self {
            row_number,
            notes,
            has_accents,
            hash: lookup::hash(keys, recipient),
            all_hashes: lookup::hashes(keys, recipient)
                .into_iter()
                .map(|hash| hash.bytes)
                .collect(),
            recipient_sealed: seal(RecipientColumn::Recipient, number)?,
            variables_sealed: seal(RecipientColumn::Variables, &variables)?,
        })
    }
}
