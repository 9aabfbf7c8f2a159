//! Files on their way to Meta: which are to be uploaded, what came of it, and the messages that waited for it.
//!
//! A claim that meets a message whose file is not at Meta for its number holds the message and notes the upload. One of
//! all senders takes the upload for a while, and when it is over frees what waited. The note's row is what both sides
//! lock: a claim touches it in the transaction that holds a message, and it goes only when no message is found waiting
//! after it was locked, so that none is forgotten. Messages are locked after it, against the order of other writers, and
//! therefore never waited for.

mod claimed;
mod columns;
mod complete;
pub(crate) mod content;
mod lease;
mod missing;

use common::ids::{BusinessId, MediaId, PhoneNumberId};

pub(super) use claimed::{load, note_refusals, want};
pub(super) use columns::FileColumns;
pub use complete::{finish, postpone, record};
pub use content::{UploadContent, read};
pub use lease::{Account, File, Lease, Upload, take_due};
pub(super) use missing::name_missing;

/// A file for a number: what Meta's id of a file belongs to (Meta, media reference).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MediaKey {
    /// Whose file it is.
    pub business_id: BusinessId,
    /// The file.
    pub media_id: MediaId,
    /// The number that sends it.
    pub phone_number_id: PhoneNumberId,
}
