//! One publication of an account is in hand at a time, in the order in which they were asked for.

use chrono::TimeDelta;

use super::fixture::{ACCEPTED, CANCELLED, WAITING, definition};
use crate::fixture::Fixture;

const BODY: &str = "Votre commande est prête.";

#[tokio::test(flavor = "multi_thread")]
async fn an_account_has_one_publication_in_hand_the_oldest_first() {
    let fixture = Fixture::open().await;
    let first = fixture.ask_to_create(&definition("a", BODY)).await;
    fixture.ask_to_create(&definition("b", BODY)).await;
    let publisher = fixture.publisher();
    let claimed = publisher.claim(10).await.unwrap();
    assert_eq!(claimed.len(), 1);
    assert_eq!(claimed[0].publication_id, first);
    assert!(publisher.claim(10).await.unwrap().is_empty());
    publisher.carry_out(&claimed[0]).await.unwrap();
    assert_eq!(publisher.claim(10).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_publication_of_a_dead_worker_is_taken_up_again_before_any_other() {
    let fixture = Fixture::open().await;
    fixture.ask_to_create(&definition("a", BODY)).await;
    let publisher = fixture.publisher();
    let dead = publisher.claim(10).await.unwrap().remove(0);
    fixture.ask_to_create(&definition("b", BODY)).await;
    fixture.clock.advance(TimeDelta::minutes(11));
    let again = publisher.claim(10).await.unwrap();
    assert_eq!(again.len(), 1);
    assert_eq!(again[0].publication_id, dead.publication_id);
    assert!(again[0].attempt > dead.attempt);
    // What the dead one would still do changes nothing.
    publisher.carry_out(&dead).await.unwrap();
    assert_eq!(
        fixture.publication(dead.publication_id).await.state,
        WAITING
    );
    assert!(fixture.at_meta("a").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_later_holds_up_only_what_is_about_the_same_template() {
    let fixture = Fixture::open().await;
    fixture.fault(meta_sim::Fault::CutBeforeAcceptance, 1);
    let waiting = fixture.ask_to_create(&definition("a", BODY)).await;
    fixture.publish_due().await;
    let deletion = fixture.ask_to_delete("a", None).await;
    let other = fixture.ask_to_create(&definition("b", BODY)).await;
    fixture.publish_due().await;
    assert_eq!(fixture.publication(other).await.state, ACCEPTED);
    assert_eq!(fixture.publication(deletion).await.state, WAITING);
    fixture.clock.advance(TimeDelta::minutes(1));
    fixture.publish_due().await;
    assert_eq!(fixture.publication(waiting).await.state, ACCEPTED);
    assert_eq!(fixture.publication(deletion).await.state, ACCEPTED);
    assert!(fixture.at_meta("a").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancelled_publication_is_never_carried_out() {
    let fixture = Fixture::open().await;
    let id = fixture.ask_to_create(&definition("a", BODY)).await;
    let publisher = fixture.publisher();
    let claimed = publisher.claim(10).await.unwrap().remove(0);
    let cancel = "update template_publications set state = $1, due_at = null, ended_at = now()";
    fixture.admin.execute(cancel, &[&CANCELLED]).await.unwrap();
    publisher.carry_out(&claimed).await.unwrap();
    assert_eq!(fixture.publication(id).await.state, CANCELLED);
    assert!(fixture.at_meta("a").await.is_empty());
    // Nor does it hold up the account.
    let next = fixture.ask_to_create(&definition("b", BODY)).await;
    fixture.publish_due().await;
    assert_eq!(fixture.publication(next).await.state, ACCEPTED);
}
