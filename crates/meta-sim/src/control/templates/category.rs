//! `/sim/templates/category`: Meta changes the category of a template, or announces it (Meta, templates: categories).

use actix_web::HttpResponse;
use actix_web::web::{Data, Json};
use serde::{Deserialize, Serialize};

use super::{TemplateKey, find};
use crate::control::error::ControlError;
use crate::state::State;
use crate::template_life::transitions;

/// Meta finds that a template belongs to another category.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct CategoryChange {
    /// The template.
    #[serde(flatten)]
    pub template: TemplateKey,
    /// The other category.
    pub category: String,
    /// When it becomes the category of the template.
    #[serde(default)]
    pub when: CategoryChangeTime,
}

/// When a category is changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CategoryChangeTime {
    /// At once: `template_category_update` with `previous_category`.
    #[default]
    Now,
    /// In a day: `template_category_update` with `correct_category`, and the other form a day later.
    InADay,
    /// Not at all: `template_correct_category_detection`.
    Never,
}

pub(in crate::control) async fn post(
    change: Json<CategoryChange>,
    state: Data<State>,
) -> Result<HttpResponse, ControlError> {
    self::change(&state, &change)?;
    Ok(HttpResponse::NoContent().finish())
}

/// Changes the category of a template, or announces it.
pub(crate) fn change(state: &State, change: &CategoryChange) -> Result<(), ControlError> {
    let (template, category) = (find(state, &change.template)?, &change.category);
    match change.when {
        CategoryChangeTime::Now => transitions::recategorise(state, &template, category),
        CategoryChangeTime::InADay => transitions::announce_category(state, &template, category),
        CategoryChangeTime::Never => transitions::detect_category(state, &template, category),
    }
    Ok(())
}
