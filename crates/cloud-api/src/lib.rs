//! The client of Meta's Graph and WhatsApp Cloud API: the only crate that calls Meta.
//!
//! A call is sent once: the client follows no redirect and retries nothing by itself, because Meta has no idempotency
//! key and a duplicate of a message costs money and trust. [`CloudApi::send_message`] therefore returns no error: it
//! reports the known outcome, and only a message that is *proven* not accepted may be sent again.
//!
//! Tokens are sent in the `Authorization` header and never in a URL, with one exception that Meta requires
//! ([`CloudApi::debug_token`]). No error, `Debug` output or metric holds personal data or a secret.

mod business_use;
mod classify;
mod client;
mod error;
mod failure;
mod media;
mod metrics;
mod open_text;
mod paging;
mod phone_number;
mod sample;
mod send;
mod settings;
mod subscription;
mod template;
mod template_change;
mod token;

pub use business_use::{BusinessUse, Managed};
pub use classify::{ErrorClass, ThrottleScope, class_of_code, explain};
pub use client::{CloudApi, NewError};
pub use error::{ApiError, MetaError, Refusal, TransportError};
pub use failure::CallFailure;
pub use media::OutgoingMedia;
pub use phone_number::{PhoneNumberNode, PhoneNumberStatus, Throughput, ThroughputLevel};
pub use sample::{SampleFile, SampleHandle};
pub use send::{
    AnsweredContact, Endpoint, MarketingOptions, OutgoingContent, OutgoingMessage, ProductPolicy,
    SendReport,
};
pub use settings::{CloudApiSettings, SettingsError};
pub use subscription::SubscribedApp;
pub use template::TemplateNode;
pub use template_change::CreatedTemplate;
pub use token::{GranularScope, TokenInfo};
