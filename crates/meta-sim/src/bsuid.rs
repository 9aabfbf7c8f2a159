//! Business-scoped user ids: one per business and client, made from both, so that the same client
//! has the same id in every webhook and another one at another business.

use crate::choices::Choices;

const COUNTRIES: &[(&str, &str)] = &[
    ("226", "BF"),
    ("225", "CI"),
    ("223", "ML"),
    ("221", "SN"),
    ("227", "NE"),
    ("228", "TG"),
    ("229", "BJ"),
    ("233", "GH"),
    ("33", "FR"),
    ("49", "DE"),
    ("1", "US"),
];
const LONGEST_ID: usize = 128;

/// The id of the client with this phone number at this account.
pub(crate) fn of_phone(waba_id: &str, wa_id: &str) -> String {
    let known = COUNTRIES.iter().find(|(code, _)| wa_id.starts_with(code));
    let country = known.map_or("ZZ", |(_, country)| *country);
    let mut choices = Choices::new(0, &format!("{waba_id} {wa_id}"));
    let upper = choices.between(1_000_000_000, 9_999_999_999);
    let lower = choices.between(1_000_000_000, 9_999_999_999);
    format!("{country}.{upper}{lower}")
}

/// Whether the text has the form of a BSUID: two capitals, a dot, up to 128 letters or digits;
/// a parent's has `ENT.` in between.
pub(crate) fn is_bsuid(text: &str) -> bool {
    let Some((country, id)) = text.split_once('.') else {
        return false;
    };
    let id = id.strip_prefix("ENT.").unwrap_or(id);
    country.len() == 2
        && country.bytes().all(|byte| byte.is_ascii_uppercase())
        && (1..=LONGEST_ID).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_made_id_is_valid_stable_and_scoped() {
        let id = of_phone("1", "22670000001");
        assert!(id.starts_with("BF.") && is_bsuid(&id), "{id}");
        assert_eq!(id, of_phone("1", "22670000001"));
        assert_ne!(id, of_phone("2", "22670000001"));
        assert!(is_bsuid("US.ENT.11815799212886844830"));
        for wrong in ["", "BF.", "bf.1", "BFA.1", "BF.1-2", "22670000001"] {
            assert!(!is_bsuid(wrong), "{wrong}");
        }
    }
}
