//! A location.

use serde::{Deserialize, Serialize};

use super::faults::Faults;

/// Meta states no limit for the name or address of a location; this limit is ours, far above what a phone shows.
const LONGEST_WORDS: usize = 1_000;

/// A location, in degrees.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct Location {
    /// From -90 (south) to 90.
    pub latitude: f64,
    /// From -180 (west) to 180.
    pub longitude: f64,
    /// The name of the place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
}

impl Location {
    pub(super) fn check(&self, faults: &mut Faults) {
        if !(-90.0..=90.0).contains(&self.latitude) {
            faults.add("/latitude", "should be from -90 to 90");
        }
        if !(-180.0..=180.0).contains(&self.longitude) {
            faults.add("/longitude", "should be from -180 to 180");
        }
        for (pointer, words) in [("/name", &self.name), ("/address", &self.address)] {
            if let Some(words) = words {
                faults.text(pointer, words, LONGEST_WORDS);
            }
        }
    }
}
