//! A location on the map.

use common::content::Location;
use serde::Deserialize;
use utoipa::ToSchema;

/// A location on the map. It can be sent only while the customer service window is open.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LocationToSend {
    #[schema(minimum = -90, maximum = 90, example = 12.3714)]
    latitude: f64,
    #[schema(minimum = -180, maximum = 180, example = -1.5197)]
    longitude: f64,
    /// The name of the location.
    #[schema(
        min_length = 1,
        max_length = 1000,
        pattern = r"[^\s\x85]",
        example = "Boutique Faso"
    )]
    name: Option<String>,
    /// The address of the location.
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
