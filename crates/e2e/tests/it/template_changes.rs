//! Meta changes a template in the middle of a campaign: a pause stops it within seconds and an approval lets it go on; a
//! new category applies to the messages that wait.

use std::time::Duration;

use bootstrap::clock::SystemClock;
use chrono::{DateTime, TimeDelta, Utc};
use common::clock::Clock;
use meta_sim::{
    FieldChange, Inbound, Pause, SimConfig, TemplateKey, TemplateStatus, WebhookBehaviour,
};
use serde_json::{Map, Value, json};
use testkit::{CampaignPlan, Shop, ShopPlan, Stack, StackPlan, eventually};

use crate::audience::{Client, clients, file};
use crate::output::{print_line, seed};
use crate::sources::people;

/// At the 64 to 80 a second of a number of standard throughput: some seconds.
const MESSAGES: usize = 600;
const WAIT: Duration = Duration::from_secs(60);
/// Within this time a change at Meta has taken effect.
const EFFECT: TimeDelta = TimeDelta::seconds(10);
const OFFER: &str = "offre_fidelite";
const REMINDER: &str = "facture_disponible";
const REMINDER_ID: u64 = 1_689_556_908_129_820;

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_campaign_whose_template_meta_pauses_stops_and_goes_on_when_it_is_approved() {
    let (stack, shop) = open().await;
    let people = clients(MESSAGES);
    let campaign = start(&shop, &people, OFFER).await;
    until_posted(&stack, 1).await;

    let changed_at = SystemClock.now();
    stack
        .meta
        .pause_template(&Pause {
            template: key(&shop, OFFER),
            title: None,
        })
        .unwrap();
    let paused = shop.event("campaign.paused").await;
    assert_eq!(paused["data"]["reason"], "template_refused");
    let took = time(&paused) - changed_at;
    print_line(format_args!(
        "the campaign was paused after {} ms",
        took.num_milliseconds()
    ));
    assert!(took <= EFFECT, "the campaign was paused after {took}");
    let changed = shop.event("template.status_changed").await;
    assert_eq!(changed["data"]["status"], "PAUSED");
    assert!(
        stack.meta.ledger().len() < MESSAGES,
        "the campaign had ended"
    );

    let approved = TemplateStatus {
        template: key(&shop, OFFER),
        event: "APPROVED".to_owned(),
        reason: None,
        details: Map::new(),
    };
    // Meta's times have whole seconds: an approval in the second of the pause would count as the older one.
    eventually("the second of the pause is over", WAIT, async || {
        (SystemClock.now().timestamp() > changed_at.timestamp() + 1).then_some(())
    })
    .await;
    stack.meta.set_template_status(&approved).unwrap();
    let approved_at = SystemClock.now();
    let resumed = shop.event("campaign.resumed").await;
    assert!(time(&resumed) - approved_at <= EFFECT);
    eventually("everybody got the message", WAIT, async || {
        let shown = shown(&shop, &campaign).await;
        (shown["by_state"]["read"].as_u64() == u64::try_from(MESSAGES).ok()).then_some(())
    })
    .await;
    assert_eq!(shown(&shop, &campaign).await["state"], "completed");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_template_that_becomes_an_offer_is_not_sent_to_who_opted_out() {
    let (stack, shop) = open().await;
    let clients = clients(MESSAGES);
    let campaign = start(&shop, &clients, REMINDER).await;
    until_posted(&stack, 1).await;
    let _ = shop.steer_campaign(&campaign, "pause").await.ok();
    let leaving = clients.last().unwrap();
    write_stop(&stack, &shop, leaving);
    let _ = shop.event("contact.opted_out").await;
    assert!(!people(&stack.meta.ledger()).contains_key(&leaving.wa_id()));

    let changed_at = SystemClock.now();
    stack
        .meta
        .report(&FieldChange {
            waba_id: shop.plan.waba_id.clone(),
            field: "template_category_update".to_owned(),
            value: json!({
                "message_template_id": REMINDER_ID,
                "message_template_name": REMINDER,
                "message_template_language": "fr",
                "previous_category": "UTILITY",
                "new_category": "MARKETING",
            }),
        })
        .unwrap();
    let changed = shop.event("template.category_changed").await;
    assert_eq!(changed["data"]["category"], "MARKETING");
    assert!(time(&changed) - changed_at <= EFFECT);
    let _ = shop.steer_campaign(&campaign, "resume").await.ok();
    eventually("the campaign has ended", WAIT, async || {
        let shown = shown(&shop, &campaign).await;
        (shown["by_state"]["read"].as_u64() == u64::try_from(MESSAGES - 1).ok()).then_some(())
    })
    .await;
    assert!(!people(&stack.meta.ledger()).contains_key(&leaving.wa_id()));
    let path = format!("/v1/messages?recipient=%2B{}", leaving.wa_id());
    let message = &shop.api.get(&path).await.ok()["items"][0];
    assert_eq!(message["state"], "suppressed");
    assert_eq!(message["category"], "MARKETING");
}

async fn open() -> (Stack, Shop) {
    let meta = SimConfig {
        seed: seed(),
        behaviour: WebhookBehaviour::quick(),
        ..SimConfig::default()
    };
    let stack = Stack::start(StackPlan {
        meta,
        ..StackPlan::default()
    })
    .await;
    let plan = ShopPlan::sample_with_standard_throughput();
    let shop = Shop::open(&stack.platform().await, plan).await;
    (stack, shop)
}

async fn until_posted(stack: &Stack, messages: usize) {
    eventually("the campaign has started", WAIT, async || {
        (stack.meta.ledger().len() >= messages).then_some(())
    })
    .await;
}

fn key(shop: &Shop, template: &str) -> TemplateKey {
    TemplateKey {
        waba_id: shop.plan.waba_id.clone(),
        name: template.to_owned(),
        language: "fr".to_owned(),
    }
}

/// The product's time of an event.
fn time(event: &Value) -> DateTime<Utc> {
    event["occurred_at"].as_str().unwrap().parse().unwrap()
}

async fn start(shop: &Shop, clients: &[Client], template: &str) -> String {
    let plan = CampaignPlan {
        name: "Rentrée",
        template,
        variables: &[json!({"column": "Prénom"}), json!({"text": "FASO25"})],
        file: file(clients),
    };
    let (campaign, _) = shop.plan_campaign(plan).await;
    let _ = shop.steer_campaign(&campaign, "start").await.ok();
    campaign
}

async fn shown(shop: &Shop, campaign: &str) -> Value {
    let path = format!("/v1/campaigns/{campaign}");
    shop.api.get(&path).await.ok()
}

fn write_stop(stack: &Stack, shop: &Shop, client: &Client) {
    let stop = Inbound {
        phone_number_id: shop.plan.phone_number_id.clone(),
        from: client.wa_id(),
        profile_name: None,
        message: json!({"type": "text", "text": {"body": "Stop !"}})
            .as_object()
            .unwrap()
            .clone(),
        ..Inbound::default()
    };
    let _ = stack.meta.inbound(stop).unwrap();
}
