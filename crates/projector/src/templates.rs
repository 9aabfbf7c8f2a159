//! Meta's reports about templates, which come with inbound messages.

use std::collections::BTreeMap;

use broker::Queue;
use common::ids::TemplateId;
use common::template::ReportOutcome;
use common::wire::{Event, ReportedTemplate};
use storage::StorageError;
use worker_storage::project::{TemplateOutcome, TemplateUpdate, apply_templates};
use worker_storage::template_sync::{Account, release_held};

use crate::Projector;
use crate::metrics::Metrics;
use crate::updates::Kind;

pub(crate) struct Templates;

impl Kind for Templates {
    type Update = TemplateUpdate;
    const NAME: &'static str = "templates";
    const QUEUE: Queue = Queue::Inbound;

    /// Also releases messages that were held for a template that may be sent again. If interrupted this is repeated,
    /// because the event is delivered again.
    async fn apply(projector: &Projector, updates: &[TemplateUpdate]) -> Result<(), StorageError> {
        let now = projector.context.clock.now();
        let outcome = apply_templates(&projector.store, updates, now).await?;
        count_all(&outcome);
        let mut sendable: BTreeMap<_, (Account, Vec<TemplateId>)> = BTreeMap::new();
        for (account, template_id) in outcome.sendable {
            let business_id = account.business_id;
            let of_business = sendable.entry(business_id);
            let (_, ids) = of_business.or_insert_with(|| (account, Vec::new()));
            ids.push(template_id);
        }
        for (account, template_ids) in sendable.values() {
            let released = release_held(&projector.store, account, template_ids).await?;
            count("status", "released", released);
        }
        Ok(())
    }
}

/// The report about a template.
///
/// # Errors
/// Why it has to be quarantined.
pub(crate) fn read(
    event: &Event,
    template: &ReportedTemplate,
) -> Result<TemplateUpdate, &'static str> {
    let waba_id = event.waba_id.as_ref();
    let waba_id = waba_id.ok_or("it does not name the account that it is about")?;
    tracing::info!(
        waba.id = %waba_id,
        template.id = template.template_id.as_ref().map(TemplateId::as_str),
        aspect = template.aspect.as_str(),
        reported = ?template.aspect,
        "Meta reported a change of a template"
    );
    Ok(TemplateUpdate {
        waba_id: waba_id.clone(),
        template_id: template.template_id.clone(),
        name: template.name.clone(),
        language: template.language.clone(),
        aspect: template.aspect.clone(),
        occurred_at: template.occurred_at,
    })
}

fn count_all(outcome: &TemplateOutcome) {
    let number = |count| u64::try_from(count).unwrap_or(u64::MAX);
    for ((aspect, outcome), reports) in &outcome.reports {
        let outcome = outcome.map_or("unknown", ReportOutcome::as_str);
        count(aspect, outcome, number(*reports));
    }
    count("status", "resumed", number(outcome.resumed_campaigns));
}

fn count(aspect: &str, outcome: &str, count: u64) {
    let counter = &Metrics::get().templates;
    counter.with_label_values(&[aspect, outcome]).inc_by(count);
}
