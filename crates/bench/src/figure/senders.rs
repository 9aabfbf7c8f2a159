//! The whole life with one, two and four processes of the sender over the same load. They share the pace of the numbers:
//! of each business one number is fast enough for all that the machine can do, and one so slow that its pace is what
//! holds it back.

use std::time::Duration;

use anyhow::Result;
use common::pace;
use testkit::Service;

use crate::campaigns::{BUSINESSES, Campaigns};
use crate::measured::Measured;
use crate::size::Size;
use crate::stand::{HIGH, STANDARD, Stand};

const SENDERS: [usize; 3] = [1, 2, 4];
/// What Meta counts the throughput of a number by.
const WINDOW: Duration = Duration::from_secs(1);

/// How fast a number was at its fastest.
struct Fastest {
    level: String,
    /// POSTs that Meta took within one second.
    most: u64,
}

pub(super) async fn measure(size: &Size) -> Result<Vec<Measured>> {
    let mut figures = Vec::new();
    for senders in SENDERS {
        figures.push(with(senders, size).await?);
    }
    Ok(figures)
}

async fn with(senders: usize, size: &Size) -> Result<Measured> {
    let mut stand = Stand::open(BUSINESSES, &[HIGH, STANDARD]).await?;
    stand.start_rest().await;
    stand.start_senders(senders).await;
    // Twice as many as elsewhere, because the slow half of the numbers sends few of its own.
    let rows = 2 * size.life_rate * size.short_life.as_secs().max(1);
    let campaigns = Campaigns::plan(&stand, rows).await?;
    let run = campaigns.run(&stand, size.short_life).await?;
    let mut wrong = campaigns.drain(&stand).await?;
    let (fastest, posted) = (fastest(&stand), stand.stack.meta.summary());
    wrong.extend(fastest.iter().filter_map(Fastest::too_fast));
    Ok(Measured {
        figure: format!("senders-{senders}"),
        what: format!(
            "whole life, {senders} sender{}, {:.0} s, {} numbers, half of them at their pace",
            if senders == 1 { "" } else { "s" },
            run.took.as_secs_f64(),
            campaigns.count()
        ),
        unit: "messages/s".to_owned(),
        value: run.rate(),
        goal: None,
        latency: None,
        parts: Vec::new(),
        notes: vec![
            shares(&stand, senders).await,
            most(&fastest),
            format!(
                "{} messages came to Meta, {} of them more than once",
                posted.accepted, posted.repeated_opaque_ids
            ),
        ],
        cpu_us: run.cpu_us,
        wrong,
        samples: run.samples,
    })
}

/// The fastest second of each number, as the simulated Meta's ledger has it.
fn fastest(stand: &Stand) -> Vec<Fastest> {
    let numbers = stand.shops.iter().flat_map(|many| &many.numbers);
    let fastest = numbers.map(|number| Fastest {
        level: number.throughput.clone(),
        most: stand.stack.meta.pace(&number.id, WINDOW).most,
    });
    fastest.collect()
}

impl Fastest {
    fn allowed(&self) -> u64 {
        u64::from(pace::throughput(&self.level))
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

/// Whether all of them worked.
async fn shares(stand: &Stand, senders: usize) -> String {
    let mut posts = Vec::new();
    for number in 0..senders {
        let scrape = stand.stack.services.scrape(Service::Sender.nth(number));
        posts.push(scrape.await.sum("djigbachats_sender_posts_total", &[]));
    }
    let all = posts.iter().sum::<f64>().max(1.0);
    let shares: Vec<_> = posts
        .iter()
        .map(|posts| format!("{:.0} %", posts / all * 100.0))
        .collect();
    format!("shares of the senders {}", shares.join(", "))
}
