//! Why the product pauses a campaign automatically, and what a person can do about it.

use crate::serialize::serialize_as;

/// The reason for which a campaign was paused automatically.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PauseReason {
    /// Meta refuses the template, so that every message would fail.
    TemplateRefused,
    /// Too many of the last messages failed.
    FailedShare,
    /// Meta rates the number's quality as red.
    QualityRed,
}

serialize_as!(PauseReason, as_str);

impl PauseReason {
    /// Every reason.
    pub const ALL: [Self; 3] = [Self::TemplateRefused, Self::FailedShare, Self::QualityRed];

    /// The stable number in the database.
    #[must_use]
    pub const fn code(self) -> i16 {
        match self {
            Self::TemplateRefused => 1,
            Self::FailedShare => 2,
            Self::QualityRed => 3,
        }
    }

    /// The reason of a stored number.
    #[must_use]
    pub fn from_code(code: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.code() == code)
    }

    /// The stable value in metrics, events and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TemplateRefused => "template_refused",
            Self::FailedShare => "failed_share",
            Self::QualityRed => "quality_red",
        }
    }

    /// What happened and what to do, for a person who asks why the campaign is paused.
    #[must_use]
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::TemplateRefused => {
                "Meta refuses the template. Check its status. When Meta approves the template again, the campaign goes on by \
                 itself; if the template is approved and did not fit the messages, mend that and resume the campaign."
            }
            Self::FailedShare => {
                "Too many of the last messages failed. See the reasons in `failures`, then resume or cancel the campaign."
            }
            Self::QualityRed => {
                "Meta rates the quality of the number as low: recipients block or report it. Meta may restrict the number \
                 if sending continues; resume the campaign only if you are sure."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_its_own_code() {
        for reason in PauseReason::ALL {
            assert_eq!(PauseReason::from_code(reason.code()), Some(reason));
        }
    }
}
