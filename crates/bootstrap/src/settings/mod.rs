//! Settings: defaults of the structs, over them a TOML file, over that the environment (`DJIGBACHATS__SECTION__KEY`).
//!
//! Any key may be given as `<key>_file` instead, with the path of a file that holds the value (a mounted secret); hence
//! no setting has a name that ends in `_file`. An error contains the key, its source and what to do, and never a value.

mod error;
mod secret_file;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::path::Path;

use config::{Config, Environment, File, FileFormat, Value};
use serde::de::DeserializeOwned;

pub use error::SettingsError;

/// The prefix of the environment variables.
pub const PREFIX: &str = "DJIGBACHATS";

/// Loads the settings of a process.
///
/// The structs should be `deny_unknown_fields`, so that a misspelt key is an error.
///
/// # Errors
/// When a source cannot be read, or a key is missing, unknown, of the wrong type, or given twice.
pub fn load<T: DeserializeOwned>(file: Option<&Path>, prefix: &str) -> Result<T, SettingsError> {
    load_from(file, prefix, None)
}

/// Like [`load`], with the variables of `environment` instead of the process's own.
///
/// # Errors
/// As [`load`].
pub fn load_from<T: DeserializeOwned>(
    file: Option<&Path>,
    prefix: &str,
    environment: Option<HashMap<String, String>>,
) -> Result<T, SettingsError> {
    let tree = secret_file::resolve(read_sources(file, prefix, environment)?)?;
    tree.clone()
        .try_deserialize()
        .map_err(|error| error::explain(&error, &tree, prefix, file))
}

fn read_sources(
    file: Option<&Path>,
    prefix: &str,
    environment: Option<HashMap<String, String>>,
) -> Result<Value, SettingsError> {
    let variables = Environment::with_prefix(prefix)
        .prefix_separator("__")
        .separator("__")
        .source(environment);
    let mut builder = Config::builder();
    if let Some(path) = file {
        let text = std::fs::read_to_string(path).map_err(|cause| SettingsError::File {
            path: path.to_owned(),
            cause,
        })?;
        let checked = Config::builder().add_source(File::from_str(&text, FileFormat::Toml));
        if checked.build().is_err() {
            return Err(SettingsError::NotToml(path.to_owned()));
        }
        builder = builder.add_source(File::from(path).format(FileFormat::Toml));
    }
    let config = builder.add_source(variables).build();
    Ok(config.map_err(|_| SettingsError::NotText)?.cache)
}
