//! Meta's error codes: HTTP status, title, details (Meta, Cloud API error codes). Statuses are those of Meta's table
//! even where a better one is known; codes without one get 400.

mod management;
mod sending;

/// One code.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ErrorCode {
    pub(crate) code: i64,
    pub(crate) http_status: u16,
    pub(crate) title: &'static str,
    pub(crate) details: &'static str,
}

const fn row(code: i64, http_status: u16, title: &'static str, details: &'static str) -> ErrorCode {
    ErrorCode {
        code,
        http_status,
        title,
        details,
    }
}

const UNNAMED: ErrorCode = row(
    0,
    400,
    "Unnamed error",
    "This code is in no table of the simulator.",
);
/// All of them denote permissions that were not granted or have been removed.
const PERMISSIONS: std::ops::RangeInclusive<i64> = 200..=299;
const PERMISSION: i64 = 200;

/// The row of a code; an unnamed one for undocumented codes.
pub(crate) fn of(code: i64) -> ErrorCode {
    let named = if PERMISSIONS.contains(&code) {
        PERMISSION
    } else {
        code
    };
    let rows = sending::CODES.iter().chain(management::CODES);
    let found = rows.copied().find(|row| row.code == named);
    ErrorCode {
        code,
        ..found.unwrap_or(UNNAMED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_in_the_tables_once() {
        let rows = sending::CODES.iter().chain(management::CODES);
        let codes: Vec<i64> = rows.map(|row| row.code).collect();
        let different: std::collections::BTreeSet<_> = codes.iter().collect();
        assert_eq!(different.len(), codes.len());
        assert!(sending::CODES.is_sorted_by(|a, b| a.code < b.code));
        assert!(management::CODES.is_sorted_by(|a, b| a.code < b.code));
    }

    #[test]
    fn an_unnamed_code_keeps_its_number() {
        assert_eq!(of(139_999).code, 139_999);
        assert_eq!(of(132_001).http_status, 404);
        assert_eq!((of(210).code, of(210).http_status), (210, 403));
    }
}
