//! The life of a message: its state machine, its lane, and the opaque id that Meta returns in its statuses.

mod eligibility;
mod expired;
mod held;
mod lane;
mod opaque;
mod state;
#[cfg(test)]
mod tests;
mod window;

pub use eligibility::{Eligibility, EligibilityContext, EndReason};
pub use expired::ExpiredReason;
pub use held::HeldReason;
pub use lane::Lane;
pub use opaque::{OpaqueId, OpaqueIdError, SIGNATURE_BYTES};
pub use state::{DoubtPolicy, MessageState, PostOutcome, Settlement, settle, with_status};
pub use window::{WINDOW, Window, opens_window};
