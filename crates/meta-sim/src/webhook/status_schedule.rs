//! The statuses of a message, when they happen, and when (and how often) they arrive.
//!
//! Pure: the same behaviour, seed and message give the same schedule.

use crate::choices::Choices;
use crate::config::{DelayMs, WebhookBehaviour};
use crate::fault::Step;

/// One arrival of one status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Arrival {
    pub(crate) step: Step,
    /// After acceptance, milliseconds: the status's own timestamp.
    pub(crate) happens_ms: u64,
    /// After acceptance, milliseconds: when the webhook is posted.
    pub(crate) arrives_ms: u64,
    pub(crate) priced: bool,
}

/// The statuses that webhooks will report for a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StatusSchedule {
    pub(crate) arrivals: Vec<Arrival>,
    /// The first arrival is posted before the HTTP answer.
    pub(crate) early: bool,
    /// A status of a message that we did not send arrives after this many milliseconds.
    pub(crate) foreign_ms: Option<u64>,
    pub(crate) doubled: u64,
    pub(crate) reordered: bool,
}

impl StatusSchedule {
    /// The delivery to the client's phone, if there is one.
    pub(crate) fn delivery(&self) -> Option<&Arrival> {
        let reached = |arrival: &&Arrival| matches!(arrival.step, Step::Delivered | Step::Read);
        self.arrivals.iter().find(reached)
    }
}

/// Plans the statuses of one message; `steps` replaces the usual ones.
pub(crate) fn plan(
    behaviour: &WebhookBehaviour,
    choices: &mut Choices,
    steps: Option<&[Step]>,
) -> StatusSchedule {
    let usual = usual_steps(behaviour, choices);
    let mut arrivals = timed(behaviour, choices, steps.unwrap_or(&usual));
    let reordered = choices.share(behaviour.reordered_share) && arrivals.len() > 1;
    if reordered {
        reverse_arrivals(&mut arrivals);
    }
    let early = choices.share(behaviour.early_share)
        && arrivals
            .first()
            .is_some_and(|first| first.step == Step::Sent);
    let foreign = choices.share(behaviour.foreign_share);
    let foreign_ms = foreign.then(|| draw(choices, behaviour.sent));
    let doubled = double(behaviour, choices, &mut arrivals);
    StatusSchedule {
        arrivals,
        early,
        foreign_ms,
        doubled,
        reordered,
    }
}

fn usual_steps(behaviour: &WebhookBehaviour, choices: &mut Choices) -> Vec<Step> {
    let silent = choices.share(behaviour.silent_share);
    let failed = choices.share(behaviour.failed_share);
    let code = choices.pick(&behaviour.failed_codes).copied();
    let read = choices.share(behaviour.read_share);
    match (silent, failed, code) {
        (true, _, _) => Vec::new(),
        (false, true, Some(code)) => vec![Step::Failed(code)],
        _ if read => vec![Step::Sent, Step::Delivered, Step::Read],
        _ => vec![Step::Sent, Step::Delivered],
    }
}

fn timed(behaviour: &WebhookBehaviour, choices: &mut Choices, steps: &[Step]) -> Vec<Arrival> {
    let mut at = 0;
    let mut final_price_reported = false;
    let mut arrivals = Vec::with_capacity(steps.len());
    for step in steps {
        at += draw(choices, delay(behaviour, *step));
        let received = matches!(step, Step::Delivered | Step::Read);
        let priced = *step == Step::Sent || (received && !final_price_reported);
        final_price_reported |= received;
        arrivals.push(Arrival {
            step: *step,
            happens_ms: at,
            arrives_ms: at,
            priced,
        });
    }
    arrivals
}

fn delay(behaviour: &WebhookBehaviour, step: Step) -> DelayMs {
    match step {
        Step::Sent => behaviour.sent,
        Step::Delivered | Step::Failed(_) => behaviour.delivered,
        Step::Read | Step::Played => behaviour.read,
    }
}

fn draw(choices: &mut Choices, delay: DelayMs) -> u64 {
    choices.between(delay.min, delay.max)
}

/// Reverses the order: the last status arrives at the time of the first.
fn reverse_arrivals(arrivals: &mut [Arrival]) {
    let times: Vec<u64> = arrivals.iter().map(|arrival| arrival.arrives_ms).collect();
    // Two statuses may happen in the same millisecond: one more for each keeps them reversed.
    for ((arrival, time), apart) in arrivals.iter_mut().rev().zip(times).zip(0..) {
        arrival.arrives_ms = time + apart;
    }
}

fn double(behaviour: &WebhookBehaviour, choices: &mut Choices, arrivals: &mut Vec<Arrival>) -> u64 {
    let mut copies = Vec::new();
    for arrival in arrivals.iter() {
        let doubled = choices.share(behaviour.doubled_share);
        let later = draw(choices, behaviour.delivered);
        if doubled {
            copies.push(Arrival {
                arrives_ms: arrival.arrives_ms + later,
                ..*arrival
            });
        }
    }
    let doubled = u64::try_from(copies.len()).unwrap_or(u64::MAX);
    arrivals.extend(copies);
    doubled
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned(behaviour: &WebhookBehaviour, key: &str, steps: Option<&[Step]>) -> StatusSchedule {
        plan(behaviour, &mut Choices::new(1, key), steps)
    }

    #[test]
    fn the_same_message_always_gets_the_same_plan() {
        let behaviour = WebhookBehaviour {
            doubled_share: 0.5,
            ..WebhookBehaviour::default()
        };
        let schedules: Vec<StatusSchedule> = (0..50)
            .map(|n| planned(&behaviour, &n.to_string(), None))
            .collect();
        let again: Vec<StatusSchedule> = (0..50)
            .map(|n| planned(&behaviour, &n.to_string(), None))
            .collect();
        assert_eq!(schedules, again);
        assert!(schedules.iter().any(|schedule| schedule.doubled > 0));
        assert!(schedules.iter().any(|schedule| schedule.doubled == 0));
    }

    #[test]
    fn reordered_statuses_keep_their_timestamps_and_arrive_last_first() {
        let behaviour = WebhookBehaviour {
            reordered_share: 1.0,
            ..WebhookBehaviour::default()
        };
        let steps = [Step::Sent, Step::Delivered, Step::Read];
        let schedule = planned(&behaviour, "m", Some(&steps));
        assert!(
            schedule
                .arrivals
                .is_sorted_by_key(|arrival| arrival.happens_ms)
        );
        assert!(
            schedule
                .arrivals
                .is_sorted_by(|a, b| a.arrives_ms > b.arrives_ms)
        );
    }

    #[test]
    fn pricing_is_reported_on_sent_and_once_more() {
        let steps = [Step::Sent, Step::Delivered, Step::Read];
        let schedule = planned(&WebhookBehaviour::quick(), "m", Some(&steps));
        let priced: Vec<bool> = schedule
            .arrivals
            .iter()
            .map(|arrival| arrival.priced)
            .collect();
        assert_eq!(priced, [true, true, false]);
    }

    #[test]
    fn every_status_is_doubled_when_the_share_is_one() {
        let behaviour = WebhookBehaviour {
            doubled_share: 1.0,
            ..WebhookBehaviour::quick()
        };
        let schedule = planned(&behaviour, "m", Some(&[Step::Sent, Step::Delivered]));
        assert_eq!((schedule.arrivals.len(), schedule.doubled), (4, 2));
    }
}
