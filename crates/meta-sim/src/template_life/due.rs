//! Events that come by themselves after a time: the end of a review or of a pause, an announced change of category, the
//! deletion of an archived template.

use std::sync::Arc;
use std::time::Duration;

use super::{review, transitions};
use crate::state::State;
use crate::state::accounts::StoredTemplate;

/// How often events are looked for.
const TICK: Duration = Duration::from_millis(50);

/// An event of a template that is due at a time.
#[derive(Debug)]
pub(super) struct Due {
    pub(super) at_ms: i64,
    pub(super) waba_id: String,
    pub(super) template_id: String,
    pub(super) event: Event,
}

#[derive(Debug)]
pub(super) enum Event {
    EndOfReview,
    EndOfPause,
    ChangeOfCategory(String),
    EndOfArchive,
}

/// Lets events happen as time passes, until the simulator stops.
pub(crate) async fn keep_time(state: Arc<State>) {
    let mut ticks = tokio::time::interval(TICK);
    loop {
        tokio::select! {
            () = state.stopping.cancelled() => return,
            _ = ticks.tick() => run_due(&state),
        }
    }
}

/// Sets the clock forward, and lets what is due happen.
pub(crate) fn advance(state: &State, by: Duration) {
    state.clock.advance(by);
    run_due(state);
}

/// Lets the events happen that are due.
fn run_due(state: &State) {
    for due in state.template_life.take_due(state.clock.now_ms()) {
        let template = state.accounts().templates.get(&due.template_id).cloned();
        if let Some(template) = template.filter(|template| template.waba_id == due.waba_id) {
            happen(state, &template, due.event);
        }
    }
}

/// An event that no longer suits the status of the template does not happen.
fn happen(state: &State, template: &StoredTemplate, event: Event) {
    let is = |status: &str| template.facts.status == status;
    match event {
        Event::EndOfReview if is("PENDING") => review::decide(state, template),
        Event::EndOfPause if is("PAUSED") => transitions::unpause(state, template),
        Event::ChangeOfCategory(category) => transitions::recategorise(state, template, &category),
        Event::EndOfArchive if is("ARCHIVED") => transitions::delete(state, template),
        _ => {}
    }
}
