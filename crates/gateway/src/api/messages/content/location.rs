//! A place on the map.

use common::content::Location;
use serde::Deserialize;
use utoipa::ToSchema;

/// A place on the map; only while the client's window is open.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LocationToSend {
    #[schema(minimum = -90, maximum = 90, example = 12.3714)]
    latitude: f64,
    #[schema(minimum = -180, maximum = 180, example = -1.5197)]
    longitude: f64,
    /// What the place is called.
    #[schema(
        min_length = 1,
        max_length = 1000,
        pattern = r"[^\s\x85]",
        example = "Boutique Faso"
    )]
    name: Option<String>,
    /// Where it is.
    #[schema(
        min_length = 1,
        max_length = 1000,
        pattern = r"[^\s\x85]",
        example = "Avenue Kwame N'Krumah, Ouagadougou"
    )]
    address: Option<String>,
}

impl From<LocationToSend> for Location {
    fn from(location: LocationToSend) -> Self {
        Self {
            latitude: location.latitude,
            longitude: location.longitude,
            name: location.name,
            address: location.address,
        }
    }
}
