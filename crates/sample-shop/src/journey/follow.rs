//! Looks at the campaign until every message is handed over and Meta has told all that it has to tell.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::Journey;
use crate::api::{Api, Campaign};
use crate::failure::Failure;
use crate::progress::Progress;
use crate::table::grouped;
use crate::tally::Tally;

const PAUSE: Duration = Duration::from_millis(250);
/// Without any change for this long, the messages that are still under way are taken to stand still.
const STANDSTILL: Duration = Duration::from_secs(120);
/// Worth a line.
const WORRY: Duration = Duration::from_secs(15);
/// Even when something changes all the time.
const LONGEST: Duration = Duration::from_secs(30 * 60);
/// Meta has told all, and nothing has changed for this long.
const QUIET: Duration = Duration::from_secs(2);
/// Meta has more to tell and nothing has changed for this long: the rest stays open.
const SILENCE: Duration = Duration::from_secs(30);

/// A campaign that came to rest.
pub(super) struct Followed {
    pub(super) campaign: Campaign,
    messages: u64,
    /// From the start until all messages were handed over.
    handed_over: Duration,
    /// From the start until the last status.
    last_status: Duration,
}

impl Journey {
    /// Returns when nothing more is to be expected.
    pub(super) async fn follow(
        &self,
        api: &Api,
        id: &str,
        started: Instant,
    ) -> Result<Followed, Failure> {
        let mut campaign: Campaign = api.get(&path(id)).await?;
        let mut tally = Tally::of(&campaign);
        let mut progress = Progress::new(&self.screen, campaign.planned);
        let (mut handed_over, mut changed, mut worried) = (None, Instant::now(), false);
        loop {
            progress.show(&tally);
            if tally.under_way == 0 {
                handed_over.get_or_insert_with(|| started.elapsed());
                if self.is_quiet(changed.elapsed()).await {
                    break;
                }
            } else if changed.elapsed() > STANDSTILL || started.elapsed() > LONGEST {
                return Err(self.stands_still(&campaign, &tally));
            } else if changed.elapsed() > WORRY && !worried {
                worried = true;
                self.screen.say(format_args!(
                    "Nothing has changed for {} s; messages: {}.",
                    WORRY.as_secs(),
                    states(&campaign)
                ));
            }
            sleep(PAUSE).await;
            campaign = api.get(&path(id)).await?;
            let now = Tally::of(&campaign);
            if now != tally {
                (tally, changed, worried) = (now, Instant::now(), false);
            }
        }
        Ok(Followed {
            campaign,
            messages: tally.settled(),
            handed_over: handed_over.unwrap_or_default(),
            last_status: changed.duration_since(started),
        })
    }

    async fn is_quiet(&self, unchanged: Duration) -> bool {
        if unchanged < QUIET {
            return false;
        }
        // A simulator that does not answer is being started again and has more to tell.
        unchanged > SILENCE
            || self
                .simulator
                .outstanding()
                .await
                .is_ok_and(|count| count == 0)
    }

    fn stands_still(&self, campaign: &Campaign, tally: &Tally) -> Failure {
        let happened = format!(
            "the campaign does not get on: {} messages are not handed over (campaign {}; messages: {}).",
            grouped(tally.under_way),
            campaign.state,
            states(campaign)
        );
        Failure::new(happened)
            .kept("the campaign and its messages, which go on at the next start.")
            .advice("read the sender's log; what is held says in GET /v1/messages?state=held what frees it.")
            .log(self.state.log("sender"))
    }
}

impl Followed {
    /// How long it took.
    pub(super) fn speed(&self) -> String {
        let seconds = self.handed_over.as_secs_f64();
        format!(
            "{} messages were handed over in {seconds:.1} s, {:.0} per second; the last status came {:.1} s after the start.",
            grouped(self.messages),
            per_second(self.messages, seconds),
            self.last_status.as_secs_f64()
        )
    }
}

/// Where the messages are, in the words of the API.
fn states(campaign: &Campaign) -> String {
    let states = campaign.by_state.iter().filter(|(_, count)| **count > 0);
    let states: Vec<_> = states
        .map(|(state, count)| format!("{} {state}", grouped(*count)))
        .collect();
    if states.is_empty() {
        "none was released".to_owned()
    } else {
        states.join(", ")
    }
}

fn path(id: &str) -> String {
    format!("/v1/campaigns/{id}")
}

fn per_second(messages: u64, seconds: f64) -> f64 {
    // Exact far beyond any campaign.
    let messages = f64::from(u32::try_from(messages).unwrap_or(u32::MAX));
    messages / seconds.max(0.001)
}
