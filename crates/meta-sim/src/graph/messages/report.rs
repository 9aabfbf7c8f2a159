//! The statuses of an accepted message, planned and scheduled.

use std::sync::Arc;
use std::time::Instant;

use tokio::sync::oneshot;

use super::recipient::Address;
use crate::choices::Choices;
use crate::clock::now_ms;
use crate::fault::Step;
use crate::ledger::{Entered, LedgerEntry};
use crate::state::State;
use crate::state::accounts::StoredNumber;
use crate::state::people::Person;
use crate::webhook::delivery_queue::{Item, after};
use crate::webhook::event::{ReportedMessage, StatusEvent};
use crate::webhook::status_schedule::{self, Arrival, StatusSchedule};

pub(super) const MARKETING_STOPPED: i64 = 131_050;

/// Schedules the statuses of a message that is delivered now; `steps` replaces the usual ones. Returns a receiver to
/// wait on when `sent` is posted before the answer.
pub(super) fn deliver(
    state: &State,
    message: &Arc<ReportedMessage>,
    entered: Entered,
    steps: Option<&[Step]>,
) -> Option<oneshot::Receiver<()>> {
    let (statuses, mut choices) = plan_statuses(state, message, entered, steps);
    count_delivery(state, message, &statuses);
    enqueue(state, message, &statuses, &mut choices)
}

/// Whether a message of this category goes to a client who stopped marketing from the number.
pub(super) fn is_stopped(
    state: &State,
    number: &StoredNumber,
    client: &str,
    category: &str,
) -> bool {
    let is_marketing = ["marketing", "marketing_lite"].contains(&category);
    is_marketing
        && state
            .conversations
            .marketing_is_stopped(&number.facts.id, client)
}

/// The statuses prescribed by an earlier stop of marketing.
pub(super) fn prescribed(state: &State, message: &ReportedMessage) -> Option<Vec<Step>> {
    let stopped = is_stopped(state, &message.number, message.client(), &message.category);
    stopped.then(|| vec![Step::Failed(MARKETING_STOPPED)])
}

/// Schedules the usual statuses of a message again, as planned the first time.
pub(crate) fn again(state: &State, entry: &LedgerEntry) -> bool {
    let Some((message, entered)) = read_back(state, entry) else {
        return false;
    };
    let (statuses, mut choices) = plan_statuses(state, &message, entered, None);
    // Without an answer nothing waits for an early status.
    drop(enqueue(state, &message, &statuses, &mut choices));
    state.delivers_webhooks(&message.number.waba_id)
}

/// Delivers a held message, or fails it with this code.
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
    let number = state
        .accounts()
        .numbers
        .get(&entry.phone_number_id)
        .cloned()?;
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
        phone_is_shown: state.conversations.phone_is_shown(
            &number.facts.id,
            &person.user_id,
            now_ms(),
        ),
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

fn plan_statuses(
    state: &State,
    message: &ReportedMessage,
    entered: Entered,
    steps: Option<&[Step]>,
) -> (StatusSchedule, Choices) {
    let key = match message.opaque.as_deref() {
        Some(opaque) => format!("{opaque} {}", entered.repetition),
        None => format!("{} {}", message.number.facts.id, entered.sequence),
    };
    let mut choices = Choices::new(state.config.seed, &key);
    let statuses = status_schedule::plan(&state.behaviour(), &mut choices, steps);
    (statuses, choices)
}

/// The messaging limit counts the recipient of a message outside of a customer service window.
fn count_delivery(state: &State, message: &ReportedMessage, statuses: &StatusSchedule) {
    if message.window_is_open || !state.limits().messaging {
        return;
    }
    if let Some(delivery) = statuses.delivery() {
        let at_ms = now_ms() + i64::try_from(delivery.happens_ms).unwrap_or_default();
        let business = &message.number.business_id;
        state.portfolios.reaches(business, message.client(), at_ms);
    }
}

/// Schedules the planned statuses, if the account has a webhook.
fn enqueue(
    state: &State,
    message: &Arc<ReportedMessage>,
    statuses: &StatusSchedule,
    choices: &mut Choices,
) -> Option<oneshot::Receiver<()>> {
    if !state.delivers_webhooks(&message.number.waba_id) {
        return None;
    }
    state.stats.planned(statuses);
    let (start, start_ms) = (Instant::now(), now_ms());
    let event = |arrival: &Arrival| StatusEvent {
        message: Arc::clone(message),
        step: arrival.step,
        happened_at_ms: start_ms + i64::try_from(arrival.happens_ms).unwrap_or_default(),
        priced: arrival.priced,
    };
    let mut first_attempt = None;
    for (index, arrival) in statuses.arrivals.iter().enumerate() {
        if statuses.early && index == 0 {
            let (attempted, attempt) = oneshot::channel();
            let at_once = Arrival {
                happens_ms: 0,
                ..*arrival
            };
            state
                .delivery_queue
                .add(start, Item::Status(event(&at_once), Some(attempted)));
            first_attempt = Some(attempt);
        } else {
            let due = after(start, arrival.arrives_ms);
            state
                .delivery_queue
                .add(due, Item::Status(event(arrival), None));
        }
    }
    if let Some(delay) = statuses.foreign_ms {
        let message = Arc::new(foreign(state, &message.number, choices));
        let event = StatusEvent {
            message,
            step: Step::Sent,
            happened_at_ms: start_ms,
            priced: true,
        };
        state
            .delivery_queue
            .add(after(start, delay), Item::Status(event, None));
    }
    first_attempt
}

/// A message sent by the Business app or another app: without our opaque id, or with one of its own.
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
