//! Why a publication waits, and why one was refused.

use crate::serialize::serialize_as;

/// Why a publication waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PublicationWait {
    /// Meta allows no further calls for the account for a while.
    CallBudget,
    /// Meta creates a limited number of templates an hour for an account.
    CreationsPerHour,
    /// Meta accepts a limited number of edits of an approved template in 24 hours.
    EditsPerDay,
    /// Meta accepts a limited number of edits of an approved template in 30 days.
    EditsPerMonth,
    /// Meta does not accept the access token of the account, or there is none.
    Token,
    /// Meta could not be reached.
    Unreachable,
    /// It is not known whether Meta did what was asked.
    Unclear,
}

/// Why a publication was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PublicationRefusal {
    /// Meta refused it.
    Meta,
    /// Meta has a template of another content under this name and language.
    NameTaken,
    /// The template to be edited is no longer at Meta.
    TemplateGone,
    /// A sample file of it is no longer stored here.
    FileMissing,
}

serialize_as!(PublicationWait, as_str);
serialize_as!(PublicationRefusal, as_str);

impl PublicationWait {
    /// Every reason.
    pub const ALL: [Self; 7] = [
        Self::CallBudget,
        Self::CreationsPerHour,
        Self::EditsPerDay,
        Self::EditsPerMonth,
        Self::Token,
        Self::Unreachable,
        Self::Unclear,
    ];

    /// The stable value in events and in metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CallBudget => "call_budget",
            Self::CreationsPerHour => "creations_per_hour",
            Self::EditsPerDay => "edits_per_day",
            Self::EditsPerMonth => "edits_per_month",
            Self::Token => "token",
            Self::Unreachable => "unreachable",
            Self::Unclear => "unclear",
        }
    }
}

impl PublicationRefusal {
    /// Every reason.
    pub const ALL: [Self; 4] = [
        Self::Meta,
        Self::NameTaken,
        Self::TemplateGone,
        Self::FileMissing,
    ];

    /// The stable value in events and in metrics.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Meta => "meta",
            Self::NameTaken => "name_taken",
            Self::TemplateGone => "template_gone",
            Self::FileMissing => "file_missing",
        }
    }
}
