//! The figures that an audit comes down to, one line each.

use std::fmt;

use super::Finding;

/// A figure that must be 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Figure {
    /// Accepted, and its life has not ended.
    Stuck,
    /// Accepted, and gone.
    Lost,
    /// Stored or posted, and nobody asked for it.
    Phantom,
    /// Posted more than once without the flag.
    DupUnflagged,
    /// Of one business, and seen under another.
    CrossTenant,
}

/// The figures of an audit. What is promised is counted in messages, what is posted in posts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// Promised to clients: the 202s of their log, and the planned rows of the campaigns that they started.
    pub accepted: u64,
    /// Of these: ended, in whatever way.
    pub terminal: u64,
    /// Of these: not ended.
    pub stuck: u64,
    /// Of these: gone, or said to be with Meta, which never saw them.
    pub lost: u64,
    /// Stored or posted, and never promised.
    pub phantom: u64,
    /// POSTs that Meta accepted.
    pub posts: u64,
    /// Messages that were posted more than once, and are flagged.
    pub dup_flagged: u64,
    /// Messages that were posted more than once, and are not.
    pub dup_unflagged: u64,
    /// Messages of one business that were stored, told or posted under another one.
    pub cross_tenant: u64,
}

impl Figures {
    /// Whether nothing is wrong.
    #[must_use]
    pub const fn are_good(&self) -> bool {
        self.stuck == 0
            && self.lost == 0
            && self.phantom == 0
            && self.dup_unflagged == 0
            && self.cross_tenant == 0
    }

    /// Counts a finding, if it counts as anything.
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
    /// The figure that it raises, and by how much. Messages that were rightly never posted (expired, suppressed,
    /// refused) raise none, and of words that are missing the figures say nothing.
    #[must_use]
    pub const fn counts_as(&self) -> Option<(Figure, u64)> {
        match self {
            Self::Unsettled(..) => Some((Figure::Stuck, 1)),
            Self::CampaignWaits(_, rows) => Some((Figure::Stuck, *rows)),
            Self::Lost(_) | Self::NeverLeft(..) | Self::AnsweredForTwo(_) => {
                Some((Figure::Lost, 1))
            }
            Self::CampaignShort(_, rows) => Some((Figure::Lost, *rows)),
            Self::Phantom(_)
            | Self::PostedUnknown(_)
            | Self::Denied(..)
            | Self::AnsweredAnew(_) => Some((Figure::Phantom, 1)),
            Self::Nameless(posts) => Some((Figure::Phantom, *posts)),
            Self::UnflaggedTwin(..) => Some((Figure::DupUnflagged, 1)),
            Self::Strayed(_) => Some((Figure::CrossTenant, 1)),
            Self::NeverPosted(..) | Self::WordLost(..) => None,
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
