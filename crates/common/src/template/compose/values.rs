//! The values that are more than a text: how each is read.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value};

/// A time with its offset; `None` for what is no time, or one that cannot be written in milliseconds.
pub(super) fn time(text: &str) -> Option<DateTime<Utc>> {
    let time = DateTime::parse_from_rfc3339(text).ok()?;
    Some(time.to_utc())
}

/// Degrees within the limit. Spreadsheets of many countries write a comma for the point.
pub(super) fn degrees(text: &str, limit: u8) -> Option<f64> {
    let degrees: f64 = text.replace(',', ".").parse().ok()?;
    let limit = f64::from(limit);
    (-limit..=limit).contains(&degrees).then_some(degrees)
}

/// An object of JSON.
pub(super) fn json_object(text: &str) -> Option<Map<String, Value>> {
    serde_json::from_str(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn degrees_have_a_point_or_a_comma_and_stay_within_the_limit() {
        assert_eq!(degrees("12.3714", 90), Some(12.3714));
        assert_eq!(degrees("-1,5197", 180), Some(-1.5197));
        assert_eq!(degrees("90", 90), Some(90.0));
        for text in ["90.01", "-91", "NaN", "inf", "1.2.3", "12°", "", "1,234.5"] {
            assert_eq!(degrees(text, 90), None, "{text}");
        }
    }

    #[test]
    fn a_time_has_its_offset() {
        let noon = time("2026-12-31T12:00:00Z");
        assert_eq!(time("2026-12-31T13:00:00+01:00"), noon);
        assert!(noon.is_some());
        for text in [
            "",
            "2026-12-31",
            "2026-12-31T12:00:00",
            "1798714800000",
            "31/12/2026",
        ] {
            assert_eq!(time(text), None, "{text}");
        }
    }

    #[test]
    fn only_an_object_is_an_object() {
        assert!(json_object("{\n\"order\": \"A7\"}").is_some());
        for text in ["", "[]", "\"a\"", "7", "{", "{} {}"] {
            assert_eq!(json_object(text), None, "{text}");
        }
    }
}
