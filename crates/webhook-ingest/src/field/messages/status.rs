//! A status of a message (Meta, webhooks reference: statuses).

use std::borrow::Cow;

use common::message::OpaqueId;
use common::wire::{Identity, StatusDetail, StatusReported};
use sealing::{SealError, TransitKey};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Unreadable, seal};
use crate::payload::time;

#[derive(Deserialize)]
struct Status<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    status: Cow<'a, str>,
    #[serde(borrow, default)]
    timestamp: Option<&'a RawValue>,
    #[serde(borrow, default)]
    recipient_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    recipient_user_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    biz_opaque_callback_data: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pricing: Option<Pricing<'a>>,
    #[serde(borrow, default)]
    errors: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Pricing<'a> {
    #[serde(borrow, default)]
    category: Option<Cow<'a, str>>,
    #[serde(borrow, default, rename = "type")]
    kind: Option<Cow<'a, str>>,
    #[serde(default)]
    billable: bool,
}

/// Reads one status.
pub(super) fn read(
    transit: &TransitKey,
    raw: &RawValue,
) -> Result<Result<StatusReported, Unreadable>, SealError> {
    let Ok(status) = serde_json::from_str::<Status<'_>>(raw.get()) else {
        return Ok(Err(Unreadable));
    };
    let Some(occurred_at) = time(status.timestamp) else {
        return Ok(Err(Unreadable));
    };
    let errors: Option<serde_json::Value> = status
        .errors
        .and_then(|raw| serde_json::from_str(raw.get()).ok());
    let error_code = errors.as_ref().and_then(first_code);
    let detail = StatusDetail {
        wamid: status.id.into_owned(),
        recipient: Identity {
            wa_id: status.recipient_id.map(Cow::into_owned),
            user_id: status.recipient_user_id.map(Cow::into_owned),
            parent_user_id: None,
        },
        in_group: false,
        errors,
    };
    let sealed = seal(transit, "status", &detail)?;
    let opaque_id = status
        .biz_opaque_callback_data
        .filter(|text| OpaqueId::parse(text).is_ok());
    let (category, kind, billable) = status.pricing.map_or((None, None, false), |pricing| {
        (pricing.category, pricing.kind, pricing.billable)
    });
    Ok(Ok(StatusReported {
        status: status.status.into_owned(),
        occurred_at,
        opaque_id: opaque_id.map(Cow::into_owned),
        error_code,
        pricing_category: category.map(Cow::into_owned),
        pricing_type: kind.map(Cow::into_owned),
        billable,
        sealed,
    }))
}

fn first_code(errors: &serde_json::Value) -> Option<i32> {
    i32::try_from(errors.get(0)?.get("code")?.as_i64()?).ok()
}
