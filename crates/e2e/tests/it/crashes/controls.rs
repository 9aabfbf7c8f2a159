//! Negative controls of the audit of the whole job: a second copy that really was posted is detected once its flag is
//! removed, and a deleted message is detected by the audit and by the count of accepted messages.

use std::collections::BTreeSet;

use common::ids::MessageId;
use e2e::audit::{Finding, audit};
use meta_sim::{Fault, Script, SimConfig, WebhookBehaviour};
use testkit::{Shop, ShopPlan, SingleMessage, Stack, StackPlan};

use crate::output::seed;
use crate::sources::{Sources, posted};

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_doubt_without_evidence_is_reposted_flagged_and_the_audit_detects_a_missing_flag() {
    let stack = Stack::start(StackPlan {
        meta: no_statuses(seed()),
        settings: vec![("sender.in_doubt.utility_ms", "500".to_owned())],
    })
    .await;
    let platform = stack.platform().await;
    let shop = Shop::open(&platform, ShopPlan::sample_with_high_throughput()).await;
    stack
        .meta
        .script(Script::always(Fault::CutAfterAcceptance).times(1));
    let message = SingleMessage {
        to: "70550055",
        template: "ticket_de_caisse",
        variables: &["Awa", "T-1", "500"],
        reference: None,
    };
    let id = shop.send(&message).await;
    let shown = shop.await_state(&id, &["submitted"]).await;
    assert_eq!(shown["possible_duplicate"], true, "{shown}");
    let _ = shop.event("message.possible_duplicate").await;
    let id: MessageId = id.parse().unwrap();
    assert_eq!(posted(&stack.meta.ledger())[&id], 2);

    let sources = Sources::open(&stack).await;
    let findings = async || {
        audit(
            &BTreeSet::from([id]),
            &sources.stored().await,
            &posted(&stack.meta.ledger()),
        )
    };
    // Only Meta's statuses are missing.
    assert_eq!(findings().await, [Finding::StatusMissing(id, "sent")]);
    assert_eq!(sources.conservation_difference().await, 0);
    sources
        .corrupt("update messages set possible_duplicate = false")
        .await;
    assert!(
        findings()
            .await
            .contains(&Finding::UnflaggedDuplicate(id, 2))
    );
    sources.corrupt("delete from messages").await;
    assert_eq!(
        findings().await,
        [Finding::Lost(id), Finding::PostedUnknown(id)]
    );
    assert_eq!(sources.conservation_difference().await, 1);
}

/// Meta reports no status.
fn no_statuses(seed: u64) -> SimConfig {
    let behaviour = WebhookBehaviour {
        silent_share: 1.0,
        ..WebhookBehaviour::quick()
    };
    SimConfig {
        seed,
        behaviour,
        ..SimConfig::default()
    }
}
