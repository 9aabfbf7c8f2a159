//! Events about publications, of every form.

use uuid::Uuid;

use crate::feed::{AcceptedTemplate, FeedEvent, PublicationEvent, PublicationOutcome};
use crate::ids::{PublicationId, TemplateId, WabaId};
use crate::template::{
    Category, PublicationAction, PublicationRefusal, PublicationWait, TemplateStatus,
};

/// Every outcome of every action, in one language and in all of them.
pub(super) fn publication_events() -> Vec<FeedEvent> {
    let mut events = Vec::new();
    for action in PublicationAction::ALL {
        for language in [None, Some("fr")] {
            let of = |outcome| of_publication(action, language, outcome);
            events.extend(outcomes().into_iter().map(of));
        }
    }
    events
}

fn outcomes() -> Vec<PublicationOutcome> {
    let mut outcomes = vec![
        PublicationOutcome::Accepted(AcceptedTemplate {
            template_id: None,
            status: None,
            category: None,
        }),
        accepted(),
    ];
    for reason in PublicationRefusal::ALL {
        outcomes.extend(
            [None, Some(100)].map(|error_code| PublicationOutcome::Refused { reason, error_code }),
        );
    }
    outcomes.extend(PublicationWait::ALL.map(|reason| PublicationOutcome::Waiting { reason }));
    outcomes
}

pub(super) fn accepted() -> PublicationOutcome {
    PublicationOutcome::Accepted(AcceptedTemplate {
        template_id: Some(TemplateId::from_number(7)),
        status: Some(TemplateStatus::Pending),
        category: Some(Category::Utility),
    })
}

pub(super) fn of_publication(
    action: PublicationAction,
    language: Option<&str>,
    outcome: PublicationOutcome,
) -> FeedEvent {
    FeedEvent::Publication(PublicationEvent {
        publication_id: PublicationId::from_uuid(Uuid::from_u128(6)),
        waba_id: WabaId::from_number(102),
        action,
        name: "ticket".to_owned(),
        language: language.map(ToOwned::to_owned),
        outcome,
    })
}
