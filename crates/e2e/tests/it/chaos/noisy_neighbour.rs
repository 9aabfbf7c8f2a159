//! One business overloads the API: its excess is rejected to itself, another business is served normally, and no
//! service uses more memory than its settings allow. No time is asserted.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};
use testkit::{HostileLoad, Service, Shop, StackPlan, eventually};
use tokio_util::sync::CancellationToken;

use super::fixture::{Fixture, PROGRESS, meta, short_timeouts};
use super::report::Scenario;
use super::tier::Counts;
use crate::audience::{clients, file};

const SCENARIO: Scenario = Scenario {
    name: "noisy_neighbour",
    bar: "R37",
    what: "a business floods the API in every way it can, as does a client without a key, while another sends messages, files and \
           campaigns",
};
/// Messages of the other business meanwhile.
const MESSAGES: Counts = Counts::new(200, 2_000, 20_000);
const CLIENTS: usize = 4;
/// Rows of the audiences that the hostile business imports.
const PEOPLE: usize = 20_000;
/// Request bytes in memory for all businesses, and for one of them.
const BODY_BYTES: u64 = 64_000_000;
const BODY_BYTES_OF_ONE: u64 = 20_000_000;
/// Memory of an idle process in kilobytes; a debug build uses more than a release build.
const EMPTY_KB: u64 = 256 * 1_024;

#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn noisy_neighbour() {
    let mut settings = short_timeouts();
    settings.extend([
        ("database.request_connections", "8".to_owned()),
        ("database.request_connections_per_business", "3".to_owned()),
        ("gateway.max_calls_per_business", "64".to_owned()),
        ("gateway.max_body_bytes_in_memory", BODY_BYTES.to_string()),
        (
            "gateway.max_body_bytes_in_memory_per_business",
            BODY_BYTES_OF_ONE.to_string(),
        ),
    ]);
    let plan = StackPlan {
        meta: meta(),
        settings,
    };
    let mut fixture = Fixture::open(SCENARIO, plan).await;
    let used = HostileLoad::spend_key(&fixture.shop).await;
    fixture
        .log_accepted(&fixture.shop, HostileLoad::SPENT_KEY, &used)
        .await;
    let draft = draft(&fixture.shop).await;
    let audience = file(&clients(PEOPLE));
    let hostile = HostileLoad::of(&fixture.shop, &fixture.stack.services, draft, audience);
    let clients = fixture.clients(Duration::from_millis(50));
    let sending = tokio::spawn(clients.clone().send_all(CLIENTS));
    let quiet = CancellationToken::new();
    let errands = tokio::spawn(errands(fixture.other_shop.clone(), quiet.clone()));
    let memory = Memory::watch(&fixture, quiet.clone());

    let worst = tokio::spawn(Arc::clone(&hostile).run());
    clients.until_accepted_more(fixture.tier.of(MESSAGES)).await;
    let both_ends = "both limits were reached";
    eventually(both_ends, PROGRESS, async || {
        let answers = hostile.answers();
        let refused = |attack| answers.contains_key(&(attack, 429));
        (refused("calls") && refused("files")).then_some(())
    })
    .await;
    hostile.stop();
    worst.await.unwrap();
    quiet.cancel();
    clients.stop();
    sending.await.unwrap();
    let errands = errands.await.unwrap();
    let memory = memory.await.unwrap();

    assert_eq!(clients.retries(), 0, "the other business was rejected");
    let faults: Vec<_> = hostile
        .answers()
        .into_keys()
        .filter(|(_, status)| *status == 500)
        .collect();
    assert!(faults.is_empty(), "{faults:?}");
    assert_within_bounds(&memory);
    fixture.settle().await;
    let report = fixture.run_auditor().await;
    report.assert_clean();
    note(&mut fixture, &hostile, errands, &memory);
    without_shares(&mut fixture).await;
    fixture.finish(report);
}

/// A campaign that is never started.
async fn draft(shop: &Shop) -> String {
    let body = json!({
        "name": "Novembre",
        "from": shop.plan.phone_number_id,
        "template": {"name": "ticket_de_caisse", "language": "fr"},
        "variables": {"1": {"column": "Prénom"}, "2": {"column": "Ticket"}, "3": {"text": "12 500"}},
    });
    let campaign = shop.api.post("/v1/campaigns", &body).await.ok();
    campaign["id"].as_str().unwrap().to_owned()
}

