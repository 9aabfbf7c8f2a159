//! Injects a kill while work is in flight: the process is frozen and inspected from outside, killed and restarted when
//! it has work in flight, and otherwise thawed and probed again.

use std::time::Duration;

use testkit::{Process, Service, Stack, eventually};

use crate::output::print_line;
use crate::sources::{Sources, attempt_of};

/// Time limit until a probe finds work in flight.
const PROBE_TIMEOUT: Duration = Duration::from_secs(240);
/// Time limit until the process is working at all.
const WORK_TIMEOUT: Duration = Duration::from_secs(60);
/// Consecutive observations that must agree.
const AGREEING_OBSERVATIONS: usize = 5;
/// Observations of Postgres without a pause: a transaction lasts some milliseconds.
const PROJECTION_POLLS: usize = 50;
/// POSTs of a sender that are not answered yet.
pub(crate) const IN_FLIGHT: &str = "djigbachats_sender_in_flight_posts";
/// Transactions of a process, identified by its connections, that hold row locks on messages: in a gateway only the
/// status projector does so.
const PROJECTING: &str = "select count(*) from pg_stat_activity a where a.datname = current_database()
    and a.client_port = any($1) and a.state in ('active', 'idle in transaction') and exists (select from pg_locks l
        where l.pid = a.pid and l.granted and l.mode = 'RowShareLock' and l.relation = 'messages'::regclass)";

/// A fault injected while work was in flight.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ProbeResult {
    /// Work items that were in flight.
    pub(crate) in_flight: usize,
    /// Probes that found nothing in flight: no fault was injected, so they do not count.
    pub(crate) missed: usize,
}

/// Kills the gateway while requests are read but not answered; `waiting` returns how many requests wait for an answer.
pub(crate) async fn kill_while_accepting(
    stack: &mut Stack,
    waiting: impl Fn() -> usize,
) -> ProbeResult {
    kill_in_flight(
        stack,
        Service::Gateway,
        "accepting",
        async |_| {
            eventually("calls wait", WORK_TIMEOUT, async || {
                (waiting() > 0).then_some(())
            })
            .await;
        },
        async |stack| {
            stable_observation(async || {
                stack
                    .services
                    .unanswered_inside(Service::Gateway, waiting())
            })
            .await
        },
    )
    .await
}

/// Kills the sender while messages are posted but their results are not recorded. `replenish` ensures that there is
/// work left.
pub(crate) async fn kill_while_sending(
    stack: &mut Stack,
    sources: &Sources,
    mut replenish: impl AsyncFnMut(),
) -> ProbeResult {
    kill_in_flight(
        stack,
        Service::Sender,
        "posting",
        async |stack| {
            replenish().await;
            until_posting(stack, Service::Sender).await;
        },
        async |stack| {
            let sending = sources.sending().await;
            let ledger = stack.meta.ledger();
            ledger
                .iter()
                .filter_map(attempt_of)
                .filter(|attempt| sending.contains(attempt))
                .count()
        },
    )
    .await
}

/// Kills webhook-ingest while webhooks are read but not answered. `replenish` ensures that there is work left.
pub(crate) async fn kill_while_receiving(
    stack: &mut Stack,
    mut replenish: impl AsyncFnMut(),
) -> ProbeResult {
    let under_way =
        |stack: &Stack| usize::try_from(stack.meta.stats().webhook_posts_under_way).unwrap();
    kill_in_flight(
        stack,
        Service::WebhookIngest,
        "receiving",
        async |stack| {
            replenish().await;
            eventually("Meta posts webhooks", WORK_TIMEOUT, async || {
                (under_way(stack) > 0).then_some(())
            })
            .await;
        },
        async |stack| {
            stable_observation(async || {
                stack
                    .services
                    .unanswered_inside(Service::WebhookIngest, under_way(stack))
            })
            .await
        },
    )
    .await
}

/// Kills the gateway while a transaction that applies statuses is open. `replenish` ensures that there is work left.
pub(crate) async fn kill_while_projecting(
    stack: &mut Stack,
    sources: &Sources,
    mut replenish: impl AsyncFnMut(),
) -> ProbeResult {
    kill_in_flight(
        stack,
        Service::Gateway,
        "projecting",
        async |stack| {
            replenish().await;
            eventually("statuses are applied", WORK_TIMEOUT, async || {
                for _ in 0..PROJECTION_POLLS {
                    if projecting(stack, sources).await > 0 {
                        return Some(());
                    }
                }
                None
            })
            .await;
        },
        async |stack| stable_observation(async || projecting(stack, sources).await).await,
    )
    .await
}

/// Waits until a sender has unanswered POSTs.
pub(crate) async fn until_posting(stack: &Stack, sender: impl Into<Process>) {
    let sender = sender.into();
    eventually("the sender posts", WORK_TIMEOUT, async || {
        let metrics = stack.services.scrape(sender).await;
        (metrics.sum(IN_FLIGHT, &[]) > 0.0).then_some(())
    })
    .await;
}

async fn projecting(stack: &Stack, sources: &Sources) -> usize {
    let ports = stack.services.local_ports(Service::Gateway);
    let ports: Vec<i32> = ports.into_iter().map(i32::from).collect();
    usize::try_from(sources.number_of(PROJECTING, &[&ports]).await).unwrap()
}

/// Freezes a process repeatedly until it has work in flight, then kills and restarts it. Before each probe it waits
/// until the process is working: a long probe breaks its connections, and it has to recover first.
pub(crate) async fn kill_in_flight(
    stack: &mut Stack,
    process: impl Into<Process>,
    doing: &str,
    mut until_working: impl AsyncFnMut(&Stack),
    mut in_flight: impl AsyncFnMut(&Stack) -> usize,
) -> ProbeResult {
    let process = process.into();
    let mut missed = 0;
    let in_flight = eventually(
        &format!("{process} is {doing}"),
        PROBE_TIMEOUT,
        async || {
            until_working(stack).await;
            stack.services.freeze(process).await;
            let held = in_flight(stack).await;
            if held == 0 {
                stack.services.thaw(process);
                missed += 1;
            }
            (held > 0).then_some(held)
        },
    )
    .await;
    stack.services.kill_9(process).await;
    let posted = stack.meta.summary().accepted;
    print_line(format_args!(
        "{process} was killed while {doing}: {in_flight} items in flight ({missed} probes missed before), {posted} posted so far"
    ));
    stack.services.start(process).await;
    ProbeResult { in_flight, missed }
}

/// The value on which several consecutive observations agree: what was on its way when the process was frozen has
/// arrived by then.
async fn stable_observation(mut look: impl AsyncFnMut() -> usize) -> usize {
    let (mut last, mut agreeing) = (usize::MAX, 0);
    eventually(
        "the observations of a frozen process agree",
        PROBE_TIMEOUT,
        async || {
            let seen = look().await;
            agreeing = if seen == last { agreeing + 1 } else { 0 };
            last = seen;
            (agreeing >= AGREEING_OBSERVATIONS).then_some(seen)
        },
    )
    .await
}
