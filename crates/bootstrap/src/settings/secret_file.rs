//! `<key>_file`: the value of a key from a separate file.

use std::path::PathBuf;

use config::{Map, Value, ValueKind};

use super::SettingsError;

const SUFFIX: &str = "_file";

/// The tree with every `<key>_file` replaced by `<key>` and the content of the file, without its final line end.
pub(super) fn resolve(tree: Value) -> Result<Value, SettingsError> {
    resolve_at(tree, "")
}

fn resolve_at(value: Value, path: &str) -> Result<Value, SettingsError> {
    let origin = value.origin().map(str::to_owned);
    let ValueKind::Table(table) = value.kind else {
        return Ok(value);
    };
    let mut resolved: Map<String, Value> = Map::new();
    for (key, value) in &table {
        let path = join(path, key);
        match key.strip_suffix(SUFFIX) {
            Some(bare) if table.contains_key(bare) => return Err(SettingsError::GivenTwice(path)),
            Some(bare) => resolved.insert(bare.to_owned(), read(value.clone(), path)?),
            None => resolved.insert(key.clone(), resolve_at(value.clone(), &path)?),
        };
    }
    Ok(Value::new(origin.as_ref(), ValueKind::Table(resolved)))
}

fn read(value: Value, key: String) -> Result<Value, SettingsError> {
    let Ok(path) = value.into_string().map(PathBuf::from) else {
        return Err(SettingsError::NotAPath(key));
    };
    let origin = path.display().to_string();
    match std::fs::read_to_string(&path) {
        Ok(text) => {
            let text = text.trim_end_matches(['\r', '\n']).to_owned();
            Ok(Value::new(Some(&origin), ValueKind::String(text)))
        }
        Err(cause) => Err(SettingsError::SecretFile { key, path, cause }),
    }
}

fn join(path: &str, key: &str) -> String {
    if path.is_empty() {
        key.to_owned()
    } else {
        format!("{path}.{key}")
    }
}
