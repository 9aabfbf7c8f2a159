//! A running product with businesses that are ready to send, opened through the public API.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use futures_util::stream::{self, StreamExt as _};
use meta_sim::{Account, Number, SimConfig, Token, WebhookBehaviour};
use serde_json::{Value, json};
use testkit::{ApiClient, Service, Shop, ShopPlan, Stack, StackPlan};

/// Businesses that are opened concurrently.
const OPENED_AT_A_TIME: usize = 4;
/// Time limit of the import of a million rows.
const FILE_TIMEOUT: Duration = Duration::from_secs(600);
/// Test settings that are removed, so that the product's defaults apply.
const TEST_SETTINGS: [&str; 3] = [
    "database.request_connections",
    "database.worker_connections",
    "gateway.workers",
];

/// The product under measurement. Each scenario has one of its own, so that none inherits a backlog.
pub(crate) struct Fixture {
    pub(crate) stack: Stack,
    pub(crate) shops: Vec<ManyNumbers>,
}

/// A business with several numbers.
#[derive(Clone)]
pub(crate) struct ManyNumbers {
    pub(crate) shop: Shop,
    pub(crate) numbers: Vec<Number>,
}

/// Meta's throughput level of 1,000 messages per second.
pub(crate) const HIGH: &str = "HIGH";
/// Meta's throughput level of 80 messages per second.
pub(crate) const STANDARD: &str = "STANDARD";

impl Fixture {
    /// Starts Meta, the gateway and template-sync, and opens businesses, each with numbers of these throughput levels.
    ///
    /// # Errors
    /// When the API returns an error. Panics when a dependency is missing.
    pub(crate) async fn open(businesses: usize, levels: &[&str]) -> Result<Self> {
        let meta = SimConfig {
            behaviour: WebhookBehaviour {
                read_share: 1.0,
                ..WebhookBehaviour::quick()
            },
            webhook_concurrency: 256,
            // Some endings of numbers trigger faults in the simulator.
            recipient_rules: false,
            ..SimConfig::default()
        };
        let mut stack = Stack::prepare(StackPlan {
            meta,
            settings: Vec::new(),
        })
        .await;
        for key in TEST_SETTINGS {
            stack.services.unset(key);
        }
        stack
            .services
            .start_all(&[Service::Gateway, Service::TemplateSync])
            .await;
        let platform = stack.platform().await;
        let accounts: Vec<Account> = (0..businesses)
            .map(|_| Ok(stack.meta.put_account(account(levels))?))
            .collect::<Result<_>>()?;
        let opening = stream::iter(accounts).map(|account| ManyNumbers::open(&platform, account));
        let shops: Vec<Result<ManyNumbers>> = opening.buffered(OPENED_AT_A_TIME).collect().await;
        Ok(Self {
            shops: shops.into_iter().collect::<Result<_>>()?,
            stack,
        })
    }

    /// Starts the remaining services.
    pub(crate) async fn start_rest(&mut self) {
        let rest = [
            Service::Sender,
            Service::WebhookIngest,
            Service::RetentionJanitor,
        ];
        self.stack.services.start_all(&rest).await;
    }

    /// Starts further senders, up to `count` in total.
    pub(crate) async fn start_senders(&mut self, count: usize) {
        for number in 1..count {
            self.stack.services.start(Service::Sender.nth(number)).await;
        }
    }

    /// Stops all services gracefully.
    pub(crate) async fn stop(&mut self) {
        for service in Service::ALL {
            self.stack.services.terminate(service).await;
        }
    }

    /// Starts all services.
    pub(crate) async fn start(&mut self) {
        self.stack.services.start_all(&Service::ALL).await;
    }

    /// The address of the API or of the webhook endpoint.
    ///
    /// # Errors
    /// When its URL is not an address.
    pub(crate) fn address(&self, service: Service) -> Result<SocketAddr> {
        let url = self.stack.services.url(service, "");
        let address = url.strip_prefix("http://").context("an address")?;
        Ok(address.parse()?)
    }

    /// A count from the database.
    ///
    /// # Errors
    /// When the query fails.
    pub(crate) async fn count(&self, query: &str) -> Result<u64> {
        let count: i64 = self
            .stack
            .db
            .admin()
            .await
            .query_one(query, &[])
            .await?
            .get(0);
        Ok(u64::try_from(count)?)
    }
}

impl ManyNumbers {
    async fn open(platform: &ApiClient, account: Account) -> Result<Self> {
        let plan = ShopPlan::of_account(&account);
        let shop = Shop::open(platform, plan).await;
        let numbers = account.numbers;
        for number in numbers.iter().skip(1) {
            let body = json!({
                "waba_id": shop.plan.waba_id,
                "phone_number_id": number.id,
                "access_token": shop.plan.access_token,
            });
            drop(shop.api.post("/v1/numbers", &body).await.ok());
        }
        Ok(Self { shop, numbers })
    }

    /// The same business, sending from another of its numbers.
    pub(crate) fn sending_from(&self, number: &Number) -> Shop {
        let mut shop = self.shop.clone();
        number.id.clone_into(&mut shop.plan.phone_number_id);
        shop
    }
}

/// Creates a campaign without an audience, whose file has the header [`crate::clients_file::HEADER`]; returns its id.
///
/// # Errors
/// When the API returns an error.
pub(crate) async fn make_draft(shop: &Shop) -> Result<String> {
    let campaign = json!({
        "name": "Fidélité",
        "from": shop.plan.phone_number_id,
        "template": {"name": "offre_fidelite", "language": "fr"},
        "variables": {"1": {"column": "Prénom"}, "2": {"column": "Code"}},
    });
    let made = shop.api.post("/v1/campaigns", &campaign).await.ok();
    let id = made.get("id").and_then(Value::as_str);
    Ok(id.context("a campaign without an id")?.to_owned())
}

/// Creates a campaign of the rows of `file`, whose header is [`crate::clients_file::HEADER`]; returns its id and the
/// report.
///
/// # Errors
/// When the API returns an error.
pub(crate) async fn plan_campaign(
    shop: &Shop,
    base: &str,
    file: Vec<u8>,
) -> Result<(String, Value)> {
    let id = make_draft(shop).await?;
    let http = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(FILE_TIMEOUT)
        .build()?;
    let answer = http
        .put(format!("{base}/v1/campaigns/{id}/audience"))
        .bearer_auth(shop.api.key())
        .header("Content-Type", "text/csv")
        .body(file)
        .send()
        .await?;
    let status = answer.status();
    let report: Value = answer.json().await?;
    if !status.is_success() {
        bail!("the audience was refused: {status}: {report}");
    }
    Ok((id, report))
}

/// An account with the sample templates and numbers of these throughput levels.
fn account(levels: &[&str]) -> Account {
    let number = |(index, level): (usize, &&str)| Number {
        display_phone_number: format!("+226 25 30 70 {index:02}"),
        throughput: (*level).to_owned(),
        messaging_limit: "TIER_UNLIMITED".to_owned(),
        ..Number::default()
    };
    Account {
        name: Some("Boutique Faso".to_owned()),
        with_sample_templates: true,
        numbers: levels.iter().enumerate().map(number).collect(),
        tokens: vec![Token::default()],
        ..Account::default()
    }
}
