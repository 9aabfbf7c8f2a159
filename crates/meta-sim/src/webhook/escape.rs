//! JSON as Meta transmits it: everything outside ASCII as `\uXXXX`, `/` as `\/`.
//!
//! The signature covers these bytes, so a receiver that parses and serialises again before it hashes fails here as it
//! does with Meta.

use std::io;

use serde::Serialize;
use serde_json::Serializer;
use serde_json::ser::Formatter;

/// Serialises a value in Meta's form.
pub(crate) fn to_bytes(value: &impl Serialize) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = Vec::with_capacity(1_024);
    value.serialize(&mut Serializer::with_formatter(&mut bytes, MetaFormatter))?;
    Ok(bytes)
}

struct MetaFormatter;

impl Formatter for MetaFormatter {
    fn write_string_fragment<W>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        if !fragment
            .bytes()
            .any(|byte| byte == b'/' || !byte.is_ascii())
        {
            return writer.write_all(fragment.as_bytes());
        }
        let mut units = [0_u16; 2];
        for character in fragment.chars() {
            match character {
                '/' => writer.write_all(b"\\/")?,
                _ if character.is_ascii() => write!(writer, "{character}")?,
                _ => {
                    for unit in character.encode_utf16(&mut units) {
                        write!(writer, "\\u{unit:04x}")?;
                    }
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn accents_emoji_and_slashes_are_escaped_and_read_back_the_same() {
        let value = json!({"clé": "été 😀 https://a.b \"x\"\n"});
        let bytes = to_bytes(&value).unwrap();
        assert_eq!(
            String::from_utf8(bytes.clone()).unwrap(),
            r#"{"cl\u00e9":"\u00e9t\u00e9 \ud83d\ude00 https:\/\/a.b \"x\"\n"}"#
        );
        assert_eq!(
            serde_json::from_slice::<serde_json::Value>(&bytes).unwrap(),
            value
        );
    }
}