/// What the other business does besides sending messages. Each call has to succeed.
async fn errands(shop: Shop, until: CancellationToken) -> u64 {
    let audience = file(&clients(20));
    let mut done = 0;
    while !until.is_cancelled() {
        let draft = draft(&shop).await;
        let path = format!("/v1/campaigns/{draft}/audience");
        let report: Value = shop.api.put_csv(&path, audience.clone()).await.ok();
        assert_eq!(report["planned"], 20);
        let _ = shop.api.get(&path).await.ok();
        let _ = shop.steer_campaign(&draft, "cancel").await.ok();
        let _ = shop.api.get("/v1/messages?limit=10").await.ok();
        done += 4;
    }
    done
}

/// Memory bound of each service in kilobytes: three times the body bytes that its settings allow.
fn bounds() -> [(Service, u64); 5] {
    let with_bodies = |bytes: u64| EMPTY_KB + 3 * bytes / 1_024;
    let ingest = 64 * 1_024 * 1_024;
    [
        (Service::Gateway, with_bodies(BODY_BYTES)),
        (Service::WebhookIngest, with_bodies(ingest)),
        (Service::Sender, EMPTY_KB),
        (Service::TemplateSync, EMPTY_KB),
        (Service::RetentionJanitor, EMPTY_KB),
    ]
}

/// Samples the memory of every service.
struct Memory;

impl Memory {
    /// The peak memory of each service in kilobytes, until cancelled.
    fn watch(
        fixture: &Fixture,
        until: CancellationToken,
    ) -> tokio::task::JoinHandle<BTreeMap<Service, u64>> {
        let pids = bounds().map(|(service, _)| {
            let pid = fixture.stack.services.process_id(service).unwrap();
            (service, pid)
        });
        tokio::spawn(async move {
            let mut most = BTreeMap::new();
            let mut ticks = tokio::time::interval(Duration::from_millis(200));
            while !until.is_cancelled() {
                ticks.tick().await;
                for (service, pid) in pids {
                    let most: &mut u64 = most.entry(service).or_default();
                    *most = resident_kb(pid).max(*most);
                }
            }
            most
        })
    }
}

/// Resident memory of a process.
pub(super) fn resident_kb(pid: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes = line.unwrap().trim().trim_end_matches("kB").trim();
    kilobytes.parse().unwrap()
}

fn note(
    fixture: &mut Fixture,
    hostile: &HostileLoad,
    errands: u64,
    memory: &BTreeMap<Service, u64>,
) {
    let answers = hostile.answers();
    let of = |wanted: u16| -> u64 {
        let of_status = answers.iter().filter(|((_, status), _)| *status == wanted);
        of_status.map(|(_, count)| count).sum()
    };
    let all: u64 = answers.values().sum();
    fixture.notes.push(format!(
        "{all} calls of the hostile business and of the client without a key were answered, {} of them 429 and {} 503; the other business's {errands} \
         calls beside its messages all succeeded",
        of(429),
        of(503)
    ));
    let took = memory
        .iter()
        .map(|(service, kb)| format!("{} {} MB", service.name(), kb / 1_024));
    let took: Vec<String> = took.collect();
    fixture
        .notes
        .push(format!("peak memory: {}", took.join(", ")));
}

/// Negative control: the same gateway without shares. One business's bytes then cause another's 503.
async fn without_shares(fixture: &mut Fixture) {
    let services = &mut fixture.stack.services;
    let all = BODY_BYTES.to_string();
    services.set("gateway.max_body_bytes_in_memory_per_business", all);
    services.kill_9(Service::Gateway).await;
    services.start(Service::Gateway).await;
    let draft = draft(&fixture.shop).await;
    let hostile = HostileLoad::of(&fixture.shop, &fixture.stack.services, draft, Vec::new());
    let bytes = usize::try_from(BODY_BYTES).unwrap() - 50_000;
    let holding = tokio::spawn(hostile.hold_bytes(bytes));
    eventually("the other business is rejected", PROGRESS, async || {
        let path = "/v1/campaigns";
        let body = json!({"name": "x".repeat(100_000)});
        let answer = fixture.other_shop.api.post(path, &body).await;
        (answer.status == StatusCode::SERVICE_UNAVAILABLE).then_some(())
    })
    .await;
    holding.abort();
    fixture
        .controls
        .push("without shares of memory, another business's call was answered 503".to_owned());
}

fn assert_within_bounds(memory: &BTreeMap<Service, u64>) {
    for (service, bound_kb) in bounds() {
        let most = memory[&service];
        assert!(most <= bound_kb, "{service:?} used {most} kB of {bound_kb}");
    }
}
