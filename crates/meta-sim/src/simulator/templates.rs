//! The control of templates: reviews, quality, pauses, categories, and the clock that they follow.

use std::time::Duration;

use super::Simulator;
use crate::control::error::ControlError;
use crate::control::templates::TemplateKey;
use crate::control::templates::category::{self, CategoryChange};
use crate::control::templates::pacing::{self, Paced, Verdict, VerdictReport};
use crate::control::templates::status::{self, Pause, TemplateQuality, TemplateStatus};
use crate::template_life::{self, ReviewBehaviour};

impl Simulator {
    /// Sets the clock of templates, of the budget of managing calls and of the other limits of managing forward; what
    /// becomes due happens before this returns.
    pub fn advance_clock(&self, by: Duration) {
        template_life::advance(&self.state, by);
    }

    /// Changes how templates are reviewed that are created or edited from now on.
    pub fn set_review(&self, behaviour: ReviewBehaviour) {
        self.state.set_review_behaviour(behaviour);
    }

    /// Ends the review of a template now, as the rules say.
    ///
    /// # Errors
    /// When there is no such template.
    pub fn review_template(&self, template: &TemplateKey) -> Result<(), ControlError> {
        status::review(&self.state, template)
    }

    /// Changes the quality of a template and reports it.
    ///
    /// # Errors
    /// When there is no such template.
    pub fn set_template_quality(&self, change: &TemplateQuality) -> Result<(), ControlError> {
        status::set_quality(&self.state, change)
    }

    /// Changes the category of a template, or announces it, and reports it.
    ///
    /// # Errors
    /// When there is no such template.
    pub fn change_template_category(&self, change: &CategoryChange) -> Result<(), ControlError> {
        category::change(&self.state, change)
    }

    /// Holds all sends of a template except the next few, as Meta's pacing does.
    ///
    /// # Errors
    /// When there is no such template.
    pub fn pace_template(&self, paced: &Paced) -> Result<(), ControlError> {
        pacing::pace(&self.state, paced)
    }

    /// Releases the held messages of a template, or pauses it and fails them.
    ///
    /// # Errors
    /// When there is no such template.
    pub fn decide_template(&self, verdict: &Verdict) -> Result<VerdictReport, ControlError> {
        pacing::decide(&self.state, verdict)
    }

    /// Pauses a template and reports it.
    ///
    /// # Errors
    /// When there is no such template.
    pub fn pause_template(&self, pause: &Pause) -> Result<(), ControlError> {
        status::pause(&self.state, pause)
    }

    /// Changes the status of a template and reports it.
    ///
    /// # Errors
    /// When there is no such template.
    pub fn set_template_status(&self, change: &TemplateStatus) -> Result<(), ControlError> {
        status::set_status(&self.state, change)
    }
}
