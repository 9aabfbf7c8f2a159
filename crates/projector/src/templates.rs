//! Meta's updates about templates, which come with inbound messages.

use std::collections::BTreeMap;

use broker::Queue;
use common::ids::TemplateId;
use common::template::TemplateStatus;
use common::wire::{Event, EventKind};
use storage::StorageError;
use worker_storage::project::{
    TemplateStatusOutcome, TemplateStatusUpdate, apply_template_statuses,
};
use worker_storage::template_sync::{Account, release_held};

use crate::Projector;
use crate::metrics::{Metrics, add};
use crate::updates::Kind;

pub(crate) struct Templates;

impl Kind for Templates {
    type Update = TemplateStatusUpdate;
    const NAME: &'static str = "template_status";
    const QUEUE: Queue = Queue::Inbound;

    /// Also releases messages that were held for a template that may be sent again. If interrupted this is repeated,
    /// because the event is delivered again.
    async fn apply(
        projector: &Projector,
        updates: &[TemplateStatusUpdate],
    ) -> Result<(), StorageError> {
        let now = projector.context.clock.now();
        let outcome = apply_template_statuses(&projector.store, updates, now).await?;
        count(&outcome);
        let mut sendable: BTreeMap<_, (Account, Vec<TemplateId>)> = BTreeMap::new();
        for (account, template_id) in outcome.sendable {
            let business_id = account.business_id;
            let of_business = sendable.entry(business_id);
            let (_, ids) = of_business.or_insert_with(|| (account, Vec::new()));
            ids.push(template_id);
        }
        for (account, template_ids) in sendable.values() {
            let released = release_held(&projector.store, account, template_ids).await?;
            let released = usize::try_from(released).unwrap_or(usize::MAX);
            add(&Metrics::get().templates, "released", released);
        }
        Ok(())
    }
}

/// The template update in an event; `None` for other events.
pub(crate) fn read(event: &Event) -> Option<TemplateStatusUpdate> {
    let (EventKind::TemplateStatusReported(template), Some(waba_id)) =
        (&event.kind, &event.waba_id)
    else {
        return None;
    };
    tracing::info!(
        waba.id = %waba_id,
        template.id = template.template_id,
        status = template.status,
        reason = template.reason,
        "Meta changed the status of a template"
    );
    let template_id = template.template_id.as_deref();
    Some(TemplateStatusUpdate {
        waba_id: waba_id.clone(),
        template_id: template_id.and_then(|id| id.parse().ok()),
        name: template.name.clone(),
        language: template.language.clone(),
        status: TemplateStatus::from_meta(&template.status),
        occurred_at: template.occurred_at,
    })
}

fn count(outcome: &TemplateStatusOutcome) {
    let templates = &Metrics::get().templates;
    add(templates, "changed", outcome.changed);
    add(templates, "outdated", outcome.outdated);
    add(templates, "unknown", outcome.unknown);
}
