//! The registry conforms to the privacy policy.

use std::collections::BTreeSet;

use super::*;
use chrono::TimeDelta;

/// How long backups are kept.
const BACKUPS: TimeDelta = TimeDelta::days(14);

#[test]
fn nothing_time_bound_outlives_twelve_months_with_its_backups() {
    for table in &TABLES {
        let (Retention::Partition(category)
        | Retention::Rows(category, ..)
        | Retention::ByService(category, _)) = table.retention
        else {
            continue;
        };
        let longest = category.ceiling();
        assert!(longest + BACKUPS <= TimeDelta::days(365), "{}", table.name);
        assert!(category.default_period() <= longest, "{}", table.name);
    }
}

#[test]
fn a_setting_shortens_a_period_and_never_lengthens_it() {
    let days = TimeDelta::days;
    for (category, wanted, period) in [
        (Category::Messages, 9999, 351),
        (Category::Events, 100, 100),
        (Category::InboundMessages, 0, 31),
        (Category::Files, 351, 70),
        (Category::Files, 50, 50),
        (Category::Files, 1, 31),
        (Category::Contacts, 31, 351),
        (Category::ServiceWindows, 351, 30),
    ] {
        let found = category.shortened_to(days(wanted));
        assert_eq!(found, days(period), "{category:?} of {wanted}");
    }
}

#[test]
fn one_time_codes_are_gone_after_five_minutes_and_files_after_seventy_days() {
    assert_eq!(Category::OneTimeCodes.ceiling(), TimeDelta::minutes(5));
    assert_eq!(Category::Files.ceiling(), TimeDelta::days(70));
}

#[test]
fn every_table_is_listed_once_and_every_parent_is_a_table() {
    let names: BTreeSet<_> = TABLES.iter().map(|table| table.name).collect();
    assert_eq!(names.len(), TABLES.len());
    for entry in &TABLES {
        if let Retention::WithParent(parent) = entry.retention {
            assert!(table(parent).is_some(), "{} of {parent}", entry.name);
        }
    }
}

#[test]
fn rows_expire_a_period_after_their_time_or_at_it() {
    let now = "2026-06-30T12:00:00Z".parse().unwrap();
    let cutoff = |name| table(name).unwrap().expiring().unwrap().cutoff(now);
    assert_eq!(cutoff("idempotency_keys"), now - TimeDelta::days(7));
    assert_eq!(cutoff("otp_secrets"), now);
    assert_eq!(table("messages").unwrap().expiring(), None);
    assert_eq!(table("no_such_table"), None);
}
