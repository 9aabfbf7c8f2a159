//! What makes the audit of the whole job believable: a second copy that really left is seen once its flag is taken away,
//! and a message that is really gone is seen, too, by the audit and by the count of accepted messages.

use std::collections::BTreeSet;

use common::ids::MessageId;
use e2e::audit::{Finding, audit};
use meta_sim::{Fault, Script, SimConfig, WebhookBehaviour};
use testkit::{Shop, ShopPlan, SingleMessage, Stack, StackPlan};

use crate::books::{Books, posted};
use crate::said::seed;

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_doubt_without_evidence_is_posted_again_with_the_flag_and_the_audit_would_see_it_without()
{
    let stack = Stack::start(StackPlan {
        meta: silent(seed()),
        settings: vec![("sender.doubt.utility_ms", "500".to_owned())],
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

    let books = Books::open(&stack).await;
    let findings = async || {
        audit(
            &BTreeSet::from([id]),
            &books.stored().await,
            &posted(&stack.meta.ledger()),
        )
    };
    // Meta said nothing, which is all that is wrong.
    assert_eq!(findings().await, [Finding::WordLost(id, "sent")]);
    assert_eq!(books.conservation_difference().await, 0);
    books
        .spoil("update messages set possible_duplicate = false")
        .await;
    assert!(findings().await.contains(&Finding::UnflaggedTwin(id, 2)));
    books.spoil("delete from messages").await;
    assert_eq!(
        findings().await,
        [Finding::Lost(id), Finding::PostedUnknown(id)]
    );
    assert_eq!(books.conservation_difference().await, 1);
}

/// Nothing is ever heard of a message.
fn silent(seed: u64) -> SimConfig {
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
