//! The recipient of a message: a phone number, or the id by which Meta identifies a person whose number it does not
//! show.
//!
//! Both are personal data: they print masked, and give their text only through `expose` and [`Recipient::as_stored`].

use std::fmt;

use thiserror::Error;

use crate::phone::E164;

/// Letters of the country that a BSUID begins with (ISO 3166 alpha-2).
const COUNTRY_LETTERS: usize = 2;
/// Meta's ids have up to 128 letters and digits after the country; twice as many leave a margin.
const MAX_BYTES: usize = 256;
/// How many of the last characters a masked id may show, and how many at least stay hidden.
const SHOWN: usize = 3;
const HIDDEN: usize = 5;

/// The recipient of a message.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Recipient {
    /// A phone number.
    Phone(E164),
    /// A business-scoped user id: a person without a number that Meta shows.
    User(Bsuid),
}

/// A business-scoped user id (BSUID) of Meta, of a portfolio (`BF.1349…`) or of linked ones (`BF.ENT.1349…`).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Bsuid(Box<str>);

/// The text cannot be a business-scoped user id. It is not repeated, because it may identify a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("is not a business-scoped user id, such as BF.1234567890")]
pub struct NotABsuid;

/// The text is neither a phone number nor a business-scoped user id. It is not repeated, because it may identify a
/// person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("the text is neither a phone number nor a business-scoped user id")]
pub struct NotARecipient;

impl Bsuid {
    /// Reads an id as Meta writes it: two capital letters of a country, a dot, and the rest of Meta's id.
    ///
    /// Only text that cannot be such an id is refused, such as user names, numbers and addresses.
    ///
    /// # Errors
    /// When the text cannot be such an id.
    pub fn parse(text: &str) -> Result<Self, NotABsuid> {
        let (country, id) = text.split_once('.').ok_or(NotABsuid)?;
        let is_country = country.len() == COUNTRY_LETTERS
            && country.bytes().all(|byte| byte.is_ascii_uppercase());
        let is_of_id =
            |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        let is_id = id.bytes().all(is_of_id) && id.bytes().any(|byte| byte.is_ascii_alphanumeric());
        if is_country && is_id && text.len() <= MAX_BYTES {
            Ok(Self(text.into()))
        } else {
            Err(NotABsuid)
        }
    }

    /// The whole id. Personal data: for sealing, hashing and Meta only.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Country and last characters; the others as dots.
    fn write_masked(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.0.len().saturating_sub(COUNTRY_LETTERS + 1);
        let hidden = id - id.saturating_sub(HIDDEN).min(SHOWN);
        for (index, letter) in self.0.chars().enumerate() {
            let is_hidden = (COUNTRY_LETTERS + 1..=COUNTRY_LETTERS + hidden).contains(&index);
            write!(formatter, "{}", if is_hidden { '•' } else { letter })?;
        }
        Ok(())
    }
}

impl Recipient {
    /// Reads Meta's identifier of a person: the digits of a number, or anything else as a BSUID.
    ///
    /// # Errors
    /// When the text can be neither.
    pub fn from_meta(text: &str) -> Result<Self, NotARecipient> {
        match E164::from_wa_id(text) {
            Ok(number) => Ok(Self::Phone(number)),
            Err(_) => Bsuid::parse(text)
                .map(Self::User)
                .map_err(|_| NotARecipient),
        }
    }

    /// Reads a text written by [`as_stored`](Self::as_stored).
    ///
    /// # Errors
    /// When the text can be neither number nor id.
    pub fn from_stored(text: &str) -> Result<Self, NotARecipient> {
        match E164::parse_strict(text) {
            Ok(number) => Ok(Self::Phone(number)),
            Err(_) => Bsuid::parse(text)
                .map(Self::User)
                .map_err(|_| NotARecipient),
        }
    }

    /// The text that is sealed: `+` and digits, or the id. Personal data.
    #[must_use]
    pub fn as_stored(&self) -> &str {
        match self {
            Self::Phone(number) => number.expose(),
            Self::User(id) => id.expose(),
        }
    }

    /// The number, if the recipient has one.
    #[must_use]
    pub const fn phone(&self) -> Option<&E164> {
        match self {
            Self::Phone(number) => Some(number),
            Self::User(_) => None,
        }
    }

    /// The id, if the recipient has no number.
    #[must_use]
    pub const fn bsuid(&self) -> Option<&Bsuid> {
        match self {
            Self::Phone(_) => None,
            Self::User(id) => Some(id),
        }
    }
}

impl From<E164> for Recipient {
    fn from(number: E164) -> Self {
        Self::Phone(number)
    }
}

impl From<Bsuid> for Recipient {
    fn from(id: Bsuid) -> Self {
        Self::User(id)
    }
}

