//! The numbers that a business sends from.

mod connect;
mod disconnect;
mod get;
mod list;
mod verify;

use chrono::{DateTime, Utc};
use common::access::Permission::{NumbersManage, NumbersRead};
use common::ids::{PhoneNumberId, WabaId};
use common::message::HeldReason;
use serde::Serialize;
use storage::phone_numbers::PhoneNumber;
use utoipa::ToSchema;

use crate::routes::{Resource, Route, Tag, handler};

/// The heading of the resource in the OpenAPI document.
pub(super) const TAG: Tag = Tag {
    name: "numbers",
    description: "WhatsApp numbers and their accounts",
};

/// The routes of the resource.
pub(super) static RESOURCE: Resource = Resource {
    tag: TAG,
    routes: &[
        Route::of_business(NumbersManage, handler!(connect::connect_number)),
        Route::of_business(NumbersRead, handler!(list::list_numbers)),
        Route::of_business(NumbersRead, handler!(get::get_number)),
        Route::of_business(NumbersManage, handler!(disconnect::disconnect_number)),
    ],
};

/// A number.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Number {
    #[schema(value_type = String, example = "106540352242922")]
    phone_number_id: PhoneNumberId,
    #[schema(value_type = String, example = "102289599326934")]
    waba_id: WabaId,
    #[schema(example = "+226 70 11 22 33")]
    display_phone_number: String,
    /// The name that recipients see.
    #[schema(example = "Boutique Wend-Panga")]
    verified_name: String,
    /// Meta's quality rating.
    #[schema(example = "GREEN")]
    quality_rating: String,
    /// Meta's throughput level, or `COEXISTENCE` for a number that is also used in the WhatsApp Business app.
    #[schema(example = "STANDARD")]
    throughput_level: String,
    /// Meta's messaging limit: how many people the number's portfolio may message in 24 hours.
    #[schema(example = "TIER_2K")]
    messaging_limit: String,
    /// `connected`, `stopped` or `disconnected`.
    #[schema(example = "connected")]
    connection: &'static str,
    /// Why it is stopped. Its messages are held until it is connected again.
    stopped_reason: Option<String>,
    connected_at: DateTime<Utc>,
    /// Why its messages are held for now, although it is connected.
    breaker: Option<Breaker>,
}

/// For several messages in a row it is not known whether Meta accepted them. Sending continues when Meta gives a clear
/// answer.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = NumberBreaker)]
pub(crate) struct Breaker {
    opened_at: DateTime<Utc>,
    /// Why the breaker opened.
    reason: String,
    /// What closes the breaker.
    freed_by: &'static str,
}

impl From<PhoneNumber> for Number {
    fn from(number: PhoneNumber) -> Self {
        Self {
            phone_number_id: number.phone_number_id,
            waba_id: number.waba_id,
            display_phone_number: number.display_phone_number,
            verified_name: number.verified_name,
            quality_rating: number.quality_rating,
            throughput_level: number.throughput_level,
            messaging_limit: number.messaging_limit,
            connection: number.connection.as_str(),
            stopped_reason: number.stopped_reason,
            connected_at: number.connected_at,
            breaker: number.breaker.map(|breaker| Breaker {
                opened_at: breaker.opened_at,
                reason: breaker.reason,
                freed_by: HeldReason::BreakerOpen.freed_by(),
            }),
        }
    }
}
