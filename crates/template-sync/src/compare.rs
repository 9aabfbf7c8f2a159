//! Compares Meta's list with the stored templates: a pure function.

use std::collections::{BTreeMap, HashSet};

use chrono::{DateTime, Utc};
use cloud_api::TemplateNode;
use common::feed::{
    FeedEvent, NamedTemplate, TemplateCategoryChanged, TemplateEvent, TemplateReport,
    TemplateStatusChanged,
};
use common::ids::TemplateId;
use common::template::{Category, TemplateStatus};
use storage::events::FeedEntry;
use storage::templates::Template;
use worker_storage::template_sync::{Account, KnownTemplate, SyncChanges};

/// Meta's value for numbered parameters, which is the default where it is missing.
const POSITIONAL: &str = "POSITIONAL";

/// The changes that make the stored templates equal to Meta's list.
///
/// Pages shift while they are read, so a template may be listed twice: the later entry counts. If two templates have
/// the same name and language, the later one counts too, unless the other is deleted. What a publication wrote after the
/// run began is left as it is, because the list may be older; so is a template whose entry in the list is unreadable.
pub(crate) fn compare(
    account: &Account,
    nodes: Vec<TemplateNode>,
    known: &[KnownTemplate],
    now: DateTime<Utc>,
) -> SyncChanges {
    let (newer, known): (Vec<_>, Vec<_>) = known.iter().partition(|known| known.is_newer);
    let (nodes, unreadable): (Vec<_>, Vec<_>) =
        nodes.into_iter().partition(TemplateNode::is_readable);
    let is_unreadable = |id: &TemplateId| unreadable.iter().any(|node| node.id == *id);
    let listed = unambiguous(account, without(nodes, &newer), now);
    let current: BTreeMap<&TemplateId, (&TemplateStatus, &Category)> = listed
        .iter()
        .map(|template| {
            (
                &template.template_id,
                (&template.status, &template.category),
            )
        })
        .collect();
    let (mut gone, mut entries) = (Vec::new(), Vec::new());
    for known in known {
        let (status, category) = match current.get(&known.template_id) {
            Some(current) => *current,
            None if known.status == TemplateStatus::Deleted || known.is_status_newer => continue,
            None if is_unreadable(&known.template_id) => continue,
            None => {
                gone.push(known.template_id.clone());
                (&TemplateStatus::Deleted, &known.category)
            }
        };
        if *status != known.status && !known.is_status_newer {
            entries.push(status_changed(account, known, status, category, now));
        }
        if *category != known.category && !known.is_category_newer {
            entries.push(category_changed(account, known, category, now));
        }
    }
    SyncChanges {
        listed,
        gone,
        entries,
    }
}

/// The nodes that none of the newer templates stands for.
fn without(nodes: Vec<TemplateNode>, newer: &[&KnownTemplate]) -> Vec<TemplateNode> {
    let is_outdated = |node: &TemplateNode| {
        newer.iter().any(|newer| {
            let has_its_name = newer.name == node.name && newer.language == node.language;
            newer.template_id == node.id || has_its_name && newer.status != TemplateStatus::Deleted
        })
    };
    nodes
        .into_iter()
        .filter(|node| !is_outdated(node))
        .collect()
}

fn unambiguous(account: &Account, nodes: Vec<TemplateNode>, now: DateTime<Utc>) -> Vec<Template> {
    let (mut ids, mut names) = (HashSet::new(), HashSet::new());
    let mut listed = Vec::with_capacity(nodes.len());
    for node in nodes.into_iter().rev() {
        let is_deleted = node.status == TemplateStatus::Deleted;
        if ids.insert(node.id.clone())
            && (is_deleted || names.insert((node.name.clone(), node.language.clone())))
        {
            listed.push(template(account, node, now));
        }
    }
    listed.sort_by(|a, b| a.template_id.cmp(&b.template_id));
    listed
}

fn template(account: &Account, node: TemplateNode, now: DateTime<Utc>) -> Template {
    Template {
        template_id: node.id,
        waba_id: account.waba_id.clone(),
        name: node.name,
        language: node.language,
        category: node.category,
        status: node.status,
        parameter_format: node
            .parameter_format
            .unwrap_or_else(|| POSITIONAL.to_owned()),
        components: node.components,
        quality_score: node.quality_score,
        rejected_reason: node.rejected_reason,
        // Reported by webhooks only.
        status_note: None,
        status_until: None,
        detected_category: None,
        synced_at: now,
    }
}

