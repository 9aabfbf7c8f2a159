//! What waits: for Meta's limits, for a token, for a clear answer.

use chrono::TimeDelta;
use common::clock::Clock;
use meta_sim::{Fault, sample};
use template_sync::Ending;

use super::fixture::{ACCEPTED, WAITING, definition, english};
use crate::fixture::Fixture;

const BODY: &str = "Votre commande est prête.";
const STOPPED: i16 = 2;

#[tokio::test(flavor = "multi_thread")]
async fn a_used_budget_holds_back_publications_and_synchronisations_of_the_account() {
    let fixture = Fixture::open().await;
    fixture.refuse_calls(80_008, 1);
    let first = fixture
        .ask_to_create(&definition("essai_prete", BODY))
        .await;
    let second = fixture
        .ask_to_create(&definition("essai_livree", BODY))
        .await;
    fixture.publish_due().await;
    for id in [first, second] {
        let stored = fixture.publication(id).await;
        assert_eq!(stored.state, WAITING);
        assert!(stored.due_at.unwrap() > fixture.clock.now());
        assert!(english(&stored).contains("limit of calls"), "{stored:?}");
    }
    let run = fixture.synchroniser().synchronise(&fixture.account).await;
    assert_eq!(run.unwrap(), Ending::Postponed);
    assert!(
        fixture
            .sync_error()
            .await
            .unwrap()
            .contains("limit of calls")
    );
    assert_eq!(
        fixture.events("template.publication_waiting").await.len(),
        2
    );

    fixture.clock.advance(TimeDelta::minutes(11));
    fixture.publish_due().await;
    for id in [first, second] {
        assert_eq!(fixture.publication(id).await.state, ACCEPTED);
    }
    let run = fixture.synchroniser().synchronise(&fixture.account).await;
    assert_eq!(run.unwrap(), Ending::Written);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_edit_of_an_approved_template_waits_for_the_next_day() {
    let fixture = Fixture::open().await;
    fixture.put_template("essai_prete", "APPROVED");
    let synchroniser = fixture.synchroniser();
    synchroniser.synchronise(&fixture.account).await.unwrap();
    let template_id = fixture.template_id("essai_prete").await;
    let edited = definition("essai_prete", BODY);
    fixture.ask_to_edit(&template_id, &edited).await;
    let accept = "update template_publications set state = 2, due_at = null, ended_at = $1";
    let now = fixture.clock.now();
    fixture.admin.execute(accept, &[&now]).await.unwrap();

    fixture.clock.advance(TimeDelta::hours(4));
    let id = fixture.ask_to_edit(&template_id, &edited).await;
    fixture.publish_due().await;
    let stored = fixture.publication(id).await;
    assert_eq!(stored.state, WAITING);
    assert!(english(&stored).contains("24 hours"), "{stored:?}");

    fixture.clock.advance(TimeDelta::hours(21));
    fixture.publish_due().await;
    assert_eq!(fixture.publication(id).await.state, ACCEPTED);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_token_stops_the_numbers_and_a_new_one_ends_the_wait() {
    let fixture = Fixture::open().await;
    fixture.refuse_calls(190, 1);
    let id = fixture
        .ask_to_create(&definition("essai_prete", BODY))
        .await;
    fixture.publish_due().await;
    let stored = fixture.publication(id).await;
    assert_eq!(stored.state, WAITING);
    assert!(english(&stored).contains("new token"), "{stored:?}");
    assert_eq!(fixture.number().await.0, STOPPED);

    fixture.connect(sample::TOKEN).await;
    assert_eq!(fixture.publish_due().await, 1);
    assert_eq!(fixture.publication(id).await.state, ACCEPTED);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_clear_answer_the_template_is_looked_for_and_adopted() {
    for fault in [
        Fault::CutAfterAcceptance,
        Fault::Html500 { accepted: true },
        Fault::TruncatedJson,
        Fault::CutBeforeAcceptance,
        Fault::Html500 { accepted: false },
    ] {
        let fixture = Fixture::open().await;
        fixture.fault(fault.clone(), 1);
        let id = fixture
            .ask_to_create(&definition("essai_prete", BODY))
            .await;
        fixture.publish_due().await;
        let stored = fixture.publication(id).await;
        assert_eq!(stored.state, WAITING, "{fault:?}");
        assert!(english(&stored).contains("no clear answer"), "{stored:?}");
        fixture.clock.advance(TimeDelta::minutes(1));
        fixture.publish_due().await;
        assert_eq!(fixture.publication(id).await.state, ACCEPTED, "{fault:?}");
        assert_eq!(fixture.at_meta("essai_prete").await.len(), 1, "{fault:?}");
        assert_eq!(
            fixture.events("template.publication_waiting").await.len(),
            1
        );
    }
}
