//! Why the product pauses a campaign by itself, and what a person does then.

use crate::serialize::serialize_as;

/// The reason for which a campaign was paused, when nobody asked for it.
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

    /// The stable word in metrics, events and the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TemplateRefused => "template_refused",
            Self::FailedShare => "failed_share",
            Self::QualityRed => "quality_red",
        }
    }

    /// What happened and what to do, for the person who asks why the campaign stands still.
    #[must_use]
    pub const fn explanation(self) -> &'static str {
        match self {
            Self::TemplateRefused => {
                "Meta refuses the template. See its state, synchronise the templates, and resume the campaign once the \
                 template is approved and fits."
            }
            Self::FailedShare => {
                "Too many of the last messages failed. See in `failures` why, and resume or cancel the campaign."
            }
            Self::QualityRed => {
                "Meta rates the quality of the number as low: recipients block or report it. Sending on may cost the \
                 number; resume the campaign only if you are sure."
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
