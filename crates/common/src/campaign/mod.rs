//! Campaigns: one template to many recipients, and the state of each row of the audience.

mod pause_reason;
mod recipient;
mod row_note;
mod skip_reason;
mod state;
mod transition;

pub use pause_reason::PauseReason;
pub use recipient::RecipientState;
pub use row_note::RowNote;
pub use skip_reason::SkipReason;
pub use state::CampaignState;
pub use transition::{CampaignChange, CampaignMessages, CampaignTime, CampaignTransition, Refused};
