//! Catching a process at work: it is frozen and looked at from outside, killed and restarted when something is in its
//! hands, and otherwise let go and looked at again.

use std::time::Duration;

use testkit::{Process, Service, Stack, eventually};

use crate::books::{Books, attempt_of};
use crate::said::say;

/// How long a service may be watched for until it is caught at work.
const CATCH: Duration = Duration::from_secs(120);
/// Looks in a row that have to agree.
const LOOKS: usize = 5;
/// Only the projector of statuses locks and writes these columns.
const PROJECTING: &str = "select count(*) from pg_stat_activity where datname = current_database()
    and state = 'idle in transaction' and query ~ '[mn]\\.delivered_at'";

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
        always,
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

/// Messages were posted, and what became of them is not recorded.
pub(crate) async fn kill_while_sending(stack: &mut Stack, books: &Books) -> Caught {
    catch(stack, Service::Sender, "posting", always, async |stack| {
        let sending = books.sending().await;
        let ledger = stack.meta.ledger();
        ledger
            .iter()
            .filter_map(attempt_of)
            .filter(|attempt| sending.contains(attempt))
            .count()
    })
    .await
}

/// Webhooks were read from the network and not answered.
pub(crate) async fn kill_while_receiving(stack: &mut Stack) -> Caught {
    catch(
        stack,
        Service::WebhookIngest,
        "receiving",
        always,
        async |stack| {
            let under_way = || usize::try_from(stack.meta.stats().webhook_posts_under_way).unwrap();
            agreed(async || {
                stack
                    .services
                    .unanswered_inside(Service::WebhookIngest, under_way())
            })
            .await
        },
    )
    .await
}

/// A transaction that applies statuses was open.
pub(crate) async fn kill_while_projecting(stack: &mut Stack, books: &Books) -> Caught {
    catch(stack, Service::Gateway, "projecting", always, async |_| {
        agreed(async || usize::try_from(books.number(PROJECTING).await).unwrap()).await
    })
    .await
}

/// A process that is at work whenever it is looked at.
async fn always(_: &Stack) {}

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
