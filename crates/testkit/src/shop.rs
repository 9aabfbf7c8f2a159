//! A business that uses the product through the public API only.

use std::time::Duration;

use meta_sim::{Account, sample};
use serde_json::{Value, json};

use crate::{Answer, ApiClient, eventually};

/// Time limit for a template, an event or the end of a campaign.
const WAIT: Duration = Duration::from_secs(30);
/// Maximum number of events of one page.
const FEED_PAGE: usize = 1_000;

/// A business before it connects its number: its account at Meta.
#[derive(Clone)]
pub struct ShopPlan {
    /// The business's name.
    pub name: String,
    /// Its account at Meta.
    pub waba_id: String,
    /// Its number.
    pub phone_number_id: String,
    /// The access token of the account.
    pub access_token: String,
}

/// A business with a connected number and its templates.
#[derive(Clone)]
pub struct Shop {
    /// The business's id.
    pub business_id: String,
    /// The API with the business's own key.
    pub api: ApiClient,
    /// The connected account.
    pub plan: ShopPlan,
}

/// A message to one person.
#[derive(Clone)]
pub struct SingleMessage<'a> {
    /// The recipient, in any notation.
    pub to: &'a str,
    /// The template's name; the language is French.
    pub template: &'a str,
    /// Its variables, `1` first.
    pub variables: &'a [&'a str],
    /// The business's own reference.
    pub reference: Option<&'a str>,
}

/// A campaign and its file.
pub struct CampaignPlan<'a> {
    /// Its name.
    pub name: &'a str,
    /// The template's name; the language is French.
    pub template: &'a str,
    /// The values of the variables, `1` first: `{"column": …}` or `{"text": …}`.
    pub variables: &'a [Value],
    /// The audience.
    pub file: Vec<u8>,
}

impl ShopPlan {
    /// The simulator's sample account with its number of high throughput and no messaging limit.
    #[must_use]
    pub fn sample_with_high_throughput() -> Self {
        Self {
            name: "Boutique Faso".to_owned(),
            waba_id: sample::WABA_ID.to_owned(),
            phone_number_id: sample::HIGH_PHONE_NUMBER_ID.to_owned(),
            access_token: sample::TOKEN.to_owned(),
        }
    }

    /// The simulator's sample account with its number of standard throughput.
    #[must_use]
    pub fn sample_with_standard_throughput() -> Self {
        Self {
            phone_number_id: sample::PHONE_NUMBER_ID.to_owned(),
            ..Self::sample_with_high_throughput()
        }
    }

    /// The first number and token of an account of the simulator.
    ///
    /// # Panics
    /// When the account has none.
    #[must_use]
    pub fn of_account(account: &Account) -> Self {
        Self {
            name: account.name.clone().unwrap_or_default(),
            waba_id: account.waba_id.clone(),
            phone_number_id: account.numbers.first().expect("a number").id.clone(),
            access_token: account.tokens.first().expect("a token").token.clone(),
        }
    }
}

impl Shop {
    /// Creates the business and its API key, connects its number and waits for its templates.
    ///
    /// # Panics
    /// When the API refuses one of the steps, or no template is synchronised.
    pub async fn open(platform: &ApiClient, plan: ShopPlan) -> Self {
        let business = platform
            .post("/v1/businesses", &json!({"name": plan.name}))
            .await
            .ok();
        let business_id = text(&business["id"]);
        let keys = format!("/v1/businesses/{business_id}/keys");
        let key = platform.post(&keys, &json!({"name": "caisse"})).await.ok();
        let api = platform.with_key(&text(&key["key"]));
        let number = json!({
            "waba_id": plan.waba_id,
            "phone_number_id": plan.phone_number_id,
            "access_token": plan.access_token,
        });
        let _ = api.post("/v1/numbers", &number).await.ok();
        let shop = Self {
            business_id,
            api,
            plan,
        };
        shop.await_templates().await;
        shop
    }

    /// Waits until the templates of the account are synchronised.
    async fn await_templates(&self) {
        eventually("the templates are synchronised", WAIT, async || {
            let wabas = self.api.get("/v1/wabas").await.ok();
            wabas["items"][0]["templates_synced_at"]
                .is_string()
                .then_some(())
        })
        .await;
    }

    /// The body of `POST /v1/messages`.
    #[must_use]
    pub fn message(&self, message: &SingleMessage<'_>) -> Value {
        let variables = numbered(message.variables.iter().map(|value| json!(value)));
        let mut body = json!({
            "from": self.plan.phone_number_id,
            "to": message.to,
            "template": {"name": message.template, "language": "fr"},
            "variables": variables,
        });
        if let (Some(reference), Some(body)) = (message.reference, body.as_object_mut()) {
            body.insert("reference".to_owned(), json!(reference));
        }
        body
    }

    /// Sends a message; returns its id.
    ///
    /// # Panics
    /// When it is not accepted.
    pub async fn send(&self, message: &SingleMessage<'_>) -> String {
        let answer = self.api.post("/v1/messages", &self.message(message)).await;
        text(&answer.ok()["id"])
    }

    /// Creates a campaign with its audience, ready to be started; returns its id and the dry run's report.
    ///
    /// # Panics
    /// When it is not accepted.
    pub async fn plan_campaign(&self, plan: CampaignPlan<'_>) -> (String, Value) {
        let body = json!({
            "name": plan.name,
            "from": self.plan.phone_number_id,
            "template": {"name": plan.template, "language": "fr"},
            "variables": numbered(plan.variables.iter().cloned()),
        });
        let campaign = text(&self.api.post("/v1/campaigns", &body).await.ok()["id"]);
        let report = self
            .api
            .put_csv(&format!("/v1/campaigns/{campaign}/audience"), plan.file)
            .await
            .ok();
        (campaign, report)
    }

    /// `start`, `pause`, `resume` or `cancel`.
    pub async fn steer_campaign(&self, campaign: &str, action: &str) -> Answer {
        self.api
            .post(&format!("/v1/campaigns/{campaign}/{action}"), &json!({}))
            .await
    }

    /// The whole event feed.
    ///
    /// # Panics
    /// When the feed cannot be read.
    pub async fn events(&self) -> Vec<Value> {
        let mut events = Vec::new();
        loop {
            let path = format!("/v1/events?after={}&limit={FEED_PAGE}", events.len());
            let page = self.api.get(&path).await.ok();
            let items = page["items"].as_array().expect("a list").clone();
            let is_last = items.len() < FEED_PAGE;
            events.extend(items);
            if is_last {
                return events;
            }
        }
    }

    /// Waits for the first event of a type.
    ///
    /// # Panics
    /// When none comes.
    pub async fn event(&self, event_type: &str) -> Value {
        eventually(&format!("the feed has {event_type}"), WAIT, async || {
            self.events()
                .await
                .into_iter()
                .find(|event| event["type"] == event_type)
        })
        .await
    }

    /// Waits until a message is in one of the states.
    ///
    /// # Panics
    /// When it does not reach one.
    pub async fn await_state(&self, message: &str, states: &[&str]) -> Value {
        let path = format!("/v1/messages/{message}");
        eventually(&format!("the message is {states:?}"), WAIT, async || {
            let message = self.api.get(&path).await.ok();
            states
                .iter()
                .any(|state| message["state"] == *state)
                .then_some(message)
        })
        .await
    }
}

/// `{"1": …, "2": …}`.
fn numbered(values: impl Iterator<Item = Value>) -> Value {
    let named = values
        .zip(1..)
        .map(|(value, place): (Value, usize)| (place.to_string(), value));
    Value::Object(named.collect())
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
