//! The country of numbers without a country code.

use std::fmt;
use std::str::FromStr;

use rlibphonenumber::PHONE_NUMBER_UTIL;
use thiserror::Error;

/// A country by its ISO 3166 alpha-2 code, with a known numbering plan.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Region(rlibphonenumber::Region);

/// The text is not the ISO 3166 alpha-2 code of a country with a known numbering plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("unknown region: expected a two-letter country code such as BF")]
pub struct UnknownRegion;

impl Region {
    /// Burkina Faso, +226.
    pub const BF: Self = Self(rlibphonenumber::Region::BF);
    /// Benin, +229.
    pub const BJ: Self = Self(rlibphonenumber::Region::BJ);
    /// Ivory Coast, +225.
    pub const CI: Self = Self(rlibphonenumber::Region::CI);
    /// Mali, +223.
    pub const ML: Self = Self(rlibphonenumber::Region::ML);
    /// Niger, +227.
    pub const NE: Self = Self(rlibphonenumber::Region::NE);
    /// Senegal, +221.
    pub const SN: Self = Self(rlibphonenumber::Region::SN);
    /// Togo, +228.
    pub const TG: Self = Self(rlibphonenumber::Region::TG);

    /// The calling code, digits only.
    pub(super) fn calling_code(self) -> Option<String> {
        let code = PHONE_NUMBER_UTIL.get_country_code_for_region(self.0)?;
        Some(code.to_string())
    }

    pub(super) const fn numbering_plan(self) -> rlibphonenumber::Region {
        self.0
    }
}

impl Default for Region {
    fn default() -> Self {
        Self::BF
    }
}

impl FromStr for Region {
    type Err = UnknownRegion;

    fn from_str(code: &str) -> Result<Self, Self::Err> {
        let region: rlibphonenumber::Region = code.parse().map_err(|_| UnknownRegion)?;
        PHONE_NUMBER_UTIL
            .get_country_code_for_region(region)
            .filter(|_| region != rlibphonenumber::Region::World)
            .map(|_| Self(region))
            .ok_or(UnknownRegion)
    }
}

impl fmt::Display for Region {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl fmt::Debug for Region {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Region({self})")
    }
}
