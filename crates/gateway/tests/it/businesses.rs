//! Creating businesses, once per idempotency key.

use reqwest::StatusCode;
use serde_json::json;

use crate::harness::Harness;

#[tokio::test(flavor = "multi_thread")]
async fn a_business_is_created_with_its_keys_and_counters() {
    let harness = Harness::start().await;
    let body = json!({ "name": "  Boutique Wend-Panga ", "country": "BF" });
    let made = harness
        .post(&harness.platform, "/v1/businesses", &body)
        .await;
    let business = made.expect(StatusCode::CREATED);
    assert_eq!(
        (&business["name"], &business["country"]),
        (&json!("Boutique Wend-Panga"), &json!("BF"))
    );
    let id = business["id"].as_str().unwrap();
    let shown = harness
        .get(&harness.platform, &format!("/v1/businesses/{id}"))
        .await;
    assert_eq!(shown.expect(StatusCode::OK), business);
    let keys = harness.db.store.keys(id.parse().unwrap()).await;
    assert!(keys.is_ok(), "its data keys can be unwrapped");
    let counter = "select last_number from event_counters where business_id = $1::text::uuid";
    let row = harness
        .db
        .admin()
        .await
        .query_one(counter, &[&id])
        .await
        .unwrap();
    assert_eq!(row.get::<_, i64>(0), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_call_again_gets_the_first_answer_byte_for_byte() {
    let harness = Harness::start().await;
    let body = json!({ "name": "Boutique" });
    let again = async || {
        harness
            .post_as(&harness.platform, "/v1/businesses", "opening day", &body)
            .await
    };
    let first = again().await;
    first.expect(StatusCode::CREATED);
    assert_eq!(first.header("idempotency-replayed"), "");
    let second = again().await;
    assert_eq!((second.status, &second.body), (first.status, &first.body));
    assert_eq!(second.header("idempotency-replayed"), "true");
    let list = harness
        .get(&harness.platform, "/v1/businesses")
        .await
        .expect(StatusCode::OK);
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    let other = json!({ "name": "Another" });
    let reused = harness
        .post_as(&harness.platform, "/v1/businesses", "opening day", &other)
        .await;
    assert_eq!(reused.problem(422), "idempotency_key_reused");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_concurrent_calls_with_one_key_one_creates_a_business() {
    let harness = Harness::start().await;
    let body = json!({ "name": "Boutique" });
    let call = || harness.post_as(&harness.platform, "/v1/businesses", "rush", &body);
    let (a, b, c, d) = tokio::join!(call(), call(), call(), call());
    let answers = [a, b, c, d];
    for answer in &answers {
        answer.expect(StatusCode::CREATED);
        assert_eq!(answer.body, answers[0].body);
    }
    let replayed = answers
        .iter()
        .filter(|answer| answer.header("idempotency-replayed") == "true");
    assert_eq!(replayed.count(), 3);
    let list = harness
        .get(&harness.platform, "/v1/businesses")
        .await
        .expect(StatusCode::OK);
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_read_page_by_page() {
    let harness = Harness::start().await;
    let mut made = Vec::new();
    for name in ["A", "B", "C"] {
        made.push(harness.business(name).await.id);
    }
    let mut seen = Vec::new();
    let mut path = "/v1/businesses?limit=2".to_owned();
    loop {
        let page = harness
            .get(&harness.platform, &path)
            .await
            .expect(StatusCode::OK);
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 2);
        seen.extend(
            items
                .iter()
                .map(|item| item["id"].as_str().unwrap().to_owned()),
        );
        let Some(cursor) = page["next_cursor"].as_str() else {
            break;
        };
        path = format!("/v1/businesses?limit=2&cursor={cursor}");
    }
    made.sort();
    seen.sort();
    assert_eq!(seen, made);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_business_needs_a_name_and_a_country_that_exists() {
    let harness = Harness::start().await;
    for (body, pointer) in [
        (json!({ "name": " " }), "/name"),
        (json!({ "name": "two\nlines" }), "/name"),
        (json!({ "name": "x".repeat(201) }), "/name"),
        (json!({ "name": "Boutique", "country": "ZZ" }), "/country"),
        (
            json!({ "name": "Boutique", "country": "Burkina" }),
            "/country",
        ),
        (json!({ "country": "BF" }), "/name"),
        (json!({ "name": "Boutique", "color": "red" }), "/color"),
    ] {
        let refused = harness
            .post(&harness.platform, "/v1/businesses", &body)
            .await;
        assert_eq!(refused.problem(422), "body_invalid");
        assert_eq!(refused.pointers(), [pointer]);
    }
}
