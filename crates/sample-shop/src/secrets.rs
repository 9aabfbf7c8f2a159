//! The secrets of this sandbox: made at the first start and kept, since the database is sealed with them.

use std::io;

use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::random;
use crate::state_dir::StateDir;

const FILE: &str = "secrets.json";

/// Not `Debug`: nothing prints them.
#[derive(Serialize, Deserialize)]
pub(crate) struct Secrets {
    pub(crate) master_key: String,
    pub(crate) transit_key: String,
    pub(crate) opaque_key: String,
    pub(crate) app_secret: String,
    pub(crate) verify_token: String,
    /// What the names of the services' login roles begin with. Roles belong to the whole Postgres, so two sandboxes in one have
    /// some of their own.
    pub(crate) database_user: String,
    /// The same for all of them, which share one settings file here.
    pub(crate) database_password: String,
}

impl Secrets {
    /// Those of the last start, or new ones.
    ///
    /// # Errors
    /// When they cannot be kept.
    pub(crate) fn keep(state: &StateDir) -> Result<Self, Failure> {
        if let Some(secrets) = state.read(FILE)? {
            return Ok(secrets);
        }
        let secrets = Self::make()
            .map_err(|error| Failure::new(format!("the system gives no randomness: {error}.")))?;
        state.write(FILE, &secrets)?;
        Ok(secrets)
    }

    fn make() -> io::Result<Self> {
        Ok(Self {
            master_key: random::key_text()?,
            transit_key: random::key_text()?,
            opaque_key: random::key_text()?,
            app_secret: random::hex::<16>()?,
            verify_token: random::hex::<16>()?,
            database_user: format!("djigbachats_app_{}", random::hex::<4>()?),
            database_password: random::hex::<16>()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_start_has_the_secrets_of_the_first() {
        let folder = tempfile::tempdir().unwrap();
        let state = StateDir::open(folder.path()).unwrap();
        let first = Secrets::keep(&state).unwrap();
        let second = Secrets::keep(&state).unwrap();
        assert_eq!(first.master_key, second.master_key);
        assert_eq!(first.database_password, second.database_password);
        assert_ne!(first.master_key, first.transit_key);
    }
}