fn status_changed(
    account: &Account,
    known: &KnownTemplate,
    status: &TemplateStatus,
    category: &Category,
    now: DateTime<Utc>,
) -> FeedEntry {
    let changed = TemplateStatusChanged::new(known.template_id.clone(), status.clone());
    let report = TemplateReport {
        waba_id: account.waba_id.clone(),
        name: known.name.clone(),
        language: known.language.clone(),
        previous_status: known.status.clone(),
        category: category.clone(),
    };
    let event = TemplateEvent::StatusChanged(changed.reported(report));
    entry(account, event, now)
}

fn category_changed(
    account: &Account,
    known: &KnownTemplate,
    category: &Category,
    now: DateTime<Utc>,
) -> FeedEntry {
    let template = NamedTemplate {
        template_id: known.template_id.clone(),
        waba_id: account.waba_id.clone(),
        name: known.name.clone(),
        language: known.language.clone(),
    };
    let changed = TemplateCategoryChanged::new(template, category.clone(), known.category.clone());
    entry(account, TemplateEvent::CategoryChanged(changed), now)
}

const fn entry(account: &Account, event: TemplateEvent, now: DateTime<Utc>) -> FeedEntry {
    FeedEntry {
        business_id: account.business_id,
        event: FeedEvent::Template(event),
        occurred_at: now,
    }
}

#[cfg(test)]
mod tests {
    use common::ids::BusinessId;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn account() -> Account {
        Account {
            business_id: BusinessId::from_uuid(uuid::Uuid::from_u128(7)),
            waba_id: "102290129340398".parse().unwrap(),
        }
    }

    fn node(id: u32, name: &str, status: &str) -> TemplateNode {
        let node = json!({"id": id.to_string(), "name": name, "language": "fr", "status": status, "category": "UTILITY"});
        serde_json::from_value(node).unwrap()
    }

    fn known(id: u32, name: &str, status: &str) -> KnownTemplate {
        KnownTemplate {
            template_id: id.to_string().parse().unwrap(),
            name: name.to_owned(),
            language: "fr".to_owned(),
            category: Category::Utility,
            status: TemplateStatus::from_meta(status),
            is_newer: false,
            is_status_newer: false,
            is_category_newer: false,
        }
    }

    fn compared(nodes: Vec<TemplateNode>, known: &[KnownTemplate]) -> SyncChanges {
        compare(&account(), nodes, known, DateTime::UNIX_EPOCH)
    }

    fn changed_templates(changes: &SyncChanges) -> Vec<&TemplateStatusChanged> {
        let mut changed = Vec::new();
        for entry in &changes.entries {
            if let FeedEvent::Template(TemplateEvent::StatusChanged(template)) = &entry.event {
                changed.push(template);
            }
        }
        changed
    }

    #[test]
    fn a_template_that_meta_no_longer_lists_is_gone_once() {
        let changes = compared(
            vec![],
            &[known(1, "a", "APPROVED"), known(2, "b", "DELETED")],
        );
        assert_eq!(changes.gone, ["1".parse().unwrap()]);
        let [changed] = changed_templates(&changes)[..] else {
            panic!("one template changed")
        };
        assert_eq!(changed.status, TemplateStatus::Deleted);
        let before = &changed.report.as_ref().unwrap().previous_status;
        assert_eq!(*before, TemplateStatus::Approved);
    }

    #[test]
    fn a_new_template_is_stored_without_an_event() {
        let changes = compared(vec![node(1, "a", "APPROVED")], &[]);
        assert_eq!(
            (
                changes.listed.len(),
                changes.gone.len(),
                changes.entries.len()
            ),
            (1, 0, 0)
        );
        assert_eq!(changes.listed[0].parameter_format, "POSITIONAL");
    }

    #[test]
    fn a_changed_status_and_a_changed_category_have_their_events() {
        let mut recategorised = node(2, "b", "APPROVED");
        recategorised.category = Category::Marketing;
        let nodes = vec![
            node(1, "a", "PAUSED"),
            recategorised,
            node(3, "c", "APPROVED"),
        ];
        let stored = [
            known(1, "a", "APPROVED"),
            known(2, "b", "APPROVED"),
            known(3, "c", "APPROVED"),
        ];
        let changes = compared(nodes, &stored);
        let types: Vec<&str> = changes
            .entries
            .iter()
            .map(|entry| entry.event.event_type().as_str())
            .collect();
        assert_eq!(
            types,
            ["template.status_changed", "template.category_changed"]
        );
    }

