//! Errors of the settings, for the person who wrote them. No value is shown: it may be a secret.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use config::{ConfigError, Value, ValueKind};

/// Settings that cannot be used; nothing was started.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The settings file cannot be read.
    #[error("the settings file {path} cannot be read: {cause}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The reason.
        cause: io::Error,
    },
    /// The settings file is not TOML. Its text is not shown.
    #[error("the settings file {path} is not TOML; check its quotes and brackets", path = .0.display())]
    NotToml(PathBuf),
    /// A variable of the environment is not UTF-8.
    #[error("a setting in the environment is not UTF-8 text")]
    NotText,
    /// A key and its `_file` form are both given.
    #[error("the setting `{0}` and the same without `_file` are both given; keep one of them")]
    GivenTwice(String),
    /// A `_file` key without a path.
    #[error("the setting `{0}` is not the path of a file")]
    NotAPath(String),
    /// The file of a `_file` key cannot be read.
    #[error("the file {path} that the setting `{key}` names cannot be read: {cause}", path = path.display())]
    SecretFile {
        /// The key.
        key: String,
        /// The file.
        path: PathBuf,
        /// The reason.
        cause: io::Error,
    },
    /// A key without a default is absent.
    #[error("the setting `{key}` is missing; {remedy}")]
    Missing {
        /// The key.
        key: String,
        /// How to set it.
        remedy: Remedy,
    },
    /// A key that is not a setting.
    #[error("the setting `{key}` from {source_name} is not known{known}; correct or remove it")]
    Unknown {
        /// The key.
        key: String,
        /// Its source.
        source_name: String,
        /// The keys that are valid there, if available.
        known: String,
    },
    /// A value that is invalid for the key.
    #[error("the setting `{key}` from {source_name} has an invalid value: {problem}")]
    Value {
        /// The key.
        key: String,
        /// Its source.
        source_name: String,
        /// The fault, without the value.
        problem: String,
    },
}

/// How to set a missing setting.
#[derive(Debug)]
pub struct Remedy {
    variable: String,
    file: Option<PathBuf>,
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let variable = &self.variable;
        write!(
            f,
            "set {variable} (or {variable}_FILE with the path of a file)"
        )?;
        match &self.file {
            Some(path) => write!(f, " or write it into {}", path.display()),
            None => Ok(()),
        }
    }
}

/// Converts a deserialisation error to an error with the key and its source.
pub(super) fn explain(
    error: &ConfigError,
    tree: &Value,
    prefix: &str,
    file: Option<&Path>,
) -> SettingsError {
    let (key, cause) = unwrap(error);
    match cause {
        ConfigError::NotFound(field) => {
            let key = join(&key, field);
            let variable = variable(prefix, &key);
            let file = file.map(Path::to_owned);
            SettingsError::Missing {
                key,
                remedy: Remedy { variable, file },
            }
        }
        ConfigError::Type {
            expected, key: at, ..
        } => {
            let key = at.clone().unwrap_or(key);
            let source_name = source_name(tree, &key, prefix, file);
            let problem = format!("{expected} is needed");
            SettingsError::Value {
                key,
                source_name,
                problem,
            }
        }
        other => from_message(&other.to_string(), key, tree, (prefix, file)),
    }
}

fn from_message(
    message: &str,
    key: String,
    tree: &Value,
    (prefix, file): (&str, Option<&Path>),
) -> SettingsError {
    if let Some((field, rest)) = quoted(message, "unknown field ") {
        let key = match key.rsplit_once('.') {
            _ if key == field || key.ends_with(&format!(".{field}")) => key,
            _ => join(&key, field),
        };
        let source_name = source_name(tree, &key, prefix, file);
        let known = rest
            .strip_prefix(", expected ")
            .map(|known| format!(" (known here: {known})"));
        return SettingsError::Unknown {
            key,
            source_name,
            known: known.unwrap_or_default(),
        };
    }
    let problem = problem(message, find(tree, &key));
    let source_name = source_name(tree, &key, prefix, file);
    SettingsError::Value {
        key,
        source_name,
        problem,
    }
}

/// The innermost error and the key that the errors around it contain.
fn unwrap(error: &ConfigError) -> (String, &ConfigError) {
    match error {
        ConfigError::At { error, key, .. } => {
            let (inner, cause) = unwrap(error);
            (join(key.as_deref().unwrap_or_default(), &inner), cause)
        }
        cause => (String::new(), cause),
    }
}

fn quoted<'a>(message: &'a str, before: &str) -> Option<(&'a str, &'a str)> {
    message
        .strip_prefix(before)?
        .strip_prefix('`')?
        .split_once('`')
}

fn join(path: &str, key: &str) -> String {
    match (path.is_empty(), key.is_empty()) {
        (true, _) => key.to_owned(),
        (_, true) => path.to_owned(),
        _ => format!("{path}.{key}"),
    }
}

fn variable(prefix: &str, key: &str) -> String {
    format!("{prefix}__{}", key.to_uppercase().replace('.', "__"))
}

/// The message, unless it contains the value.
fn problem(message: &str, value: Option<&Value>) -> String {
    let value = value.and_then(|value| value.clone().into_string().ok());
    let repeats = value.is_none_or(|value| message.contains(&value));
    match (repeats, message.starts_with("enum ")) {
        (false, _) => message.to_owned(),
        (true, true) => "it is not one of the allowed values".to_owned(),
        (true, false) => "it cannot be read".to_owned(),
    }
}

/// The environment variable or the file that set the key, or the nearest key above it.
fn source_name(tree: &Value, key: &str, prefix: &str, file: Option<&Path>) -> String {
    let mut origin = tree.origin();
    let ends = key.match_indices('.').map(|(end, _)| end);
    for end in ends.chain([key.len()]) {
        let value = key.get(..end).and_then(|above| find(tree, above));
        origin = value.and_then(Value::origin).or(origin);
    }
    match origin {
        Some("the environment") => format!("the environment variable {}", variable(prefix, key)),
        // As it was given: config shortens the path relative to the working directory.
        Some(path) => file.map_or_else(|| path.to_owned(), |file| file.display().to_string()),
        None => "the defaults".to_owned(),
    }
}

fn find<'a>(tree: &'a Value, key: &str) -> Option<&'a Value> {
    key.split('.').try_fold(tree, |at, part| match &at.kind {
        ValueKind::Table(table) => table.get(part),
        _ => None,
    })
}
