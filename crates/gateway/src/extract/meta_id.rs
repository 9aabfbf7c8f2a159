//! Ids of Meta's in a body: strings, as documented. Some are above 2^53, and a client that writes one as a number may
//! have lost its last digits.

use std::fmt::Display;
use std::str::FromStr;

use serde::Deserialize as _;
use serde::de::{Deserializer, Error as _};

/// Reads an id that is a string, and refuses a number.
pub(crate) fn text_id<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err: Display>,
{
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(D::Error::custom)
}

#[cfg(test)]
mod tests {
    use common::ids::WabaId;
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Body {
        #[serde(deserialize_with = "text_id")]
        waba_id: WabaId,
    }

    #[test]
    fn an_id_is_text_and_no_number() {
        let read = |text: &str| serde_json::from_str::<Body>(text).map(|body| body.waba_id);
        let id = read(r#"{"waba_id": "102290129340398"}"#).unwrap();
        assert_eq!(id.as_str(), "102290129340398");
        for text in [
            r#"{"waba_id": 102290129340398}"#,
            r#"{"waba_id": "1022 9012"}"#,
            r#"{"waba_id": ""}"#,
            r#"{"waba_id": null}"#,
            "{}",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
