//! The services of the product, and their processes: a service may run more than once.

use std::fmt;

/// A service of the product.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// The API and the projector.
    Gateway,
    /// Claims and posts.
    Sender,
    /// Takes Meta's webhooks.
    WebhookIngest,
    /// Reads templates.
    TemplateSync,
    /// Partitions and retention.
    RetentionJanitor,
}

/// One process of a service: a [`Service`] alone means its first one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Process {
    pub(super) service: Service,
    /// From 0.
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

    /// Another process of the service; 0 is the first one. Of services with a public listener only the first can run.
    #[must_use]
    pub const fn nth(self, number: usize) -> Process {
        Process {
            service: self,
            number,
        }
    }
}

impl Process {
    /// The most processes of one service.
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
