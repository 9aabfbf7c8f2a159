//! Sealing of personal data, keyed hashes for look-ups, and the other secrets of the product.
//!
//! The only crate that holds keys. A master key (file or environment) seals the data keys of each business; a data key
//! seals that business's fields, each bound to its [`SealContext`]; a pepper of the business keys its look-up hashes.
//! Destroying a business's wrapped keys makes its content unreadable. No type of this crate prints its content.

mod api_key;
mod blob;
mod business;
mod key_ring;
mod key_text;
mod lookup;
mod master;
mod opaque;
mod random;
mod seal_context;
mod transit;

pub use api_key::{ApiKeyKind, NewApiKey, PresentedApiKey, fingerprint, new_api_key};
pub use blob::SealError;
pub use business::{BusinessKeys, NewKeys};
pub use key_text::KeyError;
pub use lookup::{HashDomain, LookupHash};
pub use master::{KeyPurpose, MasterKeys, WrappedKey};
pub use opaque::OpaqueSigner;
pub use random::{constant_time_eq, random_bytes};
pub use seal_context::SealContext;
pub use transit::TransitKey;
