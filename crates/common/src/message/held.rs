//! Why a message is held although it is valid, and what releases it.

use crate::serialize::serialize_as;

/// The reason for which a message is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum HeldReason {
    /// The number was stopped: disconnected, its token refused, or its account restricted.
    NumberStopped,
    /// The campaign was paused.
    CampaignPaused,
    /// The template is not approved now.
    TemplateNotApproved,
    /// The portfolio's limit of unique recipients in 24 hours is used up.
    MessagingLimit,
    /// It is not certain that every opt-out was applied: the consent watermark is too old.
    ConsentLag,
    /// The number's breaker is open: most of its recent attempts are in doubt.
    BreakerOpen,
    /// The file that it carries was not uploaded to Meta yet for this number.
    MediaNotUploaded,
}

serialize_as!(HeldReason, as_str);

impl HeldReason {
    /// Every reason.
    pub const ALL: [Self; 7] = [
        Self::NumberStopped,
        Self::CampaignPaused,
        Self::TemplateNotApproved,
        Self::MessagingLimit,
        Self::ConsentLag,
        Self::BreakerOpen,
        Self::MediaNotUploaded,
    ];

    /// The stable number in the database.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::NumberStopped => 1,
            Self::CampaignPaused => 2,
            Self::TemplateNotApproved => 3,
            Self::MessagingLimit => 4,
            Self::ConsentLag => 5,
            Self::BreakerOpen => 6,
            Self::MediaNotUploaded => 7,
        }
    }

    /// The reason of a stored number.
    #[must_use]
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// The stable value in metrics and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NumberStopped => "number_stopped",
            Self::CampaignPaused => "campaign_paused",
            Self::TemplateNotApproved => "template_not_approved",
            Self::MessagingLimit => "messaging_limit",
            Self::ConsentLag => "consent_lag",
            Self::BreakerOpen => "breaker_open",
            Self::MediaNotUploaded => "media_not_uploaded",
        }
    }

    /// What releases the message, for a person who asks why it is held.
    #[must_use]
    pub const fn freed_by(self) -> &'static str {
        match self {
            Self::NumberStopped => "connect the number again with a token that Meta accepts",
            Self::CampaignPaused => "resume or cancel the campaign",
            Self::TemplateNotApproved => {
                "Meta's approval of the template; synchronise the templates to see it"
            }
            Self::MessagingLimit => {
                "capacity in the portfolio's limit of unique recipients in 24 hours"
            }
            Self::ConsentLag => "the consent watermark catching up, which happens automatically",
            Self::BreakerOpen => {
                "a clear answer of Meta about the number, which is asked for every few seconds"
            }
            Self::MediaNotUploaded => "the upload of its file to Meta, which is in progress",
        }
    }
}
