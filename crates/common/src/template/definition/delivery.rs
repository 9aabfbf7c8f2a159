//! How Meta delivers the messages of a template: for how long it tries, and what a delivery may cost.

use serde_json::{Value, json};

use super::check::Check;
use super::fields::Fields;
use super::rules::frame::{BID_AMOUNT, BID_CATEGORY, TTL_RANGE};
use crate::template::category::Category;

/// `-1` asks for 30 days.
const THIRTY_DAYS: i64 = -1;

/// The seconds for which Meta tries to deliver a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TimeToLive(i64);

/// The most that deliveries of a marketing template may cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct MaxPrice {
    bid_strategy: String,
    /// What 1,000 deliveries may cost, in the smallest unit of the currency.
    bid_amount: u64,
}

impl TimeToLive {
    /// Reads `message_send_ttl_seconds`, whose range depends on the category.
    pub(super) fn read(fields: &Fields<'_>, check: &mut Check) -> Option<Self> {
        let seconds = fields.integer("message_send_ttl_seconds", check)?;
        let (range, allows_thirty_days) = match check.category {
            Category::Authentication => (30..=900, true),
            Category::Utility => (30..=43_200, true),
            Category::Marketing => (43_200..=2_592_000, false),
            Category::Service | Category::Other(_) => return None,
        };
        if range.contains(&seconds) || (allows_thirty_days && seconds == THIRTY_DAYS) {
            return Some(Self(seconds));
        }
        let default = if allows_thirty_days {
            " (-1: 30 × 24 h)"
        } else {
            ""
        };
        let allowed = format!("{}–{}{default}", range.start(), range.end());
        let at = fields.at("message_send_ttl_seconds");
        check.refuse_with(&TTL_RANGE, &at, &[("allowed", &allowed)]);
        None
    }

    pub(super) const fn seconds(self) -> i64 {
        self.0
    }
}

impl MaxPrice {
    /// Reads `optimization_spec`.
    pub(super) fn read(fields: &Fields<'_>, check: &mut Check) -> Option<Self> {
        let fields = fields.object("optimization_spec", check)?;
        if !check.may_be(&Category::Marketing) {
            check.refuse(&BID_CATEGORY, fields.pointer());
        }
        fields.allow(&["bid_strategy", "bid_amount"], check);
        let bid_strategy = fields.required_text("bid_strategy", check);
        if !fields.has("bid_amount") {
            fields.missing("bid_amount", check);
        }
        let amount = fields.integer("bid_amount", check)?;
        let amount = u64::try_from(amount).ok().filter(|amount| *amount > 0);
        if amount.is_none() {
            check.refuse(&BID_AMOUNT, &fields.at("bid_amount"));
        }
        Some(Self {
            bid_strategy: bid_strategy?.to_owned(),
            bid_amount: amount?,
        })
    }

    pub(super) fn to_meta(&self) -> Value {
        json!({"bid_strategy": self.bid_strategy, "bid_amount": self.bid_amount})
    }
}
