//! Marketing preferences outside of messages: those of WhatsApp's settings, and messages that could not be read.

use broker::Queue;
use chrono::{DateTime, Utc};
use common::wire::{
    Event, Identity, InboundUnreadable, PreferenceChanged, PreferenceDetail, UnreadableDetail,
};
use serde::de::DeserializeOwned;
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

/// A choice in WhatsApp's settings.
///
/// # Errors
/// Why it has to be quarantined.
pub(crate) fn read_changed(
    projector: &Projector,
    event: &Event,
    changed: &PreferenceChanged,
) -> Result<PreferenceUpdate, &'static str> {
    let preference = match changed.value.as_str() {
        "stop" => Preference::Stop,
        "resume" => Preference::Resume,
        // A sign-up by a link does not lift an opt-out, and other values are not known.
        _ => {
            add(&Metrics::get().preferences, "unknown_word", 1);
            return Err("its value is not known to this version");
        }
    };
    let detail: PreferenceDetail = open(projector, "preference", &changed.sealed)?;
    update(event, preference, changed.occurred_at, detail.person)
}

/// A message that could not be read, which may have been a refusal.
///
/// # Errors
/// Why it has to be quarantined.
pub(crate) fn read_unreadable(
    projector: &Projector,
    event: &Event,
    unreadable: &InboundUnreadable,
) -> Result<PreferenceUpdate, &'static str> {
    let detail: UnreadableDetail = open(projector, "unreadable", &unreadable.sealed)?;
    update(
        event,
        Preference::Unreadable,
        unreadable.received_at,
        detail.sender,
    )
}

fn open<T: DeserializeOwned>(
    projector: &Projector,
    purpose: &str,
    sealed: &[u8],
) -> Result<T, &'static str> {
    let plain = projector.transit.open(purpose, sealed).ok();
    plain
        .and_then(|plain| serde_json::from_slice(&plain).ok())
        .ok_or("its sealed part cannot be opened with this gateway's transit key")
}

fn update(
    event: &Event,
    preference: Preference,
    occurred_at: DateTime<Utc>,
    person: Identity,
) -> Result<PreferenceUpdate, &'static str> {
    let number = event.phone_number_id.clone();
    Ok(PreferenceUpdate {
        phone_number_id: number.ok_or("it does not name the number that it is about")?,
        occurred_at,
        preference,
        person,
    })
}

fn count(outcome: PreferenceOutcome) {
    let preferences = &Metrics::get().preferences;
    add(preferences, "applied", outcome.applied);
    add(preferences, "repeated", outcome.repeated);
    add(preferences, "foreign", outcome.foreign);
}
