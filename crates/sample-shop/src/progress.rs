//! A campaign under way: a moving bar for a person, a plain line each second for a file.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::time::Instant;

use crate::screen::Screen;
use crate::table::grouped;
use crate::tally::Tally;

const LINE_EVERY: Duration = Duration::from_secs(1);
const STYLE: &str = "  {bar:30} {msg}";

/// Shows tallies; the bar goes away with it.
pub(crate) struct Progress {
    screen: Screen,
    bar: Option<ProgressBar>,
    shown: Option<(Instant, Tally)>,
}

impl Progress {
    /// Of so many messages.
    pub(crate) fn new(screen: &Screen, messages: u64) -> Self {
        let bar = screen.is_live().then(|| {
            let bar = ProgressBar::with_draw_target(Some(messages), ProgressDrawTarget::stdout());
            // The style is a constant; the bar's own would do as well.
            bar.with_style(
                ProgressStyle::with_template(STYLE)
                    .unwrap_or_else(|_| ProgressStyle::default_bar()),
            )
        });
        screen.set_bar(bar.clone());
        Self {
            screen: screen.clone(),
            bar,
            shown: None,
        }
    }

    pub(crate) fn show(&mut self, tally: &Tally) {
        if let Some(bar) = &self.bar {
            bar.set_position(tally.settled());
            bar.set_message(text(tally));
            return;
        }
        let is_due = self
            .shown
            .is_none_or(|(at, before)| at.elapsed() >= LINE_EVERY && before != *tally);
        if is_due {
            self.screen.say(format_args!("  {}", text(tally)));
            self.shown = Some((Instant::now(), *tally));
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.screen.set_bar(None);
    }
}

/// What is where, the furthest first.
fn text(tally: &Tally) -> String {
    let settled = tally.settled();
    let places = [
        (tally.read, "read"),
        (tally.delivered, "delivered"),
        (tally.sent, "sent"),
        (tally.submitted, "taken by WhatsApp"),
        (tally.failed, "failed"),
        (tally.withdrawn, "withdrawn"),
        (tally.unresolved, "not known"),
    ];
    let places = places.into_iter().filter(|(count, _)| *count > 0);
    let places: Vec<_> = places
        .map(|(count, word)| format!("{} {word}", grouped(count)))
        .collect();
    let handed = format!(
        "{} of {} handed over",
        grouped(settled),
        grouped(settled + tally.under_way)
    );
    if places.is_empty() {
        handed
    } else {
        format!("{handed}: {}", places.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_names_what_there_is_and_nothing_else() {
        let tally = Tally {
            delivered: 4_000,
            sent: 1_000,
            under_way: 4_000,
            skipped_recipients: 7,
            ..Tally::default()
        };
        assert_eq!(
            text(&tally),
            "5,000 of 9,000 handed over: 4,000 delivered, 1,000 sent"
        );
        let nothing = Tally {
            under_way: 9_000,
            ..Tally::default()
        };
        assert_eq!(text(&nothing), "0 of 9,000 handed over");
    }
}
