//! A client writes STOP in the middle of a campaign: the opt-out is recorded and reported, and no later POST goes to
//! that person.

use std::time::Duration;

use meta_sim::{Inbound, SimConfig, WebhookBehaviour};
use serde_json::json;
use testkit::{CampaignPlan, Shop, ShopPlan, Stack, StackPlan, eventually};

use crate::audience::{Client, clients, file};
use crate::output::{print_line, seed};
use crate::sources::{Sources, people};

/// At the 64 to 80 a second of a number of standard throughput: some seconds.
const MESSAGES: usize = 500;
const WAIT: Duration = Duration::from_secs(60);

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_stop_during_a_campaign_suppresses_the_remaining_messages() {
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
    let shop = Shop::open(
        &stack.platform().await,
        ShopPlan::sample_with_standard_throughput(),
    )
    .await;
    let clients = clients(MESSAGES);
    let campaign = start(&shop, &clients).await;
    eventually("the campaign has started", WAIT, async || {
        (!stack.meta.ledger().is_empty()).then_some(())
    })
    .await;

    let leaving = clients.last().unwrap();
    write_stop(&stack, &shop, leaving);
    let opted_out = shop.event("contact.opted_out").await;
    let posted = stack.meta.ledger().len();
    print_line(format_args!(
        "the opt-out was recorded when {posted} of {MESSAGES} were posted"
    ));
    assert!(
        posted < MESSAGES,
        "the campaign ended before the opt-out: nothing is proved"
    );
    assert!(
        !people(&stack.meta.ledger()).contains_key(&leaving.wa_id()),
        "the person had received it before"
    );

    eventually("the campaign has ended", WAIT, async || {
        let shown = shop
            .api
            .get(&format!("/v1/campaigns/{campaign}"))
            .await
            .ok();
        (shown["by_state"]["read"].as_u64() == u64::try_from(MESSAGES - 1).ok()).then_some(())
    })
    .await;
    assert_only_one_is_skipped(&stack, &clients, leaving);
    assert_reported(&stack, &shop, &opted_out, leaving).await;
}

/// Everybody except this person got the message once.
fn assert_only_one_is_skipped(stack: &Stack, clients: &[Client], leaving: &Client) {
    let got = people(&stack.meta.ledger());
    let others = clients
        .iter()
        .filter(|client| client.wa_id() != leaving.wa_id());
    assert!(
        others
            .map(Client::wa_id)
            .all(|person| got.get(&person) == Some(&1)),
        "another recipient was skipped"
    );
    assert_eq!(
        got.get(&leaving.wa_id()),
        None,
        "a message was sent after the opt-out"
    );
}

/// The person's message is suppressed, the opt-out is stored, and the event refers to the client's message.
async fn assert_reported(
    stack: &Stack,
    shop: &Shop,
    opted_out: &serde_json::Value,
    leaving: &Client,
) {
    let recipient = leaving.wa_id();
    let suppressed = eventually("the message to the person has ended", WAIT, async || {
        let found = shop
            .api
            .get(&format!("/v1/messages?recipient=%2B{recipient}"))
            .await
            .ok();
        let state = found["items"][0]["state"].as_str()?.to_owned();
        (state != "accepted" && state != "held").then_some(state)
    })
    .await;
    assert_eq!(suppressed, "suppressed");
    let sources = Sources::open(stack).await;
    assert_eq!(
        sources
            .number(
                "select count(*) from suppressions s join contact_identifiers i
                    on i.business_id = s.business_id and i.hash = s.recipient_hash and i.kind in (1, 2)
                 where s.is_opted_out",
            )
            .await,
        1
    );
    let received = shop.event("inbound.received").await;
    let inbound = received["inbound_message_id"].as_str().unwrap();
    assert_eq!(opted_out["inbound_message_id"], inbound);
    let written = shop
        .api
        .get(&format!("/v1/inbound-messages/{inbound}"))
        .await
        .ok();
    assert_eq!(
        (written["from"].as_str(), written["keyword"].as_str()),
        (Some(recipient.as_str()), Some("opt_out"))
    );
}

async fn start(shop: &Shop, clients: &[Client]) -> String {
    let plan = CampaignPlan {
        name: "Rentrée",
        template: "offre_fidelite",
        variables: &[json!({"column": "Prénom"}), json!({"text": "FASO25"})],
        file: file(clients),
    };
    let (campaign, _) = shop.plan_campaign(plan).await;
    let _ = shop.steer_campaign(&campaign, "start").await.ok();
    campaign
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
