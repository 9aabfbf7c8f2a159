//! Each condition of a statement chooses the rows that its rule in `common` chooses, for every combination of values.
//!
//! A condition is evaluated by Postgres on a row that is made for it; what is not known counts as not chosen.

use chrono::{DateTime, TimeDelta, Utc};
use common::campaign::CampaignState;
use common::message::{Cause, DueKind, HeldReason, MessageState, TimeLimits, Window};
use common::messaging_limit::{MessagingLimit, WINDOW_OPEN_FOR, counts_against_limit};
use common::number::{Connection, NumberState};
use common::template::{Category, TemplateStatus};
use testkit::TestDb;
use worker_storage::conditions;

/// Whether Postgres chooses the row: `rows` is what stands after `from`.
async fn chooses(admin: &tokio_postgres::Client, rows: &str, condition: &str) -> bool {
    let sql = format!("select coalesce(({condition}), false) from {rows}");
    let row = admin.query_one(&sql, &[]).await;
    row.unwrap_or_else(|error| panic!("{sql}: {error:?}"))
        .get(0)
}

/// A value of a column, or null.
fn code(value: Option<i16>) -> String {
    value.map_or_else(|| "null".to_owned(), |value| value.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claim_takes_the_states_that_are_claimable() {
    let database = TestDb::start().await;
    let admin = database.admin().await;
    for state in MessageState::ALL {
        let row = format!("(select {} as state) m", state.code());
        let chosen = chooses(&admin, &row, conditions::CLAIMABLE).await;
        assert_eq!(chosen, state.is_claimable(), "{state:?}");
        assert_eq!(chosen, state.after(Cause::Claimed).is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_is_chosen_when_it_can_send() {
    let database = TestDb::start().await;
    let admin = database.admin().await;
    for connection in Connection::ALL {
        for (has_token, is_breaker_open) in
            [(false, false), (false, true), (true, false), (true, true)]
        {
            let number = NumberState {
                connection,
                has_token,
                is_breaker_open,
            };
            let opened_at = if is_breaker_open { "now()" } else { "null" };
            let row = format!(
                "(select 1 as business_id, 'w' as waba_id, {} as connection, {opened_at}::timestamptz
                    as breaker_opened_at) n",
                connection.code()
            );
            // The name of the table stands for a table with a token, or without one.
            let is_not_stopped = conditions::NUMBER_NOT_STOPPED.replace(
                "access_tokens a",
                &format!("(select 1 as business_id, 'w' as waba_id where {has_token}) a"),
            );
            let is_not_stopped = chooses(&admin, &row, &is_not_stopped).await;
            let is_stopped = number.hold() == Some(HeldReason::NumberStopped);
            assert_eq!(is_not_stopped, !is_stopped, "{number:?}");
            let is_closed = chooses(&admin, &row, conditions::BREAKER_CLOSED).await;
            assert_eq!(is_closed, !is_breaker_open, "{number:?}");
            assert_eq!(is_not_stopped && is_closed, number.hold().is_none());
            let is_connected = chooses(&admin, &row, conditions::NUMBER_CONNECTED).await;
            assert_eq!(is_connected, connection.can_send(), "{number:?}");
            let is_dispatched = chooses(&admin, &row, conditions::NUMBER_SENDS).await;
            let with_token = NumberState {
                has_token: true,
                ..number
            };
            assert_eq!(is_dispatched, with_token.hold().is_none(), "{number:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_is_chosen_by_what_its_state_does_to_its_messages() {
    let database = TestDb::start().await;
    let admin = database.admin().await;
    let states = CampaignState::ALL.into_iter().map(Some).chain([None]);
    for state in states {
        let row = format!(
            "(select {}::smallint as state) c",
            code(state.map(CampaignState::code))
        );
        for (condition, expected) in [
            (
                conditions::CAMPAIGN_DISPATCHED,
                state.is_some_and(CampaignState::is_dispatched),
            ),
            (
                conditions::CAMPAIGN_HOLDS_NOTHING,
                !state.is_some_and(CampaignState::holds_messages),
            ),
            (
                conditions::CAMPAIGN_ENDS_MESSAGES,
                state.is_some_and(CampaignState::ends_messages),
            ),
        ] {
            let chosen = chooses(&admin, &row, condition).await;
            assert_eq!(chosen, expected, "{state:?}: {condition}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_is_chosen_when_it_may_be_sent() {
    let database = TestDb::start().await;
    let admin = database.admin().await;
    let words = [
        "APPROVED",
        "REINSTATED",
        "FLAGGED",
        "PENDING",
        "REJECTED",
        "PAUSED",
        "DISABLED",
        "DELETED",
        "PENDING_DELETION",
        "IN_APPEAL",
        "LIMIT_EXCEEDED",
        "ARCHIVED",
        "",
    ];
    for word in words
        .into_iter()
        .flat_map(|word| [word.to_owned(), word.to_lowercase()])
    {
        let row = format!("(select '{word}' as status) t");
        let chosen = chooses(&admin, &row, conditions::TEMPLATE_SENDABLE).await;
        let status = TemplateStatus::from_meta(&word);
        assert_eq!(chosen, status.is_sendable(), "{word}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_outstanding_by_what_it_waits_for() {
    let database = TestDb::start().await;
    let admin = database.admin().await;
    for kind in DueKind::ALL {
        for held in HeldReason::ALL.into_iter().map(Some).chain([None]) {
            let row = format!(
                "(select {}::smallint as kind, {}::smallint as held_reason) d",
                kind.code(),
                code(held.map(HeldReason::code))
            );
            let chosen = chooses(&admin, &row, conditions::OUTSTANDING).await;
            assert_eq!(chosen, kind.is_outstanding(held), "{kind:?} {held:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_consent_watermark_is_fresh_up_to_its_greatest_age() {
    let database = TestDb::start().await;
    let admin = database.admin().await;
    let (now, age) = (
        DateTime::from_timestamp(1_795_000_000, 0).unwrap(),
        TimeDelta::seconds(2),
    );
    let steps = [0, 1_000, 1_999, 2_000, 2_001, 60_000].map(TimeDelta::milliseconds);
    for until in steps
        .into_iter()
        .map(|step| Some(now - step))
        .chain([Some(now + age), None])
    {
        let since = format!("'{}'::timestamptz", (now - age).to_rfc3339());
        let condition = conditions::CONSENT_FRESH.replace("$3", &since);
        let row = format!("(select {} as up_to_time) k", time(until));
        let limits = TimeLimits {
            category: &Category::Marketing,
            expires_at: None,
            window: Window::default(),
            consent_applied_until: until,
        };
        let chosen = chooses(&admin, &row, &condition).await;
        assert_eq!(chosen, limits.is_consent_known(now, age), "{until:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_to_a_client_who_wrote_lately_is_exempt_from_the_messaging_limit() {
    let database = TestDb::start().await;
    let admin = database.admin().await;
    let now: DateTime<Utc> = admin.query_one("select now()", &[]).await.unwrap().get(0);
    // A minute on both sides of the end, because the condition reads the clock of the database.
    let ages = [
        TimeDelta::zero(),
        WINDOW_OPEN_FOR / 2,
        WINDOW_OPEN_FOR - TimeDelta::minutes(1),
        WINDOW_OPEN_FOR + TimeDelta::minutes(1),
        WINDOW_OPEN_FOR * 2,
    ];
    for wrote_at in ages.into_iter().map(|age| Some(now - age)).chain([None]) {
        let row = format!("(select {} as last_inbound_at) w", time(wrote_at));
        let chosen = chooses(&admin, &row, conditions::WINDOW_EXEMPTS).await;
        let window = Window {
            last_inbound_at: wrote_at,
        };
        assert_eq!(chosen, !counts_against_limit(window, now), "{wrote_at:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_is_limited_when_its_limit_is_a_number_of_people() {
    let database = TestDb::start().await;
    let admin = database.admin().await;
    for word in [
        "TIER_50",
        "TIER_250",
        "TIER_2K",
        "TIER_100K",
        "TIER_UNLIMITED",
        "TIER_",
        "TIER_K",
        "TIER_NOT_SET",
        "UNKNOWN",
        "",
    ] {
        let row = format!("(select '{word}' as messaging_limit) n");
        let chosen = chooses(&admin, &row, "is_limited(n.messaging_limit)").await;
        let is_limited = MessagingLimit::from_meta(word).people().is_some();
        assert_eq!(chosen, is_limited, "{word}");
    }
}

fn time(at: Option<DateTime<Utc>>) -> String {
    let at = at.map_or_else(|| "null".to_owned(), |at| format!("'{}'", at.to_rfc3339()));
    format!("{at}::timestamptz")
}
