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
use crate::measured::{Goal, Latency, Measured, microseconds, per_second};
use crate::size::Size;
use crate::stand::{HIGH, Stand, plan_campaign};

/// Codes are asked for this often: well below the share of a number that is theirs alone.
const EVERY: Duration = Duration::from_millis(50);
/// How long the last codes may take to be posted.
const LAST_POSTS: Duration = Duration::from_secs(30);
/// How long a campaign may take to begin.
const CAMPAIGN_BEGINS: Duration = Duration::from_secs(30);

/// When each code was asked for, in Unix milliseconds, by its message's id.
type Asked = HashMap<String, i64>;

pub(super) async fn measure(size: &Size) -> Result<Vec<Measured>> {
    let mut stand = Stand::open(1, &[HIGH]).await?;
    stand.start_rest().await;
    let shop = stand.shops.first().context("a business")?.shop.clone();
    let (idle, mut wrong) = codes(&stand, &shop, size.otp).await?;
    let base = stand.stack.services.url(Service::Gateway, "");
    let file = clients_file::flawless(0, size.otp_campaign);
    let (campaign, _) = plan_campaign(&shop, &base, file).await?;
    let before = stand.stack.meta.summary().accepted;
    drop(shop.steer_campaign(&campaign, "start").await.ok());
    testkit::eventually("the campaign sends", CAMPAIGN_BEGINS, async || {
        (stand.stack.meta.summary().accepted > before).then_some(())
    })
    .await;
    let (busy, missing) = codes(&stand, &shop, size.otp).await?;
    wrong.extend(missing);
    let posted = stand.stack.meta.summary().accepted - before;
    let rate = per_second(posted, size.otp);
    let aim = 2.0 * idle.p99;
    let figure = |name: &str, what: String, latency: Latency, goal, notes, wrong| Measured {
        figure: name.to_owned(),
        what,
        unit: "ms".to_owned(),
        value: latency.p99,
        goal,
        latency: Some(latency),
        parts: Vec::new(),
        cpu_us: BTreeMap::new(),
        notes,
        wrong,
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
        figure(
            "otp-idle",
            "one-time code, call to POST, p99, nothing else to do".to_owned(),
            idle,
            None,
            Vec::new(),
            Vec::new(),
        ),
        figure(
            "otp",
            what,
            busy,
            Some(Goal::less(300.0, aim)),
            notes,
            wrong,
        ),
    ])
}

/// Asks for codes at an even pace and looks when each came to Meta.
async fn codes(stand: &Stand, shop: &Shop, time: Duration) -> Result<(Latency, Vec<String>)> {
    let count = u32::try_from(time.as_millis() / EVERY.as_millis())?;
    let mut ticks = tokio::time::interval(EVERY);
    let mut asking = JoinSet::new();
    for person in 0..count {
        ticks.tick().await;
        let shop = shop.clone();
        asking.spawn(async move { ask(&shop, person).await });
    }
    let mut asked = Asked::new();
    while let Some(done) = asking.join_next().await {
        let (id, at) = done??;
        asked.insert(id, at);
    }
    let posted = testkit::eventually("all codes are posted", LAST_POSTS, async || {
        let posted = posted(stand, &asked);
        (posted.len() >= asked.len()).then_some(posted)
    })
    .await;
    let mut took = microseconds()?;
    for (id, at) in &posted {
        let since = asked.get(id).map_or(0, |asked| at - asked);
        took.saturating_record(u64::try_from(since).unwrap_or_default() * 1_000);
    }
    let latency = Latency::of(&took).context("no code was posted")?;
    let missing = asked.len() - posted.len();
    let wrong = (missing > 0).then(|| format!("{missing} one-time codes were not posted"));
    Ok((latency, wrong.into_iter().collect()))
}

/// Asks for one code, each for a person of its own, because Meta lets nobody have many: its message's id and when it was
/// asked for.
async fn ask(shop: &Shop, person: u32) -> Result<(String, i64)> {
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

/// When those that were asked for came to Meta, in Unix milliseconds.
fn posted(stand: &Stand, asked: &Asked) -> HashMap<String, i64> {
    let ledger = stand.stack.meta.ledger();
    let posted = ledger.iter().filter_map(|entry| {
        let opaque = OpaqueId::parse(entry.biz_opaque_callback_data.as_deref()?).ok()?;
        let id = opaque.message_id.to_string();
        asked
            .contains_key(&id)
            .then_some((id, entry.accepted_at_ms))
    });
    posted.collect()
}
