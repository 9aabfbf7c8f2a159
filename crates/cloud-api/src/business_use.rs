//! How much of its budget of managing calls an account has used (Meta, Graph API: rate limiting; header
//! `X-Business-Use-Case-Usage`).

use std::time::Duration;

use common::ids::WabaId;
use serde_json::Value;

use crate::error::ApiError;
use crate::open_text::integer;

pub(crate) const HEADER: &str = "x-business-use-case-usage";

/// The parts of the budget, each in percent. Meta refuses calls when any of them is used up.
const PARTS: [&str; 3] = ["call_count", "total_cputime", "total_time"];

/// The part of an account's budget that is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BusinessUse {
    /// The highest of the shares of calls, of processor time and of total time.
    pub percent: u32,
    /// In how long Meta takes calls again; `None` while it takes them.
    pub regain_access_after: Option<Duration>,
}

/// The result of a managing call, and the budget as the response states it.
#[derive(Debug)]
pub struct Managed<T> {
    /// The result.
    pub result: Result<T, ApiError>,
    /// The used budget; Meta states it only once the use is significant.
    pub business_use: Option<BusinessUse>,
}

impl<T> Managed<T> {
    /// The same with a result that is read further.
    pub(crate) fn and_then<U>(self, read: impl FnOnce(T) -> Result<U, ApiError>) -> Managed<U> {
        Managed {
            result: self.result.and_then(read),
            business_use: self.business_use,
        }
    }
}

impl BusinessUse {
    /// Parses the header: the highest values of the account, or of all accounts when the account is not known.
    pub(crate) fn read(header: &str, of: Option<&WabaId>) -> Option<Self> {
        let header: Value = serde_json::from_str(header).ok()?;
        let accounts = header.as_object()?.iter();
        accounts
            .filter(|(id, _)| of.is_none_or(|waba_id| waba_id.as_str() == *id))
            .flat_map(|(_, entries)| entries.as_array().into_iter().flatten())
            .map(Self::of_entry)
            .reduce(Self::higher)
    }

    fn of_entry(entry: &Value) -> Self {
        let number = |key: &str| {
            let value = entry.get(key).and_then(integer).unwrap_or_default();
            u32::try_from(value).unwrap_or_default()
        };
        let minutes = u64::from(number("estimated_time_to_regain_access"));
        Self {
            percent: PARTS.into_iter().map(number).max().unwrap_or_default(),
            regain_access_after: (minutes > 0).then(|| Duration::from_secs(minutes * 60)),
        }
    }

    fn higher(self, other: Self) -> Self {
        Self {
            percent: self.percent.max(other.percent),
            regain_access_after: self.regain_access_after.max(other.regain_access_after),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAMPLE: &str = r#"{"102290129340398":[
        {"type":"whatsapp","call_count":28,"total_cputime":25,"total_time":"31","estimated_time_to_regain_access":0},
        {"type":"whatsapp_business","call_count":100,"total_cputime":1,"total_time":1,
         "estimated_time_to_regain_access":19}],
        "7":[{"type":"whatsapp","call_count":3}]}"#;

    #[test]
    fn the_highest_share_of_the_account_counts() {
        let of = |id: &str| BusinessUse::read(SAMPLE, id.parse().ok().as_ref());
        let nineteen_minutes = Some(Duration::from_secs(19 * 60));
        let full = BusinessUse {
            percent: 100,
            regain_access_after: nineteen_minutes,
        };
        assert_eq!(of("102290129340398"), Some(full));
        let little = BusinessUse {
            percent: 3,
            regain_access_after: None,
        };
        assert_eq!(of("7"), Some(little));
        assert_eq!(of("8"), None);
        assert_eq!(BusinessUse::read(SAMPLE, None), Some(full));
    }

    #[test]
    fn a_header_of_another_form_says_nothing() {
        for other in ["", "x", "[]", "{}", r#"{"7":{}}"#, r#"{"7":[]}"#] {
            assert_eq!(BusinessUse::read(other, None), None, "{other}");
        }
        let odd = r#"{"7":[{"call_count":-1,"total_time":1e99}]}"#;
        assert_eq!(BusinessUse::read(odd, None), Some(BusinessUse::default()));
    }
}
