//! A graceful stop loses nothing: SIGTERM to each service under load, one after another, ends it with success and in time;
//! nothing is left that would have to be doubted.

use std::collections::BTreeSet;
use std::time::Duration;

use common::ids::MessageId;
use meta_sim::{DelayMs, SimConfig, WebhookBehaviour};
use serde_json::json;
use testkit::{CampaignPlan, Service, Shop, ShopPlan, SingleMessage, Stack, StackPlan, eventually};

use crate::audience::{clients, file};
use crate::books::{Books, assert_closed};
use crate::said::{say, seed};

const MESSAGES: usize = 4_000;
/// Of Meta's 1,000 a second: on a fast machine, too, the job lasts until the last stop.
const PACE_SHARE: &str = "0.3";
/// Sales meanwhile.
const SINGLES: usize = 300;
/// Messages that are posted between two stops.
const BETWEEN: u64 = 150;
const WAIT: Duration = Duration::from_secs(90);
/// What the product promises.
const IN_TIME: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn a_graceful_stop_of_each_service_loses_nothing() {
    let plan = StackPlan {
        meta: meta(seed()),
        settings: vec![("sender.pace_share", PACE_SHARE.to_owned())],
    };
    let mut stack = Stack::start(plan).await;
    let books = Books::open(&stack).await;
    let shop = Shop::open(
        &stack.platform().await,
        ShopPlan::sample_with_high_throughput(),
    )
    .await;
    let campaign = start(&shop).await;
    let selling = tokio::spawn(sell(shop.clone()));
    for service in Service::ALL {
        let posted = stack.meta.summary().accepted;
        eventually("the job goes on", WAIT, async || {
            (stack.meta.summary().accepted >= posted + BETWEEN).then_some(())
        })
        .await;
        stop(&mut stack, &books, service).await;
    }
    let posted = stack.meta.summary().accepted;
    assert!(
        posted < u64::try_from(MESSAGES).unwrap(),
        "the last stops were not under load"
    );
    let sold = selling.await.unwrap();
    let promised = async || {
        books
            .promised(&campaign)
            .await
            .union(&sold)
            .copied()
            .collect()
    };
    assert_closed(
        &books
            .close(&stack, WAIT, promised, MESSAGES + SINGLES)
            .await,
    );
    assert_eq!(books.conservation_difference().await, 0);
    assert_eq!(
        books
            .number("select count(*) from messages where possible_duplicate")
            .await,
        0
    );
    let doubts = "select count(*) from attempts where outcome not in (1, 7)";
    assert_eq!(
        books.number(doubts).await,
        0,
        "a stop left a POST whose outcome nobody knows"
    );
}

async fn stop(stack: &mut Stack, books: &Books, service: Service) {
    let (status, after) = stack.services.terminate(service).await;
    say(format_args!(
        "{} ended after {after:?}, {} posted so far",
        service.name(),
        stack.meta.summary().accepted
    ));
    assert!(status.success(), "{} ended with {status}", service.name());
    assert!(after < IN_TIME, "{} took {after:?}", service.name());
    if service == Service::Sender {
        assert_eq!(
            books.sending().await,
            BTreeSet::new(),
            "the sender left claims behind"
        );
    }
    stack.services.start(service).await;
}

/// Sales one after another, each until it is answered.
async fn sell(shop: Shop) -> BTreeSet<MessageId> {
    let mut log = BTreeSet::new();
    for sale in 0..SINGLES {
        let to = format!("76{:06}", 200_000 + sale);
        let ticket = format!("T-{sale}");
        let body = shop.message(&SingleMessage {
            to: &to,
            template: "ticket_de_caisse",
            variables: &["Awa", &ticket, "12 500"],
            reference: None,
        });
        let answer = shop
            .api
            .post_until_answered("/v1/messages", &format!("sale-{sale}"), &body)
            .await;
        assert!(
            log.insert(answer.ok()["id"].as_str().unwrap().parse().unwrap()),
            "two sales are one message"
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

/// Every message is read; Meta takes a moment to answer, so that POSTs are under way at any time.
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
