//! What each field of a webhook says: one module for each field that is translated, the others are counted by name.

mod limits;
mod messages;

use common::ids::WabaId;
use common::wire::Event;
use sealing::TransitKey;

use crate::metrics::Metrics;
use crate::payload::{Payload, id};

/// The fields that Meta documents; any other is counted as `other`, so that the label stays bounded.
const KNOWN_FIELDS: [&str; 24] = [
    "account_alerts",
    "account_review_update",
    "account_settings_update",
    "account_update",
    "automatic_events",
    "business_capability_update",
    "business_status_update",
    "business_username_updates",
    "calls",
    "flows",
    "history",
    "message_echoes",
    "message_template_components_update",
    "message_template_quality_update",
    "message_template_status_update",
    "partner_solutions",
    "payment_configuration_update",
    "phone_number_name_update",
    "phone_number_quality_update",
    "security",
    "smb_message_echoes",
    "template_category_update",
    "user_id_update",
    "user_preferences",
];

/// The events of one webhook, by the lane that they travel in.
#[derive(Default)]
pub(crate) struct Translated {
    pub(crate) statuses: Vec<Event>,
    pub(crate) inbound: Vec<Event>,
}

/// Turns webhooks into events.
pub(crate) struct Translator {
    transit: TransitKey,
}

impl Translator {
    pub(crate) const fn new(transit: TransitKey) -> Self {
        Self { transit }
    }

    /// The events of a webhook.
    ///
    /// # Errors
    /// When a value cannot be sealed.
    pub(crate) fn translate(
        &self,
        payload: &Payload<'_>,
    ) -> Result<Translated, sealing::SealError> {
        let mut translated = Translated::default();
        for entry in &payload.entry {
            let waba_id: Option<WabaId> = id(entry.id);
            for change in &entry.changes {
                count(&change.field);
                let (waba_id, Some(value)) = (waba_id.as_ref(), change.value) else {
                    continue;
                };
                match change.field.as_ref() {
                    "messages" => {
                        messages::translate(&self.transit, waba_id, value, &mut translated)?;
                    }
                    limits::NUMBER | limits::BUSINESS => {
                        limits::translate(waba_id, entry.time, value, &mut translated);
                    }
                    _ => {}
                }
            }
        }
        Ok(translated)
    }
}

/// Counts an item that is left out.
fn unreadable(what: &'static str) {
    Metrics::get().unreadable.with_label_values(&[what]).inc();
    tracing::warn!(
        item = what,
        "an item of a webhook could not be read and was left out; the others were kept"
    );
}

fn count(field: &str) {
    let known = field == "messages" || KNOWN_FIELDS.contains(&field);
    Metrics::get()
        .fields
        .with_label_values(&[if known { field } else { "other" }])
        .inc();
}
