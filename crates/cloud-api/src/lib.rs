//! The client of Meta's Graph and WhatsApp Cloud API: the only crate that speaks to Meta.
//!
//! A call is sent once: the client follows no redirect and repeats nothing by itself, because Meta has no idempotency
//! key and a second copy of a message costs money and trust. [`CloudApi::send_message`] therefore never fails; it
//! reports what is known, and only what is *proven* not to have been accepted may be sent again.
//!
//! Tokens travel in the `Authorization` header and never in a URL, with the one exception that Meta leaves no choice
//! about ([`CloudApi::debug_token`]). No error, `Debug` output or metric holds personal data or a secret.

mod classify;
mod client;
mod error;
mod media;
mod metrics;
mod open_text;
mod paging;
mod phone_number;
mod send;
mod settings;
mod subscription;
mod template;
mod token;

pub use classify::{ErrorClass, ThrottleScope, class_of_code, explain};
pub use client::{CloudApi, NewError};
pub use error::{ApiError, MetaError, Refusal, TransportError};
pub use media::OutgoingMedia;
pub use phone_number::{PhoneNumberNode, PhoneNumberStatus, Throughput, ThroughputLevel};
pub use send::{
    AnsweredContact, Endpoint, MarketingOptions, OutgoingContent, OutgoingMessage, ProductPolicy,
    SendReport,
};
pub use settings::{CloudApiSettings, SettingsError};
pub use subscription::SubscribedApp;
pub use template::TemplateNode;
pub use token::{GranularScope, TokenInfo};
