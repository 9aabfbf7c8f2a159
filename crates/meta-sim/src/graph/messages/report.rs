//! What follows an accepted message: its statuses, planned and scheduled.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::oneshot;

use super::recipient::Address;
use crate::choices::Choices;
use crate::clock::now_ms;
use crate::fault::Step;
use crate::ledger::{Entered, LedgerEntry};
use crate::state::State;
use crate::state::people::Person;
use crate::state::world::StoredNumber;
use crate::webhook::event::{ReportedMessage, StatusEvent};
use crate::webhook::plan::{self, Arrival, Plan};
use crate::webhook::schedule::{Item, after};

pub(super) const MARKETING_STOPPED: i64 = 131_050;

/// The statuses of a message that goes on its way now; `steps` replaces the usual ones. Gives what
/// the caller waits for when `sent` goes out before the answer.
pub(super) fn deliver(
    state: &State,
    message: &Arc<ReportedMessage>,
    entered: Entered,
    steps: Option<&[Step]>,
) -> Option<oneshot::Receiver<()>> {
    let (plan, mut choices) = planned(state, message, entered, steps);
    count_delivery(state, message, &plan);
    schedule(state, message, &plan, &mut choices)
}

/// Whether a message of this category goes to somebody who stopped marketing from the number.
pub(super) fn is_stopped(
    state: &State,
    number: &StoredNumber,
    client: &str,
    category: &str,
) -> bool {
    let is_marketing = ["marketing", "marketing_lite"].contains(&category);
    is_marketing
        && state
            .relations
            .marketing_is_stopped(&number.facts.id, client)
}

/// The statuses that an earlier stop of marketing prescribes.
pub(super) fn prescribed(state: &State, message: &ReportedMessage) -> Option<Vec<Step>> {
    let stopped = is_stopped(state, &message.number, message.client(), &message.category);
    stopped.then(|| vec![Step::Failed(MARKETING_STOPPED)])
}

/// Schedules the usual statuses of a message again, as they were planned the first time.
pub(crate) fn again(state: &State, entry: &LedgerEntry) -> bool {
    let Some((message, entered)) = read_back(state, entry) else {
        return false;
    };
    let (plan, mut choices) = planned(state, &message, entered, None);
    // Nobody waits for an early status when there is no answer to give.
    drop(schedule(state, &message, &plan, &mut choices));
    state.is_heard(&message.number.waba_id)
}

/// Lets a message that was held go on its way, or fails it with this code.
pub(crate) fn end_hold(state: &State, entry: &LedgerEntry, fails_with: Option<i64>) {
    let Some((message, entered)) = read_back(state, entry) else {
        return;
    };
    let steps = match fails_with {
        Some(code) => Some(vec![Step::Failed(code)]),
        None => prescribed(state, &message),
    };
    drop(deliver(state, &message, entered, steps.as_deref()));
}

fn read_back(state: &State, entry: &LedgerEntry) -> Option<(Arc<ReportedMessage>, Entered)> {
    let number = state.world().numbers.get(&entry.phone_number_id).cloned()?;
    let (address, known) = match &entry.wa_id {
        Some(wa_id) => {
            let person = state.people.by_phone(&number.business_id, wa_id);
            (Address::Phone, Some(person))
        }
        None => {
            let person = state.people.by_user_id(&number.business_id, &entry.user_id);
            (Address::UserId, person)
        }
    };
    let person = known.filter(|person| person.user_id == entry.user_id);
    let person = person.unwrap_or_else(|| Person {
        wa_id: entry.wa_id.clone(),
        ..Person::of_user_id(&entry.user_id)
    });
    let message = ReportedMessage {
        wamid: entry.wamid.clone(),
        phone_is_shown: state
            .relations
            .phone_is_shown(&number.facts.id, &person.user_id, now_ms()),
        address,
        person,
        number,
        opaque: entry.biz_opaque_callback_data.as_deref().map(Arc::from),
        category: entry.category.clone(),
        window_is_open: false,
    };
    let entered = Entered {
        sequence: entry.sequence,
        repetition: entry.repetition,
    };
    Some((Arc::new(message), entered))
}

fn planned(
    state: &State,
    message: &ReportedMessage,
    entered: Entered,
    steps: Option<&[Step]>,
) -> (Plan, Choices) {
    let key = match message.opaque.as_deref() {
        Some(opaque) => format!("{opaque} {}", entered.repetition),
        None => format!("{} {}", message.number.facts.id, entered.sequence),
    };
    let mut choices = Choices::new(state.config.seed, &key);
    let plan = plan::plan(&state.behaviour(), &mut choices, steps);
    (plan, choices)
}

/// The messaging limit counts whom a message outside of a customer service window reaches.
fn count_delivery(state: &State, message: &ReportedMessage, plan: &Plan) {
    if message.window_is_open || !state.limits().messaging {
        return;
    }
    if let Some(delivery) = plan.delivery() {
        let at_ms = now_ms() + i64::try_from(delivery.happens_ms).unwrap_or_default();
        let business = &message.number.business_id;
        state.portfolios.reaches(business, message.client(), at_ms);
    }
}

/// Schedules what the plan says, if anybody hears of it.
fn schedule(
    state: &State,
    message: &Arc<ReportedMessage>,
    plan: &Plan,
    choices: &mut Choices,
) -> Option<oneshot::Receiver<()>> {
    if !state.is_heard(&message.number.waba_id) {
        return None;
    }
    state.stats.planned(plan);
    let (start, start_ms) = (Instant::now(), now_ms());
    let event = |arrival: &Arrival| StatusEvent {
        message: Arc::clone(message),
        step: arrival.step,
        happened_at_ms: start_ms + i64::try_from(arrival.happens_ms).unwrap_or_default(),
        priced: arrival.priced,
    };
    let mut first_attempt = None;
    for (place, arrival) in plan.arrivals.iter().enumerate() {
        if plan.early && place == 0 {
            let (told, tells) = oneshot::channel();
            let at_once = Arrival {
                happens_ms: 0,
                ..*arrival
            };
            state
                .schedule
                .add(start, Item::Status(event(&at_once), Some(told)));
            first_attempt = Some(tells);
        } else {
            let due = after(start, arrival.arrives_ms);
            state.schedule.add(due, Item::Status(event(arrival), None));
        }
    }
    if let Some(delay) = plan.foreign_ms {
        let message = Arc::new(foreign(state, &message.number, choices));
        let event = StatusEvent {
            message,
            step: Step::Sent,
            happened_at_ms: start_ms,
            priced: true,
        };
        state
            .schedule
            .add(after(start, delay), Item::Status(event, None));
    }
    first_attempt
}

/// A message that the Business app or another app sent: without our id, or with one of its own.
fn foreign(state: &State, number: &Arc<StoredNumber>, choices: &mut Choices) -> ReportedMessage {
    let country = &number.facts.country_code;
    let wa_id = format!("{country}{}", choices.between(50_000_000, 59_999_999));
    let person = state.people.by_phone(&number.business_id, &wa_id);
    let opaque = choices
        .share(0.5)
        .then(|| Arc::from(format!("foreign-{:016x}", choices.bits())));
    ReportedMessage {
        number: Arc::clone(number),
        wamid: state.wamids.outbound(&wa_id),
        address: Address::Phone,
        person,
        phone_is_shown: true,
        opaque,
        category: "utility".to_owned(),
        window_is_open: false,
    }
}
