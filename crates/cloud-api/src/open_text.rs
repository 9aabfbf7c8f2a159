//! Reading loosely typed values of Meta: text that may be absent or null, numbers that may be text.

use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// An integer that Meta wrote as a number or as text.
pub(crate) fn integer(value: &Value) -> Option<i64> {
    value
        .as_i64()
        .or_else(|| value.as_str()?.trim().parse().ok())
}

/// A value of Meta that is safe to print: letters, digits, `_` and `-`, at most 64 of them, the first a letter. Any
/// other value is dropped, because free text of a remote party may repeat whatever was sent to it.
pub(crate) fn label(value: Option<&Value>) -> Option<String> {
    let text = value?.as_str()?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let safe = text.len() <= 64
        && text.bytes().all(plain)
        && text.starts_with(|first: char| first.is_ascii_alphabetic());
    safe.then(|| text.to_owned())
}

/// Serde: `null` is treated like an absent field.
pub(crate) fn or_default<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}
