//! The simulated Meta's control: its webhooks, what is still under way, and its ledger of what it accepted.

use reqwest::RequestBuilder;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::failure::Failure;

/// The sample account that every simulator starts with.
pub(crate) const WABA_ID: &str = "102290129340398";
/// Its number with HIGH throughput and without a limit of recipients.
pub(crate) const PHONE_NUMBER_ID: &str = "106540352242923";
/// A token that may do everything with the account.
pub(crate) const TOKEN: &str = "EAAsimBoutiqueFaso";
/// The app that the token was issued for.
pub(crate) const APP_ID: &str = "670843887433847";

/// How its webhooks behave: what happens on real networks, within seconds.
pub(crate) const BEHAVIOUR: &str = r#"{
    "sent": {"min": 50, "max": 400}, "delivered": {"min": 200, "max": 2000}, "read": {"min": 500, "max": 5000},
    "read_share": 0.6, "failed_share": 0.02, "failed_codes": [131026, 131049],
    "doubled_share": 0.05, "reordered_share": 0.05, "early_share": 0.05, "statuses_per_post": 20
}"#;

const PAGE: usize = 10_000;

/// The control of a running simulator.
pub(crate) struct Simulator {
    http: reqwest::Client,
    base: String,
}

/// Its ledger in short.
#[derive(Deserialize)]
struct Summary {
    accepted: u64,
}

/// One message that it accepted.
#[derive(Deserialize)]
pub(crate) struct Posted {
    /// The recipient as the sender named it.
    pub(crate) input: String,
    pub(crate) phone_number_id: String,
}

#[derive(Deserialize)]
struct LedgerPage {
    summary: Summary,
    entries: Vec<Posted>,
    next_after: Option<u64>,
}

#[derive(Deserialize)]
struct Stats {
    webhook_updates_outstanding: u64,
}

#[derive(Deserialize)]
struct Handshake {
    verified: bool,
}

impl Simulator {
    pub(crate) fn new(http: reqwest::Client, base: String) -> Self {
        Self { http, base }
    }

    /// Has it verify the address of its webhooks, as Meta does before it sends any.
    pub(crate) async fn verify_webhook(&self) -> Result<(), Failure> {
        let handshake: Handshake = read(self.http.post(self.url("/sim/handshake"))).await?;
        if !handshake.verified {
            return Err(Failure::new(
                "webhook-ingest did not pass Meta's verification of its address.",
            )
            .advice("read webhook-ingest's log, then start again."));
        }
        Ok(())
    }

    /// Ends the review of the shop's template, as Meta does within a day.
    pub(crate) async fn approve(&self, name: &str, language: &str) -> Result<(), Failure> {
        let approval = json!({
            "waba_id": WABA_ID, "name": name, "language": language, "event": "APPROVED",
        });
        let request = self.http.post(self.url("/sim/templates/status"));
        let answer = request.json(&approval).send().await;
        answer
            .and_then(reqwest::Response::error_for_status)
            .map_err(|error| failed(&error))?;
        Ok(())
    }

    /// Statuses that it still has to tell.
    pub(crate) async fn outstanding(&self) -> Result<u64, Failure> {
        let stats: Stats = read(self.http.get(self.url("/sim/stats"))).await?;
        Ok(stats.webhook_updates_outstanding)
    }

    /// How many messages it ever accepted.
    pub(crate) async fn accepted(&self) -> Result<u64, Failure> {
        let page: LedgerPage = read(self.http.get(self.url("/sim/ledger?limit=1"))).await?;
        Ok(page.summary.accepted)
    }

    /// The messages that it accepted after so many others.
    pub(crate) async fn accepted_after(&self, sequence: u64) -> Result<Vec<Posted>, Failure> {
        let mut posted = Vec::new();
        let mut after = Some(sequence);
        while let Some(sequence) = after {
            let path = format!("/sim/ledger?after={sequence}&limit={PAGE}");
            let page: LedgerPage = read(self.http.get(self.url(&path))).await?;
            posted.extend(page.entries);
            after = page.next_after;
        }
        Ok(posted)
    }

    /// Where a person finds its ledger.
    pub(crate) fn ledger_url(&self) -> String {
        self.url("/sim/ledger")
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }
}

async fn read<T: DeserializeOwned>(request: RequestBuilder) -> Result<T, Failure> {
    let answer = request
        .send()
        .await
        .and_then(reqwest::Response::error_for_status);
    answer
        .map_err(|error| failed(&error))?
        .json()
        .await
        .map_err(|error| failed(&error))
}

fn failed(error: &reqwest::Error) -> Failure {
    Failure::new(format!(
        "the simulated Meta did not answer its control: {error}."
    ))
    .advice("read its log (logs/meta-sim.log in the state folder), then start again.")
}
