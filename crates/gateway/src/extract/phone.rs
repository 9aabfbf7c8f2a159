//! Phone numbers in the query.

use common::phone::{E164, Region};
use serde::Deserialize;

use crate::problem::Problem;

/// A phone number as a query parameter.
///
/// In a query a `+` means a space, but many clients write `?recipient=+22670112233`: a space before a number is
/// therefore read as a plus. This is not possible for other parameters.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub struct PhoneParameter(String);

impl PhoneParameter {
    /// The text, with its plus restored.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number, in any notation of the region.
    ///
    /// # Errors
    /// When it is not a valid number; the problem has the parameter's name.
    pub fn read(&self, name: &str, region: Region) -> Result<E164, Problem> {
        E164::parse(&self.0, region).map_err(|error| Problem::query(name, error.to_string()))
    }
}

impl From<String> for PhoneParameter {
    fn from(text: String) -> Self {
        let number = text.trim();
        let had_plus =
            text.starts_with(' ') && number.starts_with(|sign: char| sign.is_ascii_digit());
        Self(if had_plus {
            format!("+{number}")
        } else {
            number.to_owned()
        })
    }
}

#[cfg(test)]
mod tests {
    use actix_web::web::Query;

    use super::*;

    #[derive(Deserialize)]
    struct Wanted {
        recipient: PhoneParameter,
    }

    #[test]
    fn a_plus_in_the_query_is_a_plus() {
        for text in [
            "+22670112233",
            "%2B22670112233",
            "%2b226+70+11+22+33",
            "%2022670112233",
            "+226%2070%2011%2022%2033",
            "22670112233",
            "70+11+22+33",
        ] {
            let query = format!("recipient={text}");
            let wanted = Query::<Wanted>::from_query(&query).unwrap().into_inner();
            let number = wanted.recipient.read("recipient", Region::BF).unwrap();
            assert_eq!(number.expose(), "+22670112233", "{text}");
        }
    }

    #[test]
    fn the_plus_decides_in_which_country_a_number_is() {
        // Without its plus this French number would be read as one of Burkina Faso, and refused.
        let query = Query::<Wanted>::from_query("recipient=+33612345678").unwrap();
        let number = query.recipient.read("recipient", Region::BF).unwrap();
        assert_eq!(number.expose(), "+33612345678");
        let without = Query::<Wanted>::from_query("recipient=33612345678").unwrap();
        assert!(without.recipient.read("recipient", Region::BF).is_err());
    }
}
