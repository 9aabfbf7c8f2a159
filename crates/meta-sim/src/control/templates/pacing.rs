//! `/sim/templates/pacing`, `/verdict`: Meta holds the messages of a template until its verdict (Meta, template pacing).

use actix_web::HttpResponse;
use actix_web::web::{Data, Json};
use serde::{Deserialize, Serialize};

use super::{TemplateKey, find};
use crate::control::error::ControlError;
use crate::graph::messages::report;
use crate::state::State;
use crate::template_life::transitions;

/// Meta (template pacing): held messages fail with this code when the template is paused.
const TEMPLATE_PAUSED: i64 = 132_015;
const FIRST_PAUSE: &str = "FIRST_PAUSE";

/// A template that is paced from now on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Paced {
    /// The template.
    #[serde(flatten)]
    pub template: TemplateKey,
    /// Further sends that are let through before the others are held. Meta does not disclose it.
    pub let_through: u64,
}

/// Meta's verdict on a paced template.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Verdict {
    /// The template.
    #[serde(flatten)]
    pub template: TemplateKey,
    /// Good: held messages are delivered. Otherwise the template is paused, and held messages fail with 132015.
    pub good: bool,
}

/// The effect of a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerdictReport {
    /// Held messages that were delivered.
    pub released: usize,
    /// Held messages that failed.
    pub dropped: usize,
}

pub(in crate::control) async fn post_pacing(
    paced: Json<Paced>,
    state: Data<State>,
) -> Result<HttpResponse, ControlError> {
    pace(&state, &paced)?;
    Ok(HttpResponse::NoContent().finish())
}

pub(in crate::control) async fn post_verdict(
    verdict: Json<Verdict>,
    state: Data<State>,
) -> Result<HttpResponse, ControlError> {
    Ok(HttpResponse::Ok().json(decide(&state, &verdict)?))
}

/// Holds all sends of a template except the next few.
pub(crate) fn pace(state: &State, paced: &Paced) -> Result<(), ControlError> {
    let template = find(state, &paced.template)?;
    state.pacing.begin(&template.facts.id, paced.let_through);
    Ok(())
}

/// Ends the pacing of a template.
pub(crate) fn decide(state: &State, verdict: &Verdict) -> Result<VerdictReport, ControlError> {
    let template = find(state, &verdict.template)?;
    if !verdict.good {
        transitions::pause_as(state, &template, FIRST_PAUSE);
    }
    let held = state.pacing.end(&template.facts.id);
    let fails_with = (!verdict.good).then_some(TEMPLATE_PAUSED);
    for sequence in &held {
        for entry in state.ledger.after(sequence - 1, 1) {
            report::end_hold(state, &entry, fails_with);
        }
    }
    let (released, dropped) = match verdict.good {
        true => (held.len(), 0),
        false => (0, held.len()),
    };
    Ok(VerdictReport { released, dropped })
}
