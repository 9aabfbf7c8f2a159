//! Sending a message, and reading its state.

use broker::Queue;
use common::ids::MessageId;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::contents::{message_with, receive_from_awa};
use crate::shop::{Shop, ticket, ticket_with};

#[tokio::test(flavor = "multi_thread")]
async fn an_accepted_message_is_on_disk_published_and_shown() {
    let shop = Shop::open().await;
    let answer = shop
        .post(
            "/v1/messages",
            &ticket_with("reference", json!("facture 12")),
        )
        .await;
    let accepted = answer.expect(StatusCode::ACCEPTED);
    assert_eq!(accepted["state"], "accepted");
    let id: MessageId = accepted["id"].as_str().unwrap().parse().unwrap();
    let job = shop.published(Queue::Send).await;
    assert_eq!(
        job.iter()
            .map(|message| message.message_id)
            .collect::<Vec<_>>(),
        [id]
    );
    assert_eq!(
        job[0].trace_id.unwrap().to_string(),
        answer.header("trace-id")
    );
    let shown = shop
        .get(&format!("/v1/messages/{id}"))
        .await
        .expect(StatusCode::OK);
    assert_eq!(shown["to"], "+22670112233");
    assert_eq!(
        shown["template"],
        json!({"name": "ticket", "language": "fr"})
    );
    assert_eq!(
        (&shown["reference"], &shown["lane"]),
        (&json!("facture 12"), &json!("transactional"))
    );
    assert_eq!(shown["accepted_at"], accepted["accepted_at"]);
    let timeline = shop
        .get(&format!("/v1/messages/{id}/timeline"))
        .await
        .expect(StatusCode::OK);
    assert_eq!(
        timeline["items"],
        json!([{"kind": "accepted", "at": accepted["accepted_at"]}])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_one_time_code_is_only_in_its_table_and_encrypted() {
    let shop = Shop::open().await;
    let mut body = ticket_with("template", json!({"name": "code", "language": "fr"}));
    body["variables"] = json!({"1": "482915"});
    let id = shop.accepted(&body).await;
    assert_eq!(
        shop.count("select count(*) from messages where content_sealed is null")
            .await,
        1
    );
    assert_eq!(shop.count("select count(*) from otp_secrets").await, 1);
    for table in ["messages", "otp_secrets", "idempotency_keys", "events"] {
        let sql = format!(
            "select count(*) from {table} t where t::text like '%482915%' or t::text like '%343832393135%'"
        );
        assert_eq!(shop.count(&sql).await, 0, "{table}");
    }
    let shown = shop
        .get(&format!("/v1/messages/{id}"))
        .await
        .expect(StatusCode::OK);
    assert_eq!(shown["lane"], "otp");
    assert!(shown["expires_at"].is_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_shows_its_text_to_authorised_readers() {
    let shop = Shop::open().await;
    let id = shop.accepted(&ticket()).await;
    let path = format!("/v1/messages/{id}");
    let shown = shop.get(&path).await.expect(StatusCode::OK);
    let content = json!({
        "text": "Merci Awa, total 12 500 FCFA.",
        "variables": {"1": "Awa", "2": "12 500"},
        "free_form": null,
    });
    assert_eq!(shown["content"], content);
    let harness = &shop.harness;
    let as_platform = format!("/v1/businesses/{}/messages/{id}", shop.business.id);
    let as_platform = harness.get(&harness.platform, &as_platform).await;
    assert_eq!(as_platform.expect(StatusCode::OK)["content"], content);
    let foreign = harness.business("Pharmacie").await;
    let foreign = harness.get(&foreign.key, &path).await;
    assert_eq!(foreign.problem(404), "not_found");
    let listed = shop.get("/v1/messages").await.expect(StatusCode::OK);
    assert!(listed["items"][0].get("content").is_none());

    // The template has changed: the variables stay the same.
    let admin = harness.db.admin().await;
    let edit = r#"update templates set components = '[{"type":"BODY","text":"Merci {{1}}, {{2}}, {{3}}"}]'
        where name = 'ticket'"#;
    admin.batch_execute(edit).await.unwrap();
    let shown = shop.get(&path).await.expect(StatusCode::OK);
    assert_eq!(shown["content"]["text"], Value::Null);
    assert_eq!(shown["content"]["variables"], content["variables"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_free_form_message_shows_its_content() {
    let shop = Shop::open().await;
    receive_from_awa(&shop).await;
    let place = json!({"latitude": 12.37, "longitude": -1.52, "name": "Boutique Faso"});
    for (kind, form, words) in [
        (
            "text",
            json!({"body": "Oui.", "preview_url": false}),
            "Oui.",
        ),
        ("location", place, "Boutique Faso"),
    ] {
        let id = shop.accepted(&message_with(kind, form.clone())).await;
        let shown = shop.get(&format!("/v1/messages/{id}")).await;
        let mut free_form = json!({});
        free_form[kind] = form;
        assert_eq!(
            shown.expect(StatusCode::OK)["content"],
            json!({"text": words, "variables": null, "free_form": free_form})
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_text_of_an_authentication_template_is_never_shown() {
    let shop = Shop::open().await;
    let mut body = ticket_with("template", json!({"name": "code", "language": "fr"}));
    body["variables"] = json!({"1": "482915"});
    let code = shop.accepted(&body).await;
    let ticket = shop.accepted(&ticket()).await;
    let admin = shop.harness.db.admin().await;
    // Meta had another category when the message was accepted.
    let now_of_codes = "update templates set category = 'AUTHENTICATION' where name = 'ticket'";
    admin.batch_execute(now_of_codes).await.unwrap();
    // A code stored with the content of other messages is not returned either.
    let misplaced = format!(
        "update messages set category = 1 where id = '{ticket}';
         update templates set category = 'UTILITY' where name = 'ticket'"
    );
    for (id, change) in [(&code, ""), (&ticket, ""), (&ticket, misplaced.as_str())] {
        admin.batch_execute(change).await.unwrap();
        let shown = shop.get(&format!("/v1/messages/{id}")).await;
        let shown = shown.expect(StatusCode::OK);
        assert!(shown.get("content").is_none(), "{shown}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_found_by_a_number_with_an_unencoded_plus() {
    let shop = Shop::open().await;
    let id = shop.accepted(&ticket()).await;
    shop.accepted(&ticket_with("to", json!("+33 6 12 34 56 78")))
        .await;
    for recipient in [
        "+22670112233",
        "%2B22670112233",
        "%2022670112233",
        "+226+70+11+22+33",
    ] {
        let found = shop
            .get(&format!("/v1/messages?recipient={recipient}"))
            .await;
        let found = found.expect(StatusCode::OK);
        assert_eq!(found["items"].as_array().unwrap().len(), 1, "{recipient}");
        assert_eq!(found["items"][0]["id"], id.as_str(), "{recipient}");
    }
    let french = shop.get("/v1/messages?recipient=+33612345678").await;
    assert_eq!(
        french.expect(StatusCode::OK)["items"][0]["to"],
        "+33612345678"
    );
    // In any other parameter a plus is a space, as in forms.
    shop.accepted(&ticket_with("reference", json!("facture 12")))
        .await;
    let found = shop.get("/v1/messages?reference=facture+12").await;
    assert_eq!(
        found.expect(StatusCode::OK)["items"]
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_in_a_message_are_reported_with_pointers() {
    const KEYS: &str = "select count(*) from idempotency_keys";
    let shop = Shop::open().await;
    let keys = shop.count(KEYS).await;
    for (field, value, problem, pointer) in wrong_fields() {
        let answer = shop
            .post("/v1/messages", &ticket_with(field, value.clone()))
            .await;
        let reported = (
            answer.status.as_u16(),
            answer.problem(answer.status.as_u16()),
            answer.pointers(),
        );
        assert_eq!(
            reported,
            (problem.0, problem.1.to_owned(), vec![pointer.to_owned()]),
            "{field}: {value}"
        );
    }
    assert_eq!(shop.count("select count(*) from messages").await, 0);
    assert_eq!(shop.count(KEYS).await, keys);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_number_accepts_no_messages() {
    let shop = Shop::open().await;
    let stop = "update phone_numbers set connection = 2, stopped_reason = 'the token was refused'";
    shop.harness
        .db
        .admin()
        .await
        .batch_execute(stop)
        .await
        .unwrap();
    assert_eq!(
        shop.post("/v1/messages", &ticket()).await.problem(409),
        "number_not_connected"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_listed_by_reference_recipient_and_state() {
    let shop = Shop::open().await;
    let first = shop
        .accepted(&ticket_with("reference", json!("facture 1")))
        .await;
    let second = shop
        .accepted(&ticket_with("to", json!("+226 75 00 00 00")))
        .await;
    let ids = async |query: &str| {
        let list = shop
            .get(&format!("/v1/messages?{query}"))
            .await
            .expect(StatusCode::OK);
        let items = list["items"].as_array().unwrap().clone();
        items
            .iter()
            .map(|item| item["id"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        ids("reference=facture%201").await,
        std::slice::from_ref(&first)
    );
    assert_eq!(
        ids("recipient=75000000").await,
        std::slice::from_ref(&second)
    );
    let mut accepted = ids("state=accepted").await;
    accepted.sort();
    let mut both = vec![first, second];
    both.sort();
    assert_eq!(accepted, both);
    assert!(ids("state=delivered").await.is_empty());
    for query in ["state=gone", "recipient=Awa", "campaign_id=1", "cursor=%21"] {
        assert_eq!(
            shop.get(&format!("/v1/messages?{query}"))
                .await
                .problem(400),
            "query_invalid",
            "{query}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_of_another_business_is_not_found() {
    let shop = Shop::open().await;
    let id = shop.accepted(&ticket()).await;
    let other = shop.harness.business("Other").await;
    for path in [
        format!("/v1/messages/{id}"),
        format!("/v1/messages/{id}/timeline"),
    ] {
        assert_eq!(
            shop.harness.get(&other.key, &path).await.problem(404),
            "not_found"
        );
    }
    let list = shop
        .harness
        .get(&other.key, "/v1/messages")
        .await
        .expect(StatusCode::OK);
    assert_eq!(list["items"], json!([]));
}

/// A field of a ticket, an invalid value, the problem, and its pointer.
fn wrong_fields() -> Vec<(&'static str, Value, (u16, &'static str), &'static str)> {
    let template = |name: &str| json!({"name": name, "language": "fr"});
    let (invalid, variables) = ((422, "body_invalid"), (422, "variables_invalid"));
    vec![
        ("to", json!("70 11 22"), (422, "recipient_invalid"), "/to"),
        ("to", json!("Awa"), (422, "recipient_invalid"), "/to"),
        (
            "from",
            json!("106540352242999"),
            (422, "number_unknown"),
            "/from",
        ),
        (
            "template",
            template("rien"),
            (422, "template_unknown"),
            "/template",
        ),
        (
            "template",
            template("pause"),
            (409, "template_not_approved"),
            "/template",
        ),
        (
            "template",
            template("vitrine"),
            (422, "template_unsupported"),
            "/template",
        ),
        ("variables", json!({"1": "Awa"}), variables, "/variables/2"),
        (
            "variables",
            json!({"1": "Awa", "2": "a\nb"}),
            variables,
            "/variables/2",
        ),
        (
            "variables",
            json!({"1": "A", "2": "b", "a/b": "c"}),
            variables,
            "/variables/a~1b",
        ),
        ("reference", json!(""), invalid, "/reference"),
        ("reference", json!("r".repeat(129)), invalid, "/reference"),
        (
            "expires_at",
            json!("2020-01-01T00:00:00Z"),
            invalid,
            "/expires_at",
        ),
        ("extra", json!(1), invalid, "/extra"),
    ]
}
