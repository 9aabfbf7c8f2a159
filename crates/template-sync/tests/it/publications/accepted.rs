//! What Meta accepts is stored at once, with its draft and its event.

use chrono::TimeDelta;

use super::fixture::{ACCEPTED, definition};
use crate::fixture::Fixture;

const BODY: &str = "Votre commande est prête.";

#[tokio::test(flavor = "multi_thread")]
async fn a_created_template_is_stored_with_the_status_of_metas_answer() {
    let fixture = Fixture::open().await;
    let id = fixture
        .ask_to_create(&definition("essai_prete", BODY))
        .await;
    assert_eq!(fixture.publish_due().await, 1);

    let stored = fixture.publication(id).await;
    assert_eq!((stored.state, stored.due_at), (ACCEPTED, None));
    assert_eq!(stored.answer.unwrap()["status"], "PENDING");
    let template_id = fixture.template_id("essai_prete").await;
    assert_eq!(stored.template_id.as_deref(), Some(template_id.as_str()));
    assert_eq!(fixture.statuses("essai_prete").await, ["PENDING"]);
    assert_eq!(
        fixture.template_of_draft(id).await,
        Some(template_id.clone())
    );
    assert_eq!(
        fixture.at_meta("essai_prete").await[0].id.as_str(),
        template_id
    );

    let events = fixture.events("template.publication_accepted").await;
    assert_eq!(events.len(), 1);
    assert_eq!(events[0]["template_id"], template_id.as_str());
    assert_eq!(events[0]["action"], "create");
    assert_eq!(events[0]["status"], "PENDING");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edited_template_has_its_new_text_and_is_in_review_again() {
    let fixture = Fixture::open().await;
    fixture.put_template("essai_prete", "APPROVED");
    fixture
        .synchroniser()
        .synchronise(&fixture.account)
        .await
        .unwrap();
    let template_id = fixture.template_id("essai_prete").await;

    let id = fixture
        .ask_to_edit(&template_id, &definition("essai_prete", BODY))
        .await;
    fixture.publish_due().await;
    assert_eq!(fixture.publication(id).await.state, ACCEPTED);
    let node = fixture.at_meta("essai_prete").await.remove(0);
    assert_eq!(node.components[0]["text"], BODY);
    assert_eq!(fixture.statuses("essai_prete").await, ["PENDING"]);
    let changed = fixture.events("template.status_changed").await;
    assert_eq!(changed.len(), 1);
    assert_eq!(changed[0]["previous_status"], "APPROVED");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_language_or_all_of_them_are_deleted() {
    let fixture = Fixture::open().await;
    let mut english = definition("essai_prete", "Your order is ready.");
    english["language"] = "en_US".into();
    let french = fixture
        .ask_to_create(&definition("essai_prete", BODY))
        .await;
    fixture.ask_to_create(&english).await;
    fixture.publish_due().await;
    let french_id = fixture.publication(french).await.template_id.unwrap();

    let one = fixture.ask_to_delete("essai_prete", Some(&french_id)).await;
    fixture.publish_due().await;
    assert_eq!(fixture.publication(one).await.state, ACCEPTED);
    let left = fixture.at_meta("essai_prete").await;
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].language, "en_US");
    assert_eq!(
        fixture.template_of_draft(french).await,
        None,
        "the draft can be created again"
    );

    let all = fixture.ask_to_delete("essai_prete", None).await;
    fixture.publish_due().await;
    assert_eq!(fixture.publication(all).await.state, ACCEPTED);
    assert!(fixture.at_meta("essai_prete").await.is_empty());
    assert_eq!(
        fixture.statuses("essai_prete").await,
        ["DELETED", "DELETED"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_of_what_is_gone_is_accepted() {
    let fixture = Fixture::open().await;
    let id = fixture.ask_to_delete("jamais_vu", None).await;
    fixture.publish_due().await;
    assert_eq!(fixture.publication(id).await.state, ACCEPTED);
    assert_eq!(
        fixture.events("template.publication_accepted").await.len(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_synchronisation_that_began_before_changes_nothing_of_what_was_published() {
    let fixture = Fixture::open().await;
    let store = fixture.store();
    let now = common::clock::Clock::now(&*fixture.clock);
    let interval = TimeDelta::hours(1);
    let runs = worker_storage::template_sync::claim_due(&store, now, interval, 10)
        .await
        .unwrap();
    fixture.clock.advance(TimeDelta::seconds(1));
    fixture
        .ask_to_create(&definition("essai_prete", BODY))
        .await;
    fixture.publish_due().await;
    // What the run read before: Meta does not have the template any more, as if it had been listed before.
    fixture.sim.reset().unwrap();
    fixture.synchroniser().carry_out(&runs[0]).await.unwrap();
    assert_eq!(fixture.statuses("essai_prete").await, ["PENDING"]);
    assert!(fixture.events("template.status_changed").await.is_empty());

    fixture.clock.advance(TimeDelta::seconds(1));
    fixture
        .synchroniser()
        .synchronise(&fixture.account)
        .await
        .unwrap();
    assert_eq!(fixture.statuses("essai_prete").await, ["DELETED"]);
}
