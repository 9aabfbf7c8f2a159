//! Serde for the fields in which a number has to be written in full.
//!
//! Used by name, `#[serde(with = "common::phone::exposed")]`, because [`E164`] itself serializes nowhere.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serializer};

use super::E164;

/// Writes the whole number, `+` and digits.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(number: &E164, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(number.expose())
}

/// Reads a number in E.164 form.
///
/// # Errors
/// Those of the deserializer, and a text in any other form; the error does not repeat the text.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<E164, D::Error> {
    let text = String::deserialize(deserializer)?;
    E164::parse_strict(&text).map_err(D::Error::custom)
}
