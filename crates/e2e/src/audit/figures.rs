//! The figures of an audit, printed one per line.

use std::fmt;

use super::Finding;

/// A figure that must be 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    /// Accepted, but not in a terminal state.
    Stuck,
    /// Accepted, but missing from the database or from the ledger.
    Lost,
    /// Stored or posted, but never accepted.
    Phantom,
    /// Posted more than once without `possible_duplicate`.
    DupUnflagged,
    /// Owned by one business and recorded under another.
    CrossTenant,
}

/// The figures of an audit. Accepted figures count messages, `posts` counts POSTs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// Acknowledged to clients: the 202s of their log and the planned rows of the campaigns they started.
    pub accepted: u64,
    /// Accepted messages in a terminal state.
    pub terminal: u64,
    /// Accepted messages in no terminal state.
    pub stuck: u64,
    /// Accepted messages that are missing, or recorded as posted while Meta never received them.
    pub lost: u64,
    /// Messages stored or posted without ever having been accepted.
    pub phantom: u64,
    /// POSTs that Meta accepted.
    pub posts: u64,
    /// Messages posted more than once and flagged `possible_duplicate`.
    pub dup_flagged: u64,
    /// Messages posted more than once and not flagged.
    pub dup_unflagged: u64,
    /// Messages of one business stored, recorded or posted under another.
    pub cross_tenant: u64,
}

impl Figures {
    /// Whether every figure that must be 0 is 0.
    #[must_use]
    pub const fn is_clean(&self) -> bool {
        self.stuck == 0
            && self.lost == 0
            && self.phantom == 0
            && self.dup_unflagged == 0
            && self.cross_tenant == 0
    }

    /// Adds a finding to the figure it counts towards, if any.
    pub(super) const fn count(&mut self, finding: &Finding) {
        let Some((figure, times)) = finding.counts_as() else {
            return;
        };
        let figure = match figure {
            Figure::Stuck => &mut self.stuck,
            Figure::Lost => &mut self.lost,
            Figure::Phantom => &mut self.phantom,
            Figure::DupUnflagged => &mut self.dup_unflagged,
            Figure::CrossTenant => &mut self.cross_tenant,
        };
        *figure += times;
    }
}

impl Finding {
    /// The figure that this finding raises, and by how much. Messages that were correctly never posted (expired,
    /// suppressed, refused) and missing statuses raise none.
    #[must_use]
    pub const fn counts_as(&self) -> Option<(Figure, u64)> {
        match self {
            Self::Unsettled(..) => Some((Figure::Stuck, 1)),
            Self::CampaignRowsWaiting(_, rows) => Some((Figure::Stuck, *rows)),
            Self::Lost(_) | Self::MissingPost(..) | Self::SharedMessageId(_) => {
                Some((Figure::Lost, 1))
            }
            Self::CampaignRowsMissing(_, rows) => Some((Figure::Lost, *rows)),
            Self::Phantom(_)
            | Self::PostedUnknown(_)
            | Self::UnexpectedPost(..)
            | Self::KeyAnsweredTwice(_) => Some((Figure::Phantom, 1)),
            Self::UnidentifiedPosts(posts) => Some((Figure::Phantom, *posts)),
            Self::UnflaggedDuplicate(..) => Some((Figure::DupUnflagged, 1)),
            Self::CrossTenant(_) => Some((Figure::CrossTenant, 1)),
            Self::NeverPosted(..) | Self::StatusMissing(..) => None,
        }
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = [
            ("accepted", self.accepted),
            ("terminal", self.terminal),
            ("stuck", self.stuck),
            ("lost", self.lost),
            ("phantom", self.phantom),
            ("posts", self.posts),
            ("dup_flagged", self.dup_flagged),
            ("dup_unflagged", self.dup_unflagged),
            ("cross_tenant", self.cross_tenant),
        ];
        for (name, number) in lines {
            writeln!(f, "{name} {number}")?;
        }
        Ok(())
    }
}
