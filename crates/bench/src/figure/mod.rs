//! The figures, one file each.

mod accept;
mod audience;
mod bulk;
mod growth;
mod ingest;
mod life;
mod neighbour;
mod otp;
pub(crate) mod requests;
mod senders;

use anyhow::Result;
use clap::ValueEnum;

use crate::measured::Measured;
use crate::size::Size;

/// What can be measured, the longest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Figure {
    /// Durable accept, one message a request.
    Accept,
    /// Durable accept, 500 messages a call.
    Bulk,
    /// Webhooks taken, one status each.
    Ingest,
    /// Single messages of one business while another does its worst.
    Neighbour,
    /// The import of an audience.
    Audience,
    /// One-time codes beside a campaign.
    Otp,
    /// Release to read with several processes of the sender.
    Senders,
    /// Release to read, and the memory of the services meanwhile.
    Life,
    /// Release to read, and accept, beside millions of stored messages.
    Growth,
}

impl Figure {
    /// Measures it; nothing when the product cannot do it.
    ///
    /// # Errors
    /// When it cannot be measured.
    pub(crate) async fn measure(self, size: &Size) -> Result<Vec<Measured>> {
        match self {
            Self::Accept => Ok(vec![accept::measure(size).await?]),
            Self::Bulk => Ok(bulk::measure(size).await?.into_iter().collect()),
            Self::Ingest => ingest::measure(size).await,
            Self::Life => life::measure(size).await,
            Self::Audience => audience::measure(size).await,
            Self::Neighbour => Ok(vec![neighbour::measure(size).await?]),
            Self::Otp => otp::measure(size).await,
            Self::Senders => senders::measure(size).await,
            Self::Growth => growth::measure(size).await,
        }
    }
}