impl fmt::Display for Bsuid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_masked(formatter)
    }
}

impl fmt::Debug for Bsuid {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Bsuid({self})")
    }
}

impl fmt::Display for Recipient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Phone(number) => number.fmt(formatter),
            Self::User(id) => id.fmt(formatter),
        }
    }
}

impl fmt::Debug for Recipient {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Recipient({self})")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::phone::PhoneError;

    const PARENT: &str = "BF.ENT.11815799212886844830";

    #[test]
    fn every_id_of_meta_is_one_and_what_is_mistaken_for_one_is_not() {
        let longest = format!("US.{}", "a".repeat(128));
        let extended = format!("US.{}", "9".repeat(200));
        for id in [
            "BF.1",
            "US.13491208655302741918",
            PARENT,
            "CI.aB9_x-2.7",
            &longest,
            &extended,
        ] {
            assert_eq!(Bsuid::parse(id).unwrap().expose(), id);
        }
        for text in [
            "",
            "BF",
            "BF.",
            "BF..",
            ".1",
            "bf.1349",
            "aw.traore",
            "awa.traore",
            "@awa",
            "BFA.1",
            "B.1",
            "+22670112233",
            "22670112233",
            "BF.13 49",
            " BF.1349",
            "BF.1349\n",
            "BF.134é",
            "BF:1349",
            "awa@boutique.example",
        ] {
            assert_eq!(Bsuid::parse(text), Err(NotABsuid), "{text:?}");
        }
        assert!(Bsuid::parse(&format!("BF.{}", "9".repeat(254))).is_err());
    }

    #[test]
    fn what_is_no_number_of_metas_is_a_user_id() {
        // No operator has this range, and Benin's numbers have ten digits now: Meta's spelling is accepted.
        for wa_id in ["22697123456", "22997123456", "5511987654321"] {
            let recipient = Recipient::from_meta(wa_id).unwrap();
            assert_eq!(recipient.as_stored(), format!("+{wa_id}"));
            assert!(recipient.bsuid().is_none());
        }
        for id in ["BF.1349", PARENT] {
            let recipient = Recipient::from_meta(id).unwrap();
            assert_eq!(recipient.bsuid().unwrap().expose(), id);
            assert!(recipient.phone().is_none());
        }
        for text in ["", "0226701122", "awa", "+"] {
            assert_eq!(Recipient::from_meta(text), Err(NotARecipient));
        }
    }

    #[test]
    fn a_wa_id_is_read_by_its_form_alone() {
        assert_eq!(
            E164::from_wa_id("22997123456").unwrap().expose(),
            "+22997123456"
        );
        assert_eq!(
            E164::from_wa_id("+22997123456").unwrap().expose(),
            "+22997123456"
        );
        for (text, reason) in [
            ("", PhoneError::Empty),
            ("+", PhoneError::Empty),
            ("BF.1349", PhoneError::NotANumber),
            ("++22997123456", PhoneError::NotANumber),
            ("022997123456", PhoneError::UnknownCountry),
            ("229971", PhoneError::TooShort),
            ("2299712345678901", PhoneError::TooLong),
        ] {
            assert_eq!(E164::from_wa_id(text), Err(reason), "{text}");
        }
    }

    #[test]
    fn a_recipient_prints_masked() {
        let parent = Bsuid::parse(PARENT).unwrap();
        assert_eq!(parent.to_string(), format!("BF.{}830", "•".repeat(21)));
        assert_eq!(Bsuid::parse("BF.123456").unwrap().to_string(), "BF.•••••6");
        assert_eq!(Bsuid::parse("BF.1").unwrap().to_string(), "BF.•");
        let recipients = [
            Recipient::from_meta("22670112233"),
            Recipient::from_meta(PARENT),
        ];
        let printed = format!("{recipients:?} {parent:?}");
        assert!(
            !printed.contains("70112") && !printed.contains("1181"),
            "{printed}"
        );
    }

    proptest! {
        #[test]
        fn no_text_panics_and_what_is_stored_is_read_again(
            text in prop_oneof![".{0,40}", "\\+?[0-9]{5,17}", "[A-Z]{2}\\.(ENT\\.)?[A-Za-z0-9._-]{1,130}"],
        ) {
            for recipient in [Recipient::from_meta(&text), Recipient::from_stored(&text)].into_iter().flatten() {
                prop_assert_eq!(Recipient::from_stored(recipient.as_stored()), Ok(recipient));
            }
        }

        #[test]
        fn a_masked_id_shows_three_characters_at_most(id in "[0-9]{1,40}") {
            let printed = Bsuid::parse(&format!("BF.{id}")).unwrap().to_string();
            prop_assert!(printed.bytes().filter(u8::is_ascii_digit).count() <= 3);
        }
    }
}
