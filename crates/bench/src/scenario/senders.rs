//! End to end with one, two and four sender processes under the same load. They share the send rate of the numbers: of
//! each business one number is fast enough for all that the machine can do, and one so slow that its send rate is the
//! limit.

use std::time::Duration;

use anyhow::Result;
use common::send_rate;
use testkit::Service;

use crate::campaigns::{BUSINESSES, Campaigns};
use crate::fixture::{Fixture, HIGH, STANDARD};
use crate::measured::Measured;
use crate::size::Size;

const SENDERS: [usize; 3] = [1, 2, 4];
/// The window over which Meta counts the throughput of a number.
const WINDOW: Duration = Duration::from_secs(1);

/// The maximum rate of a number.
struct Fastest {
    level: String,
    /// POSTs that Meta accepted within one second.
    most: u64,
}

pub(super) async fn measure(size: &Size) -> Result<Vec<Measured>> {
    let mut measurements = Vec::new();
    for senders in SENDERS {
        measurements.push(with(senders, size).await?);
    }
    Ok(measurements)
}

async fn with(senders: usize, size: &Size) -> Result<Measured> {
    let mut fixture = Fixture::open(BUSINESSES, &[HIGH, STANDARD]).await?;
    fixture.start_rest().await;
    fixture.start_senders(senders).await;
    // Twice as many as elsewhere, because the slow half of the numbers sends only a few of its messages.
    let rows = 2 * size.end_to_end_rate * size.short_end_to_end.as_secs().max(1);
    let campaigns = Campaigns::plan(&fixture, rows).await?;
    let run = campaigns.run(&fixture, size.short_end_to_end).await?;
    let mut failures = campaigns.drain(&fixture).await?;
    let (fastest, posted) = (fastest(&fixture), fixture.stack.meta.summary());
    failures.extend(fastest.iter().filter_map(Fastest::too_fast));
    Ok(Measured {
        name: format!("senders-{senders}"),
        what: format!(
            "end to end, {senders} sender{}, {:.0} s, {} numbers, half of them limited by their send rate",
            if senders == 1 { "" } else { "s" },
            run.took.as_secs_f64(),
            campaigns.count()
        ),
        unit: "messages/s".to_owned(),
        value: run.rate(),
        goal: None,
        latency: None,
        components: Vec::new(),
        notes: vec![
            shares(&fixture, senders).await,
            most(&fastest),
            format!(
                "{} messages were posted, {} of them more than once",
                posted.accepted, posted.repeated_opaque_ids
            ),
        ],
        cpu_us: run.cpu_us,
        failures,
        samples: run.samples,
    })
}

/// The fastest second of each number, from the ledger of the simulated Meta.
fn fastest(fixture: &Fixture) -> Vec<Fastest> {
    let numbers = fixture.shops.iter().flat_map(|many| &many.numbers);
    let fastest = numbers.map(|number| Fastest {
        level: number.throughput.clone(),
        most: fixture.stack.meta.send_rate(&number.id, WINDOW).most,
    });
    fastest.collect()
}

impl Fastest {
    fn allowed(&self) -> u64 {
        u64::from(send_rate::throughput(&self.level))
    }

    fn too_fast(&self) -> Option<String> {
        let (most, allowed) = (self.most, self.allowed());
        (most > allowed).then(|| {
            format!("a number sent {most} messages within a second and may send {allowed}")
        })
    }
}

fn most(fastest: &[Fastest]) -> String {
    let of = |level| {
        let numbers = fastest.iter().filter(move |number| number.level == level);
        let fastest = numbers.max_by_key(|number| number.most);
        fastest.map_or_else(String::new, |number| {
            format!("{} of {}", number.most, number.allowed())
        })
    };
    format!(
        "the fastest second of a number had {}, of a slow one {} messages",
        of(HIGH),
        of(STANDARD)
    )
}

/// The share of each sender, to show that all of them worked.
async fn shares(fixture: &Fixture, senders: usize) -> String {
    let mut posts = Vec::new();
    for number in 0..senders {
        let scrape = fixture.stack.services.scrape(Service::Sender.nth(number));
        posts.push(scrape.await.sum("djigbachats_sender_posts_total", &[]));
    }
    let all = posts.iter().sum::<f64>().max(1.0);
    let shares: Vec<_> = posts
        .iter()
        .map(|posts| format!("{:.0} %", posts / all * 100.0))
        .collect();
    format!("shares of the senders {}", shares.join(", "))
}
