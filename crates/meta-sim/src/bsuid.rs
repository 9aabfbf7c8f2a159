//! Business-scoped user ids: one per portfolio and person, derived from both, so that a person has the same id at every
//! account of a portfolio and another one at another portfolio.
//!
//! The phone number can be decoded from an id, so that no id has to be stored.

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
    ("52", "MX"),
    ("54", "AR"),
    ("55", "BR"),
    ("1", "US"),
];
const LONGEST_ID: usize = 128;
/// Digits of a derived id: those of the largest `u64`.
const MADE_ID: usize = 20;
/// Odd, so that the multiplication is invertible.
const SCATTER: u64 = 0x9e37_79b9_7f4a_7c15;
const GATHER: u64 = 0xf1de_83e1_9937_733d;

/// The id of the person with this phone number in this portfolio.
pub(crate) fn of_phone(business_id: &str, wa_id: &str) -> String {
    // A phone number has at most 15 digits; any other text belongs to nobody.
    let number: u64 = wa_id.parse().unwrap_or_default();
    let id = (number ^ key(business_id)).wrapping_mul(SCATTER);
    format!("{}.{id:020}", country_of(wa_id))
}

/// The phone number that an id of this portfolio was derived from; `None` for a foreign id.
pub(crate) fn phone_of(business_id: &str, user_id: &str) -> Option<String> {
    let (_, id) = user_id.split_once('.')?;
    if id.len() != MADE_ID {
        return None;
    }
    let number = id.parse::<u64>().ok()?.wrapping_mul(GATHER) ^ key(business_id);
    let wa_id = number.to_string();
    (wa_id.len() <= 15 && of_phone(business_id, &wa_id) == user_id).then_some(wa_id)
}

/// The id that replaces `user_id` in the same portfolio and country.
pub(crate) fn successor(business_id: &str, user_id: &str) -> String {
    let country = user_id.split_once('.').map_or("ZZ", |(country, _)| country);
    let bits = Choices::new(0, &format!("{business_id} after {user_id}")).bits();
    // One digit more than derived ids.
    format!("{country}.1{bits:020}")
}

/// Whether the text has the form of a BSUID: two capitals, a dot, up to 128 letters or digits; a parent BSUID has
/// `ENT.` in between.
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

fn country_of(wa_id: &str) -> &'static str {
    let known = COUNTRIES.iter().find(|(code, _)| wa_id.starts_with(code));
    known.map_or("ZZ", |(_, country)| *country)
}

/// A number specific to the portfolio.
fn key(business_id: &str) -> u64 {
    Choices::new(0, business_id).bits()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_number_can_be_decoded_from_its_id(business: u64, number in 1_000_000_u64..1_000_000_000_000_000) {
            let (business, wa_id) = (business.to_string(), number.to_string());
            let id = of_phone(&business, &wa_id);
            prop_assert!(is_bsuid(&id), "{id}");
            prop_assert_eq!(phone_of(&business, &id), Some(wa_id));
        }
    }

    #[test]
    fn a_derived_id_is_valid_stable_and_scoped() {
        let id = of_phone("1", "22670000001");
        assert!(id.starts_with("BF.") && is_bsuid(&id), "{id}");
        assert_eq!(id, of_phone("1", "22670000001"));
        assert_ne!(id, of_phone("2", "22670000001"));
        assert!(is_bsuid("US.ENT.11815799212886844830"));
        for wrong in ["", "BF.", "bf.1", "BFA.1", "BF.1-2", "22670000001"] {
            assert!(!is_bsuid(wrong), "{wrong}");
        }
    }

    #[test]
    fn a_derived_id_decodes_only_in_its_portfolio() {
        for wa_id in ["22670000001", "558291112233", "123456789012345"] {
            let id = of_phone("1", wa_id);
            assert_eq!(phone_of("1", &id).as_deref(), Some(wa_id));
            assert_eq!(phone_of("2", &id), None);
        }
        assert_eq!(phone_of("1", "BF.13491208655302741918"), None);
        let next = successor("1", &of_phone("1", "22670000001"));
        assert!(next.starts_with("BF.") && is_bsuid(&next), "{next}");
        assert_eq!(phone_of("1", &next), None);
    }
}
