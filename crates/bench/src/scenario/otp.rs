//! One-time codes, from the call to the POST at Meta: alone, and while a campaign runs on the same number.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use anyhow::{Context as _, Result};
use bootstrap::clock::SystemClock;
use common::clock::Clock as _;
use common::message::OpaqueId;
use serde_json::Value;
use testkit::{Service, Shop, SingleMessage};
use tokio::task::JoinSet;

use crate::clients_file;
use crate::fixture::{Fixture, HIGH, plan_campaign};
use crate::measured::{Goal, Latency, Measured, microseconds, per_second};
use crate::size::Size;

/// Interval of the codes: well below the share of a number reserved for them.
const EVERY: Duration = Duration::from_millis(50);
/// Time limit until the last codes are posted.
const LAST_POSTS: Duration = Duration::from_secs(30);
/// Time limit until a campaign starts sending.
const CAMPAIGN_BEGINS: Duration = Duration::from_secs(30);

/// The time of each call, in Unix milliseconds, by message id.
type Requested = HashMap<String, i64>;

pub(super) async fn measure(size: &Size) -> Result<Vec<Measured>> {
    let mut fixture = Fixture::open(1, &[HIGH]).await?;
    fixture.start_rest().await;
    let shop = fixture.shops.first().context("a business")?.shop.clone();
    let (idle, mut failures) = codes(&fixture, &shop, size.otp).await?;
    let base = fixture.stack.services.url(Service::Gateway, "");
    let file = clients_file::flawless(0, size.otp_campaign);
    let (campaign, _) = plan_campaign(&shop, &base, file).await?;
    let before = fixture.stack.meta.summary().accepted;
    drop(shop.steer_campaign(&campaign, "start").await.ok());
    testkit::eventually("the campaign sends", CAMPAIGN_BEGINS, async || {
        (fixture.stack.meta.summary().accepted > before).then_some(())
    })
    .await;
    let (busy, missing) = codes(&fixture, &shop, size.otp).await?;
    failures.extend(missing);
    let posted = fixture.stack.meta.summary().accepted - before;
    let rate = per_second(posted, size.otp);
    let aim = 2.0 * idle.p99;
    let measurement =
        |name: &str, what: String, latency: Latency, goal, notes, failures| Measured {
            name: name.to_owned(),
            what,
            unit: "ms".to_owned(),
            value: latency.p99,
            goal,
            latency: Some(latency),
            components: Vec::new(),
            cpu_us: BTreeMap::new(),
            notes,
            failures,
            samples: Vec::new(),
        };
    let what = format!(
        "one-time code, call to POST, p99, while a campaign of {} runs on the number",
        size.otp_campaign
    );
    let notes = vec![format!(
        "the number sent {rate:.0} messages a second meanwhile"
    )];
    Ok(vec![
        measurement(
            "otp-idle",
            "one-time code, call to POST, p99, no other load".to_owned(),
            idle,
            None,
            Vec::new(),
            Vec::new(),
        ),
        measurement(
            "otp",
            what,
            busy,
            Some(Goal::less(300.0, aim)),
            notes,
            failures,
        ),
    ])
}

/// Requests codes at a constant rate and reads when each was posted.
async fn codes(fixture: &Fixture, shop: &Shop, time: Duration) -> Result<(Latency, Vec<String>)> {
    let count = u32::try_from(time.as_millis() / EVERY.as_millis())?;
    let mut ticks = tokio::time::interval(EVERY);
    let mut requests = JoinSet::new();
    for person in 0..count {
        ticks.tick().await;
        let shop = shop.clone();
        requests.spawn(async move { request_code(&shop, person).await });
    }
    let mut requested = Requested::new();
    while let Some(done) = requests.join_next().await {
        let (id, at) = done??;
        requested.insert(id, at);
    }
    let posted = testkit::eventually("all codes are posted", LAST_POSTS, async || {
        let posted = posted(fixture, &requested);
        (posted.len() >= requested.len()).then_some(posted)
    })
    .await;
    let mut took = microseconds()?;
    for (id, at) in &posted {
        let since = requested.get(id).map_or(0, |requested| at - requested);
        took.saturating_record(u64::try_from(since).unwrap_or_default() * 1_000);
    }
    let latency = Latency::of(&took).context("no code was posted")?;
    let missing = requested.len() - posted.len();
    let failures = (missing > 0).then(|| format!("{missing} one-time codes were not posted"));
    Ok((latency, failures.into_iter().collect()))
}

/// Requests one code, each for another person because of the pair rate limit; returns its message id and the time of
/// the call.
async fn request_code(shop: &Shop, person: u32) -> Result<(String, i64)> {
    let body = shop.message(&SingleMessage {
        to: &format!("+22671{person:06}"),
        template: "code_connexion",
        variables: &["123456"],
        reference: None,
    });
    let at = SystemClock.now().timestamp_millis();
    let answer = shop.api.post("/v1/messages", &body).await.ok();
    let id = answer.get("id").and_then(Value::as_str);
    Ok((id.context("a message without an id")?.to_owned(), at))
}

/// The POST times of the requested codes, in Unix milliseconds.
fn posted(fixture: &Fixture, requested: &Requested) -> HashMap<String, i64> {
    let ledger = fixture.stack.meta.ledger();
    let posted = ledger.iter().filter_map(|entry| {
        let opaque = OpaqueId::parse(entry.biz_opaque_callback_data.as_deref()?).ok()?;
        let id = opaque.message_id.to_string();
        requested
            .contains_key(&id)
            .then_some((id, entry.accepted_at_ms))
    });
    posted.collect()
}
