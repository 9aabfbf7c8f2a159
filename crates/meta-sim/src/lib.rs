//! A simulator of the part of the WhatsApp Cloud API that Djigbachats uses, with a ledger.
//!
//! It is the sandbox of developers (the `meta-sim` program) and, in process, the test double and the oracle of tests.
//! It is written from Meta's documents and shares no code with the product, so that a mistake of the product is not
//! repeated here.
//!
//! ```no_run
//! # async fn example() -> Result<(), meta_sim::StartError> {
//! let config = meta_sim::SimConfig {
//!     webhook_url: Some("http://127.0.0.1:8081/webhooks/meta".to_owned()),
//!     behaviour: meta_sim::WebhookBehaviour::quick(),
//!     ..Default::default()
//! };
//! let sim = meta_sim::Simulator::start(config).await?;
//! let number = format!("{}/v25.0/{}", sim.base_url(), meta_sim::sample::PHONE_NUMBER_ID);
//! // POST {number}/messages with `Authorization: Bearer` and `meta_sim::sample::TOKEN` …
//! # drop(number);
//! sim.settled().await;
//! assert_eq!(sim.summary().repeated_opaque_ids, 0);
//! sim.stop().await;
//! # Ok(())
//! # }
//! ```

mod bsuid;
mod choices;
mod clock;
mod config;
mod connection;
mod control;
mod fault;
mod graph;
mod ledger;
mod limits;
mod number_plan;
mod pacing;
mod recipient_rules;
mod script;
mod simulator;
mod state;
mod stats;
mod template_life;
mod wamid;
mod webhook;

pub use config::{DelayMs, SimConfig, WebhookBehaviour};
pub use control::error::ControlError;
pub use control::handshake::HandshakeReport;
pub use control::inbound::{FieldChange, Inbound};
pub use control::numbers::NumberChange;
pub use control::preferences::Preference;
pub use control::resend::Resend;
pub use control::templates::TemplateKey;
pub use control::templates::category::{CategoryChange, CategoryChangeTime};
pub use control::templates::pacing::{Paced, Verdict, VerdictReport};
pub use control::templates::status::{Pause, TemplateQuality, TemplateStatus};
pub use fault::{Fault, Step, UNNAMED_THROTTLE_CODE};
pub use ledger::{
    AcceptedMessage, Answered, LedgerEntry, LedgerFileError, LedgerSummary, SendRate,
};
pub use limits::management::ManagementCalls;
pub use limits::{Limits, RefusedIn, TemplateLimits};
pub use script::{Endpoint, Match, Script, ScriptReport};
pub use simulator::{Simulator, StartError};
pub use state::account::{Account, Number, Template, Token};
pub use state::media::UploadedMedia;
pub use state::sample;
pub use state::sample::SampleError;
pub use state::templates_file::read as read_templates;
pub use stats::Stats;
pub use template_life::{ReviewBehaviour, ReviewRule};
