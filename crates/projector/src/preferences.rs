//! Marketing preferences outside of messages: those of WhatsApp's settings, and messages that could not be read.

use broker::Queue;
use common::wire::{Event, EventKind, PreferenceDetail, UnreadableDetail};
use storage::StorageError;
use worker_storage::project::{Preference, PreferenceOutcome, PreferenceUpdate, apply_preferences};

use crate::Projector;
use crate::metrics::{Metrics, add};
use crate::updates::Kind;

pub(crate) struct Preferences;

impl Kind for Preferences {
    type Update = PreferenceUpdate;
    const NAME: &'static str = "preferences";
    const QUEUE: Queue = Queue::Inbound;

    async fn apply(
        projector: &Projector,
        updates: &[PreferenceUpdate],
    ) -> Result<(), StorageError> {
        let now = projector.context.clock.now();
        apply_preferences(&projector.store, updates, now)
            .await
            .map(count)
    }
}

/// The preference in an event; `None` for other events.
///
/// # Errors
/// Why it has to be quarantined.
pub(crate) fn read(
    projector: &Projector,
    event: &Event,
) -> Option<Result<PreferenceUpdate, &'static str>> {
    const NO_NUMBER: &str = "it does not name the number that it is about";
    const NOT_OPENED: &str = "its sealed part cannot be opened with this gateway's transit key";
    let (preference, occurred_at, person) = match &event.kind {
        EventKind::PreferenceChanged(changed) => {
            let preference = match changed.value.as_str() {
                "stop" => Preference::Stop,
                "resume" => Preference::Resume,
                // A sign-up by a link does not lift an opt-out, and other values are not known.
                _ => {
                    add(&Metrics::get().preferences, "unknown_word", 1);
                    return Some(Err("its value is not known to this version"));
                }
            };
            let detail = projector.transit.open("preference", &changed.sealed).ok();
            let detail = detail.and_then(|plain| serde_json::from_slice(&plain).ok());
            let person = detail.map(|detail: PreferenceDetail| detail.person);
            (preference, changed.occurred_at, person)
        }
        EventKind::InboundUnreadable(unreadable) => {
            let detail = projector
                .transit
                .open("unreadable", &unreadable.sealed)
                .ok();
            let detail = detail.and_then(|plain| serde_json::from_slice(&plain).ok());
            let person = detail.map(|detail: UnreadableDetail| detail.sender);
            (Preference::Unreadable, unreadable.received_at, person)
        }
        _ => return None,
    };
    let update = match (&event.phone_number_id, person) {
        (None, _) => Err(NO_NUMBER),
        (_, None) => Err(NOT_OPENED),
        (Some(number), Some(person)) => Ok(PreferenceUpdate {
            phone_number_id: number.clone(),
            occurred_at,
            preference,
            person,
        }),
    };
    Some(update)
}

fn count(outcome: PreferenceOutcome) {
    let preferences = &Metrics::get().preferences;
    add(preferences, "applied", outcome.applied);
    add(preferences, "repeated", outcome.repeated);
    add(preferences, "foreign", outcome.foreign);
}
