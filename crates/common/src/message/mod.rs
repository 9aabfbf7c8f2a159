//! The life of a message: its states and what changes them, what decides whether it may be sent, its lane, and the
//! opaque id that Meta returns in its statuses.

mod doubt;
mod due;
mod eligibility;
mod expired;
mod held;
mod lane;
mod life;
mod opaque;
mod outcome;
mod state;
#[cfg(test)]
mod tests;
mod transition;
mod window;

pub use doubt::DoubtPolicy;
pub use due::{DueKind, DueStep};
pub use eligibility::{Eligibility, EligibilityContext, EndReason, TimeLimits, wait_within_life};
pub use expired::ExpiredReason;
pub use held::HeldReason;
pub use lane::Lane;
pub use life::{DEFAULT_LIFE, OTP_LIFE, expires_at};
pub use opaque::{OpaqueId, OpaqueIdError, SIGNATURE_BYTES};
pub use outcome::PostOutcome;
pub use state::MessageState;
pub use transition::{Cause, Transition, settle, with_status};
pub use window::{WINDOW, Window, opens_window};
