//! What is refused says why, what was kept and what to do.

use serde_json::json;

use super::fixture::{ACCEPTED, REFUSED, definition, english};
use crate::fixture::Fixture;

const BODY: &str = "Votre commande est prête.";

#[tokio::test(flavor = "multi_thread")]
async fn metas_refusal_is_final_and_explained() {
    let fixture = Fixture::open().await;
    let wrong = definition("essai_prete", "{{1}}");
    let id = fixture.ask_to_create(&wrong).await;
    assert_eq!(fixture.publish_due().await, 1);
    let stored = fixture.publication(id).await;
    assert_eq!((stored.state, stored.due_at), (REFUSED, None));
    assert!(english(&stored).contains("Meta refused it"), "{stored:?}");
    assert!(stored.answer.unwrap()["code"].is_i64());
    let events = fixture.events("template.publication_refused").await;
    assert_eq!(events[0]["reason"], "meta");
    assert!(events[0]["error_code"].is_i64());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_of_another_content_under_the_name_is_left_alone() {
    let fixture = Fixture::open().await;
    fixture
        .ask_to_create(&definition("essai_prete", "Un autre texte."))
        .await;
    fixture.publish_due().await;
    let id = fixture
        .ask_to_create(&definition("essai_prete", BODY))
        .await;
    fixture.publish_due().await;
    let stored = fixture.publication(id).await;
    assert_eq!(stored.state, REFUSED);
    assert!(english(&stored).contains("another name"), "{stored:?}");
    let nodes = fixture.at_meta("essai_prete").await;
    assert_eq!(nodes.len(), 1);
    assert_eq!(nodes[0].components[0]["text"], "Un autre texte.");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_of_the_same_content_under_the_name_is_adopted() {
    let fixture = Fixture::open().await;
    let first = fixture
        .ask_to_create(&definition("essai_prete", BODY))
        .await;
    let second = fixture
        .ask_to_create(&definition("essai_prete", BODY))
        .await;
    fixture.publish_due().await;
    let ids = [
        fixture.publication(first).await.template_id,
        fixture.publication(second).await.template_id,
    ];
    assert!(ids[0].is_some());
    assert_eq!(ids[0], ids[1]);
    assert_eq!(fixture.publication(second).await.state, ACCEPTED);
    assert_eq!(fixture.at_meta("essai_prete").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_of_what_is_gone_says_so() {
    let fixture = Fixture::open().await;
    let id = fixture
        .ask_to_edit("404404", &definition("essai_prete", BODY))
        .await;
    fixture.publish_due().await;
    let stored = fixture.publication(id).await;
    assert_eq!(stored.state, REFUSED);
    assert!(
        english(&stored).contains("no longer has the template"),
        "{stored:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sample_that_is_no_longer_stored_is_named_before_anything_is_asked() {
    let fixture = Fixture::open().await;
    let mut with_image = definition("essai_prete", BODY);
    let file = "01993c2f-8a00-7000-8000-000000000001";
    let header = json!({"type": "HEADER", "format": "IMAGE", "example": {"header_handle": [file]}});
    with_image["components"]
        .as_array_mut()
        .unwrap()
        .push(header);
    let id = fixture.ask_to_create(&with_image).await;
    fixture.publish_due().await;
    let stored = fixture.publication(id).await;
    assert_eq!(stored.state, REFUSED);
    assert!(
        english(&stored).contains("Upload the file again"),
        "{stored:?}"
    );
    assert!(fixture.at_meta("essai_prete").await.is_empty());
}
