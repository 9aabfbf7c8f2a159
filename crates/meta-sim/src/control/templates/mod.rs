//! `/sim/templates/…`: Meta's own actions on templates, each with its webhook.

pub(crate) mod category;
pub(crate) mod pacing;
pub(crate) mod status;

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::error::ControlError;
use crate::state::State;
use crate::state::accounts::StoredTemplate;

/// A template of an account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TemplateKey {
    /// The account.
    pub waba_id: String,
    /// The template's name.
    pub name: String,
    /// Its language.
    pub language: String,
}

fn find(state: &State, key: &TemplateKey) -> Result<Arc<StoredTemplate>, ControlError> {
    let accounts = state.accounts();
    let waba = accounts.wabas.get(&key.waba_id);
    let template = waba.and_then(|waba| waba.template(&key.name, &key.language));
    template.cloned().ok_or(ControlError::UnknownTemplate)
}
