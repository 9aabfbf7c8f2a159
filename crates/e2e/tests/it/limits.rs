//! Meta's limits, enforced by the product and changed by Meta's webhooks: messages over a small messaging limit wait
//! and are never refused, one-time codes have a reserved share, and a number whose quality falls sends no more
//! campaigns.

use std::time::Duration;

use meta_sim::{Limits, NumberChange, SimConfig, WebhookBehaviour};
use serde_json::json;
use testkit::{CampaignPlan, Shop, ShopPlan, SingleMessage, Stack, StackPlan, eventually};

use crate::audience::{clients, file};
use crate::output::seed;

const WAIT: Duration = Duration::from_secs(60);
/// Twenty recipients, two of them reserved for one-time codes.
const SMALL: &str = "TIER_20";
/// More than are released while the released ones are held.
const PEOPLE: usize = 400;
const CODE_TO: &str = "+22671100777";

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_small_messaging_limit_holds_messages_until_meta_raises_it() {
    let (stack, shop) = small_shop().await;
    let campaign = start(&shop, PEOPLE).await;
    let held = json!("messaging_limit");
    eventually("the limit holds messages", WAIT, async || {
        let events = shop.events().await;
        events
            .iter()
            .any(|event| event["type"] == "message.held" && event["data"]["reason"] == held)
            .then_some(())
    })
    .await;
    let code = shop
        .send(&SingleMessage {
            to: CODE_TO,
            template: "code_connexion",
            variables: &["482915"],
            reference: None,
        })
        .await;
    let _ = shop
        .await_state(&code, &["sent", "delivered", "read"])
        .await;
    eventually("the limit is used up by the others", WAIT, async || {
        (stack.meta.ledger().len() == 19).then_some(())
    })
    .await;
    assert_eq!(shown(&shop, &campaign).await["state"], "running");

    change(
        &stack,
        &shop,
        NumberChange {
            messaging_limit: Some("TIER_2K".to_owned()),
            ..NumberChange::default()
        },
    );
    eventually("every recipient got the message", WAIT, async || {
        (stack.meta.ledger().len() == PEOPLE + 1).then_some(())
    })
    .await;
    let refused = stack.meta.stats().refused_by_code;
    assert!(refused.is_empty(), "{refused:?}");
    let reported = shop.event("number.limits_changed").await;
    assert_eq!(reported["data"]["messaging_limit"], "TIER_2K");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_number_that_meta_flags_as_red_pauses_its_campaign_within_seconds() {
    let (stack, shop) = small_shop().await;
    change(
        &stack,
        &shop,
        NumberChange {
            messaging_limit: Some("TIER_UNLIMITED".to_owned()),
            ..NumberChange::default()
        },
    );
    let campaign = start(&shop, 1_500).await;
    eventually("the campaign has started", WAIT, async || {
        (!stack.meta.ledger().is_empty()).then_some(())
    })
    .await;
    change(
        &stack,
        &shop,
        NumberChange {
            quality_rating: Some("RED".to_owned()),
            event: Some("FLAGGED".to_owned()),
            ..NumberChange::default()
        },
    );
    let paused = shop.event("campaign.paused").await;
    assert_eq!(paused["data"]["reason"], "quality_red");
    let campaign = shown(&shop, &campaign).await;
    assert_eq!(campaign["state"], "paused");
    assert!(stack.meta.ledger().len() < 1_500, "the campaign had ended");
}

/// A shop whose portfolio has a small messaging limit.
async fn small_shop() -> (Stack, Shop) {
    let meta = SimConfig {
        seed: seed(),
        behaviour: WebhookBehaviour::quick(),
        limits: Limits {
            messaging: true,
            ..Limits::default()
        },
        ..SimConfig::default()
    };
    let stack = Stack::start(StackPlan {
        meta,
        ..StackPlan::default()
    })
    .await;
    let plan = ShopPlan::sample_with_standard_throughput();
    let change = NumberChange {
        phone_number_id: plan.phone_number_id.clone(),
        messaging_limit: Some(SMALL.to_owned()),
        ..NumberChange::default()
    };
    stack.meta.change_number(&change).unwrap();
    let shop = Shop::open(&stack.platform().await, plan).await;
    (stack, shop)
}

fn change(stack: &Stack, shop: &Shop, change: NumberChange) {
    let change = NumberChange {
        phone_number_id: shop.plan.phone_number_id.clone(),
        ..change
    };
    stack.meta.change_number(&change).unwrap();
}

async fn start(shop: &Shop, people: usize) -> String {
    let plan = CampaignPlan {
        name: "Rentrée",
        template: "offre_fidelite",
        variables: &[json!({"column": "Prénom"}), json!({"text": "FASO25"})],
        file: file(&clients(people)),
    };
    let (campaign, _) = shop.plan_campaign(plan).await;
    let _ = shop.steer_campaign(&campaign, "start").await.ok();
    campaign
}

async fn shown(shop: &Shop, campaign: &str) -> serde_json::Value {
    let path = format!("/v1/campaigns/{campaign}");
    shop.api.get(&path).await.ok()
}
