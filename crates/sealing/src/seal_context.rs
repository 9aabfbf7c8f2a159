//! The context of a sealed value. It is bound to the value, so that no value can be moved to another row.

use uuid::Uuid;

const CONTEXT: &[u8] = b"djigbachats.field.v1";

/// The context of a sealed field: the associated data of its encryption.
#[derive(Debug, Clone, Copy)]
pub struct SealContext<'a> {
    /// The business of the row.
    pub business_id: Uuid,
    /// The table.
    pub table: &'a str,
    /// The column.
    pub column: &'a str,
    /// The row's key, as bytes.
    pub row: &'a [u8],
}

impl SealContext<'_> {
    /// Every part is preceded by its length, so that no two contexts have the same bytes.
    pub(crate) fn aad(&self) -> Vec<u8> {
        let parts = [self.table.as_bytes(), self.column.as_bytes(), self.row];
        let length: usize = parts.iter().map(|part| size_of::<u64>() + part.len()).sum();
        let business_id = self.business_id.as_bytes();
        let mut bytes = Vec::with_capacity(CONTEXT.len() + business_id.len() + length);
        bytes.extend_from_slice(CONTEXT);
        bytes.extend_from_slice(business_id);
        for part in parts {
            bytes.extend_from_slice(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            bytes.extend_from_slice(part);
        }
        bytes
    }
}
