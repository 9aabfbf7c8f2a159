//! Conditions of statements that say the same as a rule of `common`, where a statement has to choose rows before the
//! rule can see them. Each is written once and named after its rule; `storage/tests/it/sql_rules.rs` compares it with
//! the rule for every combination of values.
//!
//! The rows are named by their first letters: `m` of `messages`, `d` of `due_messages`, `n` of `phone_numbers`, `c` of
//! `campaigns`, `t` of `templates`, `w` of `service_windows`, `k` of `watermarks`. Codes are literals, because partial
//! indexes are only used when the planner sees the value.

use common::campaign::CampaignState;
use common::message::{DueKind, HeldReason, MessageState};
use common::messaging_limit::WINDOW_OPEN_FOR;
use common::number::Connection;
use const_format::formatcp;

const ACCEPTED: i16 = MessageState::Accepted.code();
const DRAFT: i16 = CampaignState::Draft.code();
const RUNNING: i16 = CampaignState::Running.code();
const PAUSED: i16 = CampaignState::Paused.code();
const CANCELLED: i16 = CampaignState::Cancelled.code();
const CONNECTED: i16 = Connection::Connected.code();
const LEASE: i16 = DueKind::Lease.code();
const PUBLISH: i16 = DueKind::Publish.code();
const HELD: i16 = DueKind::Held.code();
const MESSAGING_LIMIT: i16 = HeldReason::MessagingLimit.code();
const CONSENT_LAG: i16 = HeldReason::ConsentLag.code();
const MEDIA_NOT_UPLOADED: i16 = HeldReason::MediaNotUploaded.code();
const OPEN_FOR_SECONDS: i64 = WINDOW_OPEN_FOR.num_seconds();

/// A claim may take the message: [`MessageState::is_claimable`].
pub const CLAIMABLE: &str = formatcp!("m.state = {ACCEPTED}");

/// The number is connected: [`Connection::can_send`].
pub const NUMBER_CONNECTED: &str = formatcp!("n.connection = {CONNECTED}");

/// The number is not stopped: [`common::number::NumberState::hold`] gives no
/// [`NumberStopped`](HeldReason::NumberStopped).
pub const NUMBER_NOT_STOPPED: &str = formatcp!(
    "{NUMBER_CONNECTED} and exists (select from access_tokens a where a.business_id = n.business_id
        and a.waba_id = n.waba_id)"
);

/// The breaker of the number is closed: [`common::number::NumberState::is_breaker_open`].
pub const BREAKER_CLOSED: &str = "n.breaker_opened_at is null";

/// Nothing holds the messages of a number that has a token, as every connected number has:
/// [`common::number::NumberState::hold`].
pub const NUMBER_SENDS: &str = formatcp!("{NUMBER_CONNECTED} and {BREAKER_CLOSED}");

/// The rows of the campaign are dispatched: [`CampaignState::is_dispatched`].
pub const CAMPAIGN_DISPATCHED: &str = formatcp!("c.state = {RUNNING}");

/// The campaign, if there is one, does not hold its messages: [`CampaignState::holds_messages`].
pub const CAMPAIGN_HOLDS_NOTHING: &str =
    formatcp!("(c.state is null or c.state not in ({DRAFT}, {PAUSED}))");

/// The campaign ends its messages: [`CampaignState::ends_messages`].
pub const CAMPAIGN_ENDS_MESSAGES: &str = formatcp!("c.state = {CANCELLED}");

/// The template may be sent: [`common::template::TemplateStatus::is_sendable`].
pub const TEMPLATE_SENDABLE: &str = "upper(t.status) in ('APPROVED', 'REINSTATED', 'FLAGGED')";

/// The consent watermark is fresh, if `$3` is the time that it must have reached:
/// [`common::message::TimeLimits::is_consent_known`].
pub const CONSENT_FRESH: &str = "k.up_to_time >= $3";

/// The message fills the number's share of the dispatch: [`DueKind::is_outstanding`].
pub const OUTSTANDING: &str = formatcp!(
    "(d.kind in ({LEASE}, {PUBLISH})
        or (d.kind = {HELD} and d.held_reason in ({MESSAGING_LIMIT}, {CONSENT_LAG}, {MEDIA_NOT_UPLOADED})))"
);

/// A message to the client of the window does not count against the messaging limit; not so if there is no window:
/// [`common::messaging_limit::counts_against_limit`].
pub const WINDOW_EXEMPTS: &str = formatcp!(
    "w.last_inbound_at > statement_timestamp() - {OPEN_FOR_SECONDS} * interval '1 second'"
);
