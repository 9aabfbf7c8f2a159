//! Catching a process at work: it is frozen and looked at from outside, killed and restarted when something is in its
//! hands, and otherwise let go and looked at again.

use std::time::Duration;

use testkit::{Service, Stack, eventually};

use super::tills::Tills;
use crate::books::{Books, attempt_of};
use crate::said::say;

/// How long a service may be watched for until it is caught at work.
const CATCH: Duration = Duration::from_secs(60);
/// Looks in a row that have to agree.
const LOOKS: usize = 5;
/// Only the projector of statuses locks and writes these columns.
const PROJECTING: &str = "select count(*) from pg_stat_activity where datname = current_database()
    and state = 'idle in transaction' and query ~ '[mn]\\.delivered_at'";

/// Requests were read from the network and not answered.
pub(super) async fn kill_while_accepting(stack: &mut Stack, tills: &Tills) {
    catch(stack, Service::Gateway, "accepting", async |stack| {
        agreed(async || {
            stack
                .services
                .unanswered_inside(Service::Gateway, tills.waiting())
        })
        .await
    })
    .await;
}

/// Messages were posted, and what became of them is not recorded.
pub(super) async fn kill_while_sending(stack: &mut Stack, books: &Books) {
    catch(stack, Service::Sender, "posting", async |stack| {
        let sending = books.sending().await;
        let ledger = stack.meta.ledger();
        ledger
            .iter()
            .filter_map(attempt_of)
            .filter(|attempt| sending.contains(attempt))
            .count()
    })
    .await;
}

/// Webhooks were read from the network and not answered.
pub(super) async fn kill_while_receiving(stack: &mut Stack) {
    catch(stack, Service::WebhookIngest, "receiving", async |stack| {
        let under_way = || usize::try_from(stack.meta.stats().webhook_posts_under_way).unwrap();
        agreed(async || {
            stack
                .services
                .unanswered_inside(Service::WebhookIngest, under_way())
        })
        .await
    })
    .await;
}

/// A transaction that applies statuses was open.
pub(super) async fn kill_while_projecting(stack: &mut Stack, books: &Books) {
    catch(stack, Service::Gateway, "projecting", async |_| {
        agreed(async || usize::try_from(books.number(PROJECTING).await).unwrap()).await
    })
    .await;
}

/// Freezes a service again and again until it has work in hand, then kills and restarts it.
async fn catch(
    stack: &mut Stack,
    service: Service,
    doing: &str,
    mut in_hand: impl AsyncFnMut(&Stack) -> usize,
) {
    let mut tries = 0;
    let held = eventually(
        &format!("{} is caught {doing}", service.name()),
        CATCH,
        async || {
            tries += 1;
            stack.services.freeze(service).await;
            let held = in_hand(stack).await;
            if held == 0 {
                stack.services.thaw(service);
            }
            (held > 0).then_some(held)
        },
    )
    .await;
    stack.services.kill_9(service).await;
    let posted = stack.meta.summary().accepted;
    say(format_args!(
        "{} was killed while {doing}: {held} in hand (look {tries}), {posted} posted so far",
        service.name()
    ));
    stack.services.start(service).await;
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
