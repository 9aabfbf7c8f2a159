//! Publishing drafts, deleting templates, and what the API shows of both.

use meta_sim::sample;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::Answer;
use crate::media::{PDF, pdf, post_file};
use crate::shop::Shop;
use crate::template_drafts::definition;

/// Meta's id of the template `ticket` of the shop.
const TICKET: &str = "594425479261591";

impl Shop {
    async fn publish(&self, draft: &str) -> Answer {
        let path = format!("/v1/templates/drafts/{draft}/publish");
        self.post(&path, &json!({})).await
    }

    /// Ends a publication as template-sync does.
    async fn accept(&self, publication: &Value, template_id: &str) {
        let sql = "update template_publications set state = 2, due_at = null, ended_at = now(), template_id = $2
            where publication_id = $1::text::uuid";
        let admin = self.harness.db.admin().await;
        let id = publication["id"].as_str().unwrap();
        admin.execute(sql, &[&id, &template_id]).await.unwrap();
    }

    async fn execute(&self, sql: &str) {
        let admin = self.harness.db.admin().await;
        admin.batch_execute(sql).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_published_once() {
    let shop = Shop::open().await;
    let draft = shop.draft_of(&definition("commande_prete")).await;
    let publication = shop.publish(&draft).await.expect(StatusCode::ACCEPTED);
    assert_eq!(
        (
            &publication["action"],
            &publication["state"],
            &publication["version"]
        ),
        (&json!("create"), &json!("waiting"), &json!(1))
    );
    assert_eq!(
        (&publication["attempts"], &publication["draft_id"]),
        (&json!(0), &json!(draft))
    );
    assert_eq!(publication["requested_by"]["name"], "till 1");
    assert!(publication["next_attempt_at"].is_string());
    let again = shop.publish(&draft).await;
    assert_eq!(again.problem(409), "publication_waiting");
    let id = publication["id"].as_str().unwrap();
    assert!(again.json()["detail"].as_str().unwrap().contains(id));
    let path = format!("/v1/templates/publications/{id}");
    assert_eq!(shop.get(&path).await.expect(StatusCode::OK), publication);
    for (query, found) in [
        (String::new(), 1),
        (format!("?draft_id={draft}"), 1),
        ("?state=waiting".to_owned(), 1),
        ("?state=refused".to_owned(), 0),
        ("?waba_id=7".to_owned(), 0),
    ] {
        let list = shop
            .get(&format!("/v1/templates/publications{query}"))
            .await;
        let list = list.expect(StatusCode::OK);
        assert_eq!(list["items"].as_array().unwrap().len(), found, "{query}");
    }
    let refused = shop.get("/v1/templates/publications?state=sent").await;
    assert_eq!(refused.problem(400), "query_invalid");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_call_and_calls_at_once_ask_meta_once() {
    let shop = Shop::open().await;
    let draft = shop.draft_of(&definition("commande_prete")).await;
    let (first, second) = tokio::join!(shop.publish(&draft), shop.publish(&draft));
    let mut statuses = [first.status, second.status];
    statuses.sort();
    assert_eq!(statuses, [StatusCode::ACCEPTED, StatusCode::CONFLICT]);
    let other = shop.draft_of(&definition("autre")).await;
    let path = format!("/v1/templates/drafts/{other}/publish");
    let first = shop.post_as(&path, "once", &json!({})).await;
    let again = shop.post_as(&path, "once", &json!({})).await;
    assert_eq!(first.body, again.body);
    assert_eq!(
        shop.count("select count(*) from template_publications")
            .await,
        2
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_that_breaks_rules_is_not_published() {
    let shop = Shop::open().await;
    let draft = shop.draft_of(&definition("commande_prete")).await;
    // A rule that came with a later version.
    shop.execute("update template_versions set definition = definition - 'name'")
        .await;
    let refused = shop.publish(&draft).await;
    assert_eq!(refused.problem(422), "template_invalid");
    assert_eq!(refused.pointers(), ["/name"]);
    let error = &refused.json()["errors"][0];
    assert!(error["rule"].is_string() && error["detail"].is_string());
    assert_eq!(
        shop.count("select count(*) from template_publications")
            .await,
        0
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_sample_of_a_header_is_a_file_of_the_business() {
    let shop = Shop::open().await;
    let key = &shop.business.key;
    let file = post_file(&shop.harness, key, ("ticket.pdf", ""), PDF, pdf(200)).await;
    let file = file.expect(StatusCode::CREATED)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let with_sample = |format: &str, id: &str| {
        let mut template = definition("ticket_pdf");
        let example = json!({ "header_handle": [id] });
        let header = json!({ "type": "HEADER", "format": format, "example": example });
        template["components"]
            .as_array_mut()
            .unwrap()
            .insert(0, header);
        template
    };
    let pointer = "/components/0/example/header_handle/0";
    for (name, format, id, code) in [
        (
            "a",
            "DOCUMENT",
            "01993c2f-8a00-7000-8000-000000000001",
            "media_unknown",
        ),
        ("b", "IMAGE", file.as_str(), "media_unsuitable"),
    ] {
        let mut template = with_sample(format, id);
        template["name"] = json!(name);
        let draft = shop.draft_of(&template).await;
        let refused = shop.publish(&draft).await;
        assert_eq!(refused.problem(422), code);
        assert_eq!(refused.pointers(), [pointer]);
    }
    let draft = shop.draft_of(&with_sample("DOCUMENT", &file)).await;
    shop.publish(&draft).await.expect(StatusCode::ACCEPTED);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_that_meta_has_is_edited_and_not_created_again() {
    let shop = Shop::open().await;
    let draft = shop.draft_of(&definition("ticket")).await;
    let refused = shop.publish(&draft).await;
    assert_eq!(refused.problem(409), "template_exists");
    shop.send_as(Method::DELETE, &format!("/v1/templates/drafts/{draft}"))
        .await;
    let path = format!("/v1/templates/{TICKET}/draft");
    let draft = shop
        .post(&path, &json!({}))
        .await
        .expect(StatusCode::CREATED);
    let id = draft["id"].as_str().unwrap();
    let saved = shop
        .save_version(id, &json!(1), &definition("ticket"))
        .await;
    saved.expect(StatusCode::OK);
    let publication = shop.publish(id).await;
    let publication = publication.expect(StatusCode::ACCEPTED);
    assert_eq!(
        (&publication["action"], &publication["template_id"]),
        (&json!("edit"), &json!(TICKET))
    );
    let discard = shop
        .send_as(Method::DELETE, &format!("/v1/templates/drafts/{id}"))
        .await;
    assert_eq!(discard.problem(409), "publication_waiting");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_publication_is_cancelled_while_it_waits() {
    let shop = Shop::open().await;
    let draft = shop.draft_of(&definition("commande_prete")).await;
    let publication = shop.publish(&draft).await.expect(StatusCode::ACCEPTED);
    let path = format!(
        "/v1/templates/publications/{}/cancel",
        publication["id"].as_str().unwrap()
    );
    for _ in 0..2 {
        let cancelled = shop
            .send_as(Method::POST, &path)
            .await
            .expect(StatusCode::OK);
        assert_eq!(cancelled["state"], "cancelled");
        assert_eq!(cancelled["next_attempt_at"], Value::Null);
        assert!(cancelled["ended_at"].is_string());
    }
    let publication = shop.publish(&draft).await.expect(StatusCode::ACCEPTED);
    shop.accept(&publication, "77").await;
    let path = format!(
        "/v1/templates/publications/{}/cancel",
        publication["id"].as_str().unwrap()
    );
    assert_eq!(
        shop.send_as(Method::POST, &path).await.problem(409),
        "wrong_state"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_is_deleted_by_its_id_or_its_name() {
    let shop = Shop::open().await;
    let path = format!("/v1/templates/{TICKET}");
    let deletion = shop
        .send_as(Method::DELETE, &path)
        .await
        .expect(StatusCode::ACCEPTED);
    assert_eq!(
        (
            &deletion["action"],
            &deletion["template_id"],
            &deletion["language"]
        ),
        (&json!("delete"), &json!(TICKET), &json!("fr"))
    );
    assert_eq!(deletion["draft_id"], Value::Null);
    let again = shop
        .send_as(Method::DELETE, &path)
        .await
        .expect(StatusCode::ACCEPTED);
    assert_eq!(again["id"], deletion["id"]);
    let delete = async |name: &str, language: Option<&str>| {
        let body = json!({ "waba_id": sample::WABA_ID, "name": name, "language": language });
        shop.post("/v1/templates/deletions", &body).await
    };
    let all = delete("promo", None).await.expect(StatusCode::ACCEPTED);
    assert_eq!(
        (&all["language"], &all["template_id"]),
        (&Value::Null, &Value::Null)
    );
    // The deletion of all languages covers it.
    let french = delete("promo", Some("fr"))
        .await
        .expect(StatusCode::ACCEPTED);
    assert_eq!(french["id"], all["id"]);
    // All languages are more than the one that is being deleted.
    assert_eq!(
        delete("ticket", None).await.problem(409),
        "publication_waiting"
    );
    for (name, language) in [("absent", None), ("rappel", Some("en"))] {
        let refused = delete(name, language).await;
        assert_eq!(refused.problem(422), "template_unknown");
        assert_eq!(refused.pointers(), ["/name"]);
    }
    shop.execute(&format!(
        "update templates set status = 'DELETED' where template_id = '{TICKET}'"
    ))
    .await;
    assert_eq!(
        shop.send_as(Method::DELETE, &path).await.problem(409),
        "wrong_state"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_asked_for_an_account_that_was_disconnected() {
    let shop = Shop::open().await;
    let draft = shop.draft_of(&definition("commande_prete")).await;
    let number = format!("/v1/numbers/{}", sample::PHONE_NUMBER_ID);
    shop.send_as(Method::DELETE, &number)
        .await
        .expect(StatusCode::OK);
    assert_eq!(shop.publish(&draft).await.problem(409), "wrong_state");
    let deletion = shop
        .send_as(Method::DELETE, &format!("/v1/templates/{TICKET}"))
        .await;
    assert_eq!(deletion.problem(409), "wrong_state");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_shows_where_meta_decided_otherwise_and_what_its_status_means() {
    let shop = Shop::open().await;
    let draft = shop.draft_of(&definition("commande_prete")).await;
    let publication = shop.publish(&draft).await.expect(StatusCode::ACCEPTED);
    shop.accept(&publication, TICKET).await;
    shop.execute(&format!("update templates set category = 'MARKETING', status = 'PAUSED', status_note = 'FIRST_PAUSE',
        status_until = '2026-12-01T10:00Z', detected_category = 'MARKETING' where template_id = '{TICKET}'")).await;
    let template = shop
        .get(&format!("/v1/templates/{TICKET}"))
        .await
        .expect(StatusCode::OK);
    assert_eq!(
        (
            &template["requested_category"],
            &template["category"],
            &template["category_differs"]
        ),
        (&json!("UTILITY"), &json!("MARKETING"), &json!(true))
    );
    assert_eq!(template["detected_category"], "MARKETING");
    assert_eq!(template["price"]["class"], "marketing");
    let en = template["explanation"]["en"].as_str().unwrap();
    assert!(
        en.contains("FIRST_PAUSE") && en.contains("2026-12-01 10:00"),
        "{en}"
    );
    assert!(
        template["explanation"]["fr"]
            .as_str()
            .unwrap()
            .contains("01/12/2026")
    );
    for (query, found) in [
        ("?category=MARKETING&status=PAUSED", 1),
        ("?language=en", 0),
        ("?language=fr&name=ticket", 1),
    ] {
        let list = shop
            .get(&format!("/v1/templates{query}"))
            .await
            .expect(StatusCode::OK);
        assert_eq!(list["items"].as_array().unwrap().len(), found, "{query}");
    }
    let other = shop
        .get("/v1/templates?name=rappel")
        .await
        .expect(StatusCode::OK);
    let other = &other["items"][0];
    assert_eq!(
        (&other["requested_category"], &other["category_differs"]),
        (&Value::Null, &json!(false))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_history_of_a_template_has_its_publications_and_its_events() {
    let shop = Shop::open().await;
    let path = format!("/v1/templates/{TICKET}/draft");
    shop.post(&path, &json!({}))
        .await
        .expect(StatusCode::CREATED);
    shop.send_as(Method::DELETE, &format!("/v1/templates/{TICKET}"))
        .await
        .expect(StatusCode::ACCEPTED);
    shop.send_as(Method::DELETE, "/v1/templates/594425479261592")
        .await
        .expect(StatusCode::ACCEPTED);
    let history = shop
        .get(&format!("/v1/templates/{TICKET}/history"))
        .await
        .expect(StatusCode::OK);
    let items = history["items"].as_array().unwrap();
    assert_eq!(items.len(), 2, "{history}");
    assert_eq!(
        (&items[0]["kind"], &items[0]["publication"]["action"]),
        (&json!("publication"), &json!("delete"))
    );
    assert_eq!(
        (&items[1]["kind"], &items[1]["type"]),
        (&json!("event"), &json!("template.draft_saved"))
    );
    assert_eq!(
        shop.get("/v1/templates/99/history").await.problem(404),
        "not_found"
    );
}
