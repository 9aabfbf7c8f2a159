//! The numbers that enums have in the database, for the text of statements: literals, because partial indexes are only used
//! when the planner sees the value.

use common::campaign::RecipientState;
use common::message::{DueKind, Lane, MessageState};
use common::number::Connection;

pub(crate) const SENDING: i16 = MessageState::Sending.code();
pub(crate) const UNKNOWN: i16 = MessageState::Unknown.code();

pub(crate) const HELD: i16 = DueKind::Held.code();

pub(crate) const OTP_LANE: i16 = Lane::Otp.code();
pub(crate) const CAMPAIGN_LANE: i16 = Lane::Campaign.code();

pub(crate) const STOPPED: i16 = Connection::Stopped.code();
pub(crate) const DISCONNECTED: i16 = Connection::Disconnected.code();

/// Of a row of `campaign_recipients`.
pub(crate) const PLANNED_ROW: i16 = RecipientState::Planned.code();
