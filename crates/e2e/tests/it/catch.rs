//! Catching a process at work: it is frozen and looked at from outside, killed and restarted when something is in its
//! hands, and otherwise let go and looked at again.

use std::time::Duration;

use testkit::{Process, Service, Stack, eventually};

use crate::books::{Books, attempt_of};
use crate::said::say;

/// How long a service may be watched for until it is caught at work.
const CATCH: Duration = Duration::from_secs(240);
/// How long it may take until it is at work at all.
const AT_WORK: Duration = Duration::from_secs(60);
/// Looks in a row that have to agree.
const LOOKS: usize = 5;
/// Looks at Postgres without a pause: a transaction lasts some milliseconds.
const QUICK_LOOKS: usize = 50;
/// POSTs of a sender that are not answered yet.
pub(crate) const IN_FLIGHT: &str = "djigbachats_sender_in_flight_posts";
/// Transactions of a process, told by its connections, in which rows of messages are locked: of a gateway only the
/// projector of statuses does so.
const PROJECTING: &str = "select count(*) from pg_stat_activity a where a.datname = current_database()
    and a.client_port = any($1) and a.state in ('active', 'idle in transaction') and exists (select from pg_locks l
        where l.pid = a.pid and l.granted and l.mode = 'RowShareLock' and l.relation = 'messages'::regclass)";

/// A kill that fell on work in flight.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Caught {
    /// Pieces of work that the process had in hand.
    pub(crate) in_hand: usize,
    /// How often it was looked at in vain before: those kills would have proved nothing, and did not happen.
    pub(crate) vain: usize,
}

/// Requests were read from the network and not answered; `waiting` says how many of them wait for an answer.
pub(crate) async fn kill_while_accepting(stack: &mut Stack, waiting: impl Fn() -> usize) -> Caught {
    catch(
        stack,
        Service::Gateway,
        "accepting",
        async |_| {
            eventually("calls wait", AT_WORK, async || {
                (waiting() > 0).then_some(())
            })
            .await;
        },
        async |stack| {
            agreed(async || {
                stack
                    .services
                    .unanswered_inside(Service::Gateway, waiting())
            })
            .await
        },
    )
    .await
}

/// Messages were posted, and what became of them is not recorded. `provide` sees that there is work left.
pub(crate) async fn kill_while_sending(
    stack: &mut Stack,
    books: &Books,
    mut provide: impl AsyncFnMut(),
) -> Caught {
    catch(
        stack,
        Service::Sender,
        "posting",
        async |stack| {
            provide().await;
            until_posting(stack, Service::Sender).await;
        },
        async |stack| {
            let sending = books.sending().await;
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

/// Webhooks were read from the network and not answered. `provide` sees that there is work left.
pub(crate) async fn kill_while_receiving(
    stack: &mut Stack,
    mut provide: impl AsyncFnMut(),
) -> Caught {
    let under_way =
        |stack: &Stack| usize::try_from(stack.meta.stats().webhook_posts_under_way).unwrap();
    catch(
        stack,
        Service::WebhookIngest,
        "receiving",
        async |stack| {
            provide().await;
            eventually("Meta posts webhooks", AT_WORK, async || {
                (under_way(stack) > 0).then_some(())
            })
            .await;
        },
        async |stack| {
            agreed(async || {
                stack
                    .services
                    .unanswered_inside(Service::WebhookIngest, under_way(stack))
            })
            .await
        },
    )
    .await
}

/// A transaction that applies statuses was open. `provide` sees that there is work left.
pub(crate) async fn kill_while_projecting(
    stack: &mut Stack,
    books: &Books,
    mut provide: impl AsyncFnMut(),
) -> Caught {
    catch(
        stack,
        Service::Gateway,
        "projecting",
        async |stack| {
            provide().await;
            eventually("statuses are applied", AT_WORK, async || {
                for _ in 0..QUICK_LOOKS {
                    if projecting(stack, books).await > 0 {
                        return Some(());
                    }
                }
                None
            })
            .await;
        },
        async |stack| agreed(async || projecting(stack, books).await).await,
    )
    .await
}

/// Waits until a sender has POSTs that are not answered.
pub(crate) async fn until_posting(stack: &Stack, sender: impl Into<Process>) {
    let sender = sender.into();
    eventually("the sender posts", AT_WORK, async || {
        let metrics = stack.services.scrape(sender).await;
        (metrics.sum(IN_FLIGHT, &[]) > 0.0).then_some(())
    })
    .await;
}

async fn projecting(stack: &Stack, books: &Books) -> usize {
    let ports = stack.services.local_ports(Service::Gateway);
    let ports: Vec<i32> = ports.into_iter().map(i32::from).collect();
    usize::try_from(books.number_of(PROJECTING, &[&ports]).await).unwrap()
}

/// Freezes a process again and again until it has work in hand, then kills and restarts it. Before each look it waits
/// until the process is at work: a long look costs it its connections, and it has to get over that.
pub(crate) async fn catch(
    stack: &mut Stack,
    process: impl Into<Process>,
    doing: &str,
    mut at_work: impl AsyncFnMut(&Stack),
    mut in_hand: impl AsyncFnMut(&Stack) -> usize,
) -> Caught {
    let process = process.into();
    let mut vain = 0;
    let in_hand = eventually(&format!("{process} is caught {doing}"), CATCH, async || {
        at_work(stack).await;
        stack.services.freeze(process).await;
        let held = in_hand(stack).await;
        if held == 0 {
            stack.services.thaw(process);
            vain += 1;
        }
        (held > 0).then_some(held)
    })
    .await;
    stack.services.kill_9(process).await;
    let posted = stack.meta.summary().accepted;
    say(format_args!(
        "{process} was killed while {doing}: {in_hand} in hand (after {vain} vain looks), {posted} posted so far"
    ));
    stack.services.start(process).await;
    Caught { in_hand, vain }
}

/// What several looks in a row agree on: what was on its way when the process was frozen has arrived by then.
async fn agreed(mut look: impl AsyncFnMut() -> usize) -> usize {
    let (mut last, mut agreeing) = (usize::MAX, 0);
    eventually("the looks at a frozen process agree", CATCH, async || {
        let seen = look().await;
        agreeing = if seen == last { agreeing + 1 } else { 0 };
        last = seen;
        (agreeing >= LOOKS).then_some(seen)
    })
    .await
}
