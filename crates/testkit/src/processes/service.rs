//! The services of the product and their processes: a service may run several times.

use std::fmt;

/// A service of the product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// The API and the status projector.
    Gateway,
    /// Claims and posts messages.
    Sender,
    /// Receives Meta's webhooks.
    WebhookIngest,
    /// Synchronises templates.
    TemplateSync,
    /// Partitions and retention.
    RetentionJanitor,
}

/// One process of a service; a [`Service`] alone denotes its first process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Process {
    pub(super) service: Service,
    /// Starts at 0.
    pub(super) number: usize,
}

impl Service {
    /// Every service.
    pub const ALL: [Self; 5] = [
        Self::Gateway,
        Self::Sender,
        Self::WebhookIngest,
        Self::TemplateSync,
        Self::RetentionJanitor,
    ];

    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gateway => "gateway",
            Self::Sender => "sender",
            Self::WebhookIngest => "webhook-ingest",
            Self::TemplateSync => "template-sync",
            Self::RetentionJanitor => "retention-janitor",
        }
    }

    /// Another process of the service; 0 is the first one. A service with a public listener can only run once.
    #[must_use]
    pub const fn nth(self, number: usize) -> Process {
        Process {
            service: self,
            number,
        }
    }
}

impl Process {
    /// Maximum number of processes of one service.
    pub const MOST: usize = 4;
}

impl From<Service> for Process {
    fn from(service: Service) -> Self {
        service.nth(0)
    }
}

impl fmt::Display for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.service.name())?;
        match self.number {
            0 => Ok(()),
            number => write!(f, " {}", number + 1),
        }
    }
}
