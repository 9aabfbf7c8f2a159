//! A graceful stop loses nothing: SIGTERM to each service under load, one after another, ends it with success and in
//! time; no message is left in doubt.

use std::collections::BTreeSet;
use std::time::Duration;

use common::ids::MessageId;
use meta_sim::{DelayMs, SimConfig, WebhookBehaviour};
use serde_json::json;
use testkit::{CampaignPlan, Service, Shop, ShopPlan, SingleMessage, Stack, StackPlan, eventually};

use crate::audience::{clients, file};
use crate::output::{print_line, seed};
use crate::sources::{Sources, assert_no_findings};

const MESSAGES: usize = 4_000;
/// Share of Meta's 1,000 messages a second: even on a fast machine, the job lasts until the last stop.
const THROUGHPUT_SHARE: &str = "0.3";
/// Single messages sent meanwhile.
const SINGLES: usize = 300;
/// Messages posted between two stops.
const BETWEEN: u64 = 150;
const WAIT: Duration = Duration::from_secs(90);
/// The documented limit.
const IN_TIME: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_graceful_stop_of_each_service_loses_nothing() {
    let plan = StackPlan {
        meta: meta(seed()),
        settings: vec![("sender.throughput_share", THROUGHPUT_SHARE.to_owned())],
    };
    let mut stack = Stack::start(plan).await;
    let sources = Sources::open(&stack).await;
    let shop = Shop::open(
        &stack.platform().await,
        ShopPlan::sample_with_high_throughput(),
    )
    .await;
    let campaign = start(&shop).await;
    let sending = tokio::spawn(run(shop.clone()));
    for service in Service::ALL {
        let posted = stack.meta.summary().accepted;
        eventually("the job proceeds", WAIT, async || {
            (stack.meta.summary().accepted >= posted + BETWEEN).then_some(())
        })
        .await;
        stop(&mut stack, &sources, service).await;
    }
    let posted = stack.meta.summary().accepted;
    assert!(
        posted < u64::try_from(MESSAGES).unwrap(),
        "the last stops were not under load"
    );
    let acknowledged = sending.await.unwrap();
    let accepted = async || {
        sources
            .campaign_messages(&campaign)
            .await
            .union(&acknowledged)
            .copied()
            .collect()
    };
    assert_no_findings(
        &sources
            .audit_until_clean(&stack, WAIT, accepted, MESSAGES + SINGLES)
            .await,
    );
    assert_eq!(sources.conservation_difference().await, 0);
    assert_eq!(
        sources
            .number("select count(*) from messages where possible_duplicate")
            .await,
        0
    );
    let doubts = "select count(*) from attempts where outcome not in (1, 7)";
    assert_eq!(
        sources.number(doubts).await,
        0,
        "a stop left a POST with an unknown outcome"
    );
}

async fn stop(stack: &mut Stack, sources: &Sources, service: Service) {
    let (status, after) = stack.services.terminate(service).await;
    print_line(format_args!(
        "{} ended after {after:?}, {} posted so far",
        service.name(),
        stack.meta.summary().accepted
    ));
    assert!(status.success(), "{} ended with {status}", service.name());
    assert!(after < IN_TIME, "{} took {after:?}", service.name());
    if service == Service::Sender {
        assert_eq!(
            sources.sending().await,
            BTreeSet::new(),
            "the sender kept claims"
        );
    }
    stack.services.start(service).await;
}

/// Sends single messages one after another, each until it is answered.
async fn run(shop: Shop) -> BTreeSet<MessageId> {
    let mut log = BTreeSet::new();
    for index in 0..SINGLES {
        let to = format!("76{:06}", 200_000 + index);
        let ticket = format!("T-{index}");
        let body = shop.message(&SingleMessage {
            to: &to,
            template: "ticket_de_caisse",
            variables: &["Awa", &ticket, "12 500"],
            reference: None,
        });
        let answer = shop
            .api
            .post_until_answered("/v1/messages", &format!("message-{index}"), &body)
            .await;
        assert!(
            log.insert(answer.ok()["id"].as_str().unwrap().parse().unwrap()),
            "two calls returned one message"
        );
    }
    log
}

async fn start(shop: &Shop) -> String {
    let plan = CampaignPlan {
        name: "Tickets de novembre",
        template: "ticket_de_caisse",
        variables: &[
            json!({"column": "Prénom"}),
            json!({"column": "Ticket"}),
            json!({"text": "12 500"}),
        ],
        file: file(&clients(MESSAGES)),
    };
    let (campaign, _) = shop.plan_campaign(plan).await;
    let _ = shop.steer_campaign(&campaign, "start").await.ok();
    campaign
}

/// Every message is read; Meta delays its answers, so that POSTs are in flight at any time.
fn meta(seed: u64) -> SimConfig {
    let behaviour = WebhookBehaviour {
        sent: DelayMs::new(5, 50),
        delivered: DelayMs::new(10, 100),
        read: DelayMs::new(10, 100),
        retry_first_ms: 100,
        retry_max_ms: 1_000,
        statuses_per_post: 4,
        ..WebhookBehaviour::quick()
    };
    SimConfig {
        seed,
        behaviour,
        answer_delay: DelayMs::new(30, 90),
        recipient_rules: false,
        ..SimConfig::default()
    }
}
