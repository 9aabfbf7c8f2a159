//! The scenarios, one file each.

mod accept;
mod audience;
mod bulk;
mod end_to_end;
mod growth;
mod ingest;
mod neighbour;
mod otp;
pub(crate) mod requests;
mod senders;

use anyhow::Result;
use clap::ValueEnum;

use crate::measured::Measured;
use crate::size::Size;

/// The scenarios, the longest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum Scenario {
    /// Durable accept, one message per request.
    Accept,
    /// Durable accept, 500 messages per call.
    Bulk,
    /// Webhook ingest, one status each.
    Ingest,
    /// Single messages of one business while another overloads the API.
    Neighbour,
    /// The import of an audience.
    Audience,
    /// One-time codes alongside a campaign.
    Otp,
    /// End to end with several sender processes.
    Senders,
    /// End to end, and the memory of the services meanwhile.
    EndToEnd,
    /// End to end, and accept, with millions of stored messages.
    Growth,
}

impl Scenario {
    /// Measures it; an empty result when the product lacks the feature.
    ///
    /// # Errors
    /// When it cannot be measured.
    pub(crate) async fn measure(self, size: &Size) -> Result<Vec<Measured>> {
        match self {
            Self::Accept => Ok(vec![accept::measure(size).await?]),
            Self::Bulk => Ok(bulk::measure(size).await?.into_iter().collect()),
            Self::Ingest => ingest::measure(size).await,
            Self::EndToEnd => end_to_end::measure(size).await,
            Self::Audience => audience::measure(size).await,
            Self::Neighbour => Ok(vec![neighbour::measure(size).await?]),
            Self::Otp => otp::measure(size).await,
            Self::Senders => senders::measure(size).await,
            Self::Growth => growth::measure(size).await,
        }
    }
}