    #[test]
    fn what_a_webhook_reported_meanwhile_is_no_change() {
        let newer = |id, status| KnownTemplate {
            is_status_newer: true,
            is_category_newer: true,
            category: Category::Marketing,
            ..known(id, "a", status)
        };
        let changes = compared(vec![node(1, "a", "APPROVED")], &[newer(1, "PAUSED")]);
        assert!(changes.entries.is_empty());
        let changes = compared(vec![], &[newer(2, "APPROVED")]);
        assert!(changes.entries.is_empty() && changes.gone.is_empty());
    }

    #[test]
    fn a_template_made_anew_under_its_old_name_takes_the_place_of_the_old_one() {
        let changes = compared(vec![node(2, "a", "PENDING")], &[known(1, "a", "APPROVED")]);
        assert_eq!(changes.gone, ["1".parse().unwrap()]);
        assert_eq!(changes.listed[0].template_id, "2".parse().unwrap());
    }

    #[test]
    fn a_template_that_is_being_deleted_stands_beside_its_successor() {
        let changes = compared(
            vec![node(2, "a", "APPROVED"), node(1, "a", "PENDING_DELETION")],
            &[],
        );
        assert_eq!(changes.listed.len(), 2);
    }

    #[test]
    fn what_was_published_during_the_run_is_left_as_it_is() {
        let newer = |id, name, status| KnownTemplate {
            is_newer: true,
            ..known(id, name, status)
        };
        let stored = [
            newer(1, "created", "PENDING"),
            newer(2, "deleted", "DELETED"),
            newer(4, "created_again", "PENDING"),
        ];
        let nodes = vec![
            node(2, "deleted", "APPROVED"),
            node(3, "created_again", "APPROVED"),
        ];
        let changes = compared(nodes, &stored);
        assert!(changes.listed.is_empty() && changes.gone.is_empty() && changes.entries.is_empty());
    }

    #[test]
    fn an_unreadable_entry_changes_nothing_of_its_template_and_stops_no_other() {
        let mut odd = node(1, "a", "PAUSED");
        odd.language = String::new();
        let changes = compared(
            vec![odd, node(2, "b", "APPROVED")],
            &[known(1, "a", "APPROVED")],
        );
        assert_eq!(changes.listed.len(), 1);
        assert!(changes.gone.is_empty() && changes.entries.is_empty());
    }

    proptest! {
        #[test]
        fn what_is_written_never_clashes(
            nodes in prop::collection::vec((0_u32..6, 0_u32..4, prop::sample::select(vec!["APPROVED", "PAUSED", "DELETED"])), 0..12),
            stored in prop::collection::btree_map(0_u32..6, prop::sample::select(vec!["APPROVED", "DELETED"]), 0..6),
        ) {
            let nodes = nodes.into_iter().map(|(id, name, status)| node(id, &format!("t{name}"), status)).collect();
            let stored: Vec<_> = stored.into_iter().map(|(id, status)| known(id, &format!("t{id}"), status)).collect();
            let changes = compared(nodes, &stored);
            let ids: HashSet<_> = changes.listed.iter().map(|template| &template.template_id).collect();
            prop_assert_eq!(ids.len(), changes.listed.len());
            let live = changes.listed.iter().filter(|template| template.status != TemplateStatus::Deleted);
            let names: Vec<_> = live.map(|template| &template.name).collect();
            prop_assert_eq!(names.iter().collect::<HashSet<_>>().len(), names.len());
            prop_assert!(changes.gone.iter().all(|id| !ids.contains(id)));
        }

        #[test]
        fn what_was_just_written_changes_nothing(statuses in prop::collection::vec(prop::sample::select(vec!["APPROVED", "PAUSED", "IN_APPEAL"]), 0..8)) {
            let listed: Vec<_> = (0..).zip(&statuses).map(|(id, status)| node(id, &format!("t{id}"), status)).collect();
            let stored: Vec<_> = (0..).zip(&statuses).map(|(id, status)| known(id, &format!("t{id}"), status)).collect();
            let changes = compared(listed, &stored);
            prop_assert!(changes.gone.is_empty() && changes.entries.is_empty());
        }
    }
}
