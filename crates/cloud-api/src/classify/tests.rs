//! One case for each code, written from Meta's reference and not from the table.

use common::message::PostOutcome::{
    self, Doubt, NotAccepted, NumberStopped, Rejected, TemplateStopped,
};
use proptest::prelude::*;

use super::table::TABLE;
use super::*;

/// HTTP status, outcome, and the codes that come with both.
const CASES: &[(u16, PostOutcome, &[i32])] = &[
    (401, NumberStopped, &[0, 102, 104, 190]),
    (400, Doubt, &[1, 17, 32, 613, 80008, 132_069, 2_494_100]),
    (503, Doubt, &[2, 133_004]),
    (500, Doubt, &[131_000, 131_016, 131_057]),
    (500, NumberStopped, &[3, 131_045]),
    (400, NotAccepted, &[4, 80007, 130_429, 131_056, 134_101]),
    (
        403,
        NumberStopped,
        &[10, 200, 219, 299, 368, 131_005, 131_031],
    ),
    (404, NumberStopped, &[803]),
    (
        400,
        NumberStopped,
        &[33, 131_037, 131_048, 131_064, 133_000, 133_006, 133_010],
    ),
    (400, NumberStopped, &[131_042, 131_044, 134_011]),
    (
        400,
        Rejected,
        &[
            100, 192, 131_008, 131_009, 131_014, 131_020, 131_035, 131_036,
        ],
    ),
    (
        400,
        Rejected,
        &[
            131_041, 131_047, 131_051, 131_052, 131_053, 131_055, 131_060,
        ],
    ),
    (
        400,
        Rejected,
        &[131_201, 131_208, 131_215, 135_000, 134_100, 200_002],
    ),
    (400, Rejected, &[2_388_023, 2_388_024]),
    (
        400,
        Rejected,
        &[
            130_403, 130_472, 131_021, 131_026, 131_030, 131_049, 131_050,
        ],
    ),
    (
        400,
        Rejected,
        &[131_061, 131_062, 131_065, 131_070, 137_000],
    ),
    (403, Rejected, &[130_497]),
    (404, TemplateStopped, &[132_001]),
    (400, TemplateStopped, &[132_015, 132_016, 131_063]),
    (500, TemplateStopped, &[134_102]),
    (
        400,
        Rejected,
        &[
            132_000, 132_005, 132_007, 132_008, 132_012, 132_018, 132_068,
        ],
    ),
    (
        400,
        Rejected,
        &[
            131_059, 133_005, 133_008, 133_009, 133_015, 133_016, 136_024,
        ],
    ),
    (
        400,
        Rejected,
        &[138_000, 139_000, 139_100, 139_101, 139_102, 139_103],
    ),
    (
        400,
        Rejected,
        &[
            147_001, 147_003, 147_005, 200_005, 200_006, 200_007, 1_752_041,
        ],
    ),
    (
        400,
        Rejected,
        &[
            2_388_001, 2_388_012, 2_388_019, 2_388_039, 2_388_040, 2_388_047,
        ],
    ),
    (
        400,
        Rejected,
        &[
            2_388_072, 2_388_073, 2_388_091, 2_388_093, 2_388_103, 2_388_293,
        ],
    ),
    (
        400,
        Rejected,
        &[
            2_388_299, 2_494_164, 2_494_179, 2_494_191, 2_593_079, 2_593_085,
        ],
    ),
    (400, Rejected, &[2_593_107, 2_593_108, 2_593_109]),
];

fn outcome(code: i32, http_status: u16) -> PostOutcome {
    let error = MetaError::with_code(code);
    ErrorClass::of(&error, http_status).post_outcome(Some(code), Some(http_status))
}

#[test]
fn each_code_has_its_outcome() {
    let mut seen = 0;
    for (http_status, expected, codes) in CASES {
        for code in *codes {
            assert!(is_known(*code), "{code} has no row");
            assert_eq!(outcome(*code, *http_status), *expected, "{code}");
        }
        seen += codes.len();
    }
    assert!(seen >= TABLE.len(), "{seen} cases for {} rows", TABLE.len());
    for row in TABLE {
        let tested = CASES.iter().any(|(_, _, codes)| codes.contains(&row.first));
        assert!(tested || row.first != row.last, "{} has no case", row.first);
    }
}

#[test]
fn the_scope_of_each_throttle_is_known() {
    let class = |code| ErrorClass::of(&MetaError::with_code(code), 400);
    assert_eq!(class(4), ErrorClass::Throttle(ThrottleScope::App));
    assert_eq!(class(80007), ErrorClass::Throttle(ThrottleScope::Waba));
    assert_eq!(class(130_429), ErrorClass::Throttle(ThrottleScope::Number));
    assert_eq!(class(131_056), ErrorClass::Throttle(ThrottleScope::Pair));
    assert_eq!(class(131_048), ErrorClass::SpamLimited);
    assert_eq!(class(131_042), ErrorClass::Billing);
    assert_eq!(class(132_000), ErrorClass::TemplateRefused);
}

#[test]
fn what_meta_refuses_a_user_id_is_the_recipients_and_says_what_is_missing() {
    let refused = ErrorClass::of(&MetaError::with_code(131_062), 400);
    assert_eq!(refused, ErrorClass::PermanentRecipient);
    assert!(explain(131_062).contains("phone number"));
}

#[test]
fn an_object_that_may_not_be_seen_stops_the_number_and_not_the_message() {
    let mut error = MetaError::with_code(100);
    assert_eq!(ErrorClass::of(&error, 400), ErrorClass::PermanentMessage);
    error.subcode = Some(33);
    assert_eq!(ErrorClass::of(&error, 400), ErrorClass::NumberStopped);
}

#[test]
fn an_unknown_code_is_judged_by_the_http_status() {
    assert!(!is_known(999_999));
    for (http_status, expected) in [
        (400, Rejected),
        (404, Rejected),
        (429, NotAccepted),
        (408, Doubt),
        (500, Doubt),
        (502, Doubt),
        (200, Doubt),
    ] {
        assert_eq!(
            outcome(999_999, http_status),
            expected,
            "HTTP {http_status}"
        );
    }
}

#[test]
fn http_429_proves_that_nothing_was_accepted_whatever_the_code() {
    assert_eq!(outcome(131_000, 429), NotAccepted);
    assert_eq!(outcome(17, 429), NotAccepted);
    assert_eq!(outcome(139_999, 429), NotAccepted);
    assert_eq!(outcome(131_026, 429), Rejected);
}

#[test]
fn the_rows_ascend_without_overlap() {
    for pair in TABLE.windows(2) {
        assert!(
            pair[0].last < pair[1].first,
            "{} and {}",
            pair[0].first,
            pair[1].first
        );
    }
    assert!(
        TABLE
            .iter()
            .all(|row| row.first <= row.last && !row.meaning.is_empty())
    );
}

proptest! {
    #[test]
    fn only_what_is_proven_may_be_sent_again(code in prop_oneof![0..3_000_000_i32, 0..1_000, 130_000..135_000], http_status in 100_u16..600) {
        let proven = http_status == 429 || REPLAYABLE.contains(&code);
        prop_assert!(proven || outcome(code, http_status) != NotAccepted);
    }
}
