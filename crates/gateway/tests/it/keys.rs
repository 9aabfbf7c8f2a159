//! Keys: shown once, stored as a hash, refused when revoked.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::json;
use testkit::eventually;

use crate::harness::{Harness, send};

#[tokio::test(flavor = "multi_thread")]
async fn the_text_of_a_key_is_shown_once_and_stored_nowhere() {
    let harness = Harness::start().await;
    let business = harness.business("Boutique").await;
    let path = format!("/v1/businesses/{}/keys", business.id);
    let create = async || {
        harness
            .post_as(
                &harness.platform,
                &path,
                "till",
                &json!({ "name": "till 3" }),
            )
            .await
    };
    let key = create().await.expect(StatusCode::CREATED);
    let text = key["key"].as_str().unwrap();
    assert!(text.starts_with("djb_"));
    assert_eq!(
        harness.get(text, "/v1/numbers").await.status,
        StatusCode::OK
    );
    let again = create().await;
    assert_eq!(again.problem(409), "key_shown_once");
    assert!(
        again.json()["detail"]
            .as_str()
            .unwrap()
            .contains(key["id"].as_str().unwrap())
    );
    let listed = harness.get(&harness.platform, &path).await;
    assert_eq!(
        listed.expect(StatusCode::OK)["items"]
            .as_array()
            .unwrap()
            .len(),
        2
    );
    let secret = text.rsplit('_').next().unwrap();
    assert!(!String::from_utf8_lossy(&listed.body).contains(secret));
    let stored = "select coalesce(string_agg(row_to_json(k)::text, ''), '')
        || (select string_agg(encode(response_body, 'escape'), '') from idempotency_keys) from api_keys k";
    let stored: String = harness
        .db
        .admin()
        .await
        .query_one(stored, &[])
        .await
        .unwrap()
        .get(0);
    assert!(stored.contains("till 3") && !stored.contains(secret));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_key_is_refused_within_five_seconds() {
    let harness = Harness::start().await;
    let business = harness.business("Boutique").await;
    assert_eq!(
        harness.get(&business.key, "/v1/numbers").await.status,
        StatusCode::OK
    );
    let path = format!("/v1/businesses/{}/keys/{}", business.id, business.key_id);
    for _ in 0..2 {
        let revoked = send(harness.request(Method::DELETE, &path, &harness.platform)).await;
        assert_eq!(revoked.status, StatusCode::NO_CONTENT);
    }
    let refused = eventually("the key is refused", Duration::from_secs(5), async || {
        let answer = harness.get(&business.key, "/v1/numbers").await;
        (answer.status == StatusCode::UNAUTHORIZED).then_some(answer)
    });
    assert_eq!(refused.await.problem(401), "unauthorized");
    let absent = format!(
        "/v1/businesses/{}/keys/{}",
        business.id,
        uuid::Uuid::now_v7()
    );
    assert_eq!(
        send(harness.request(Method::DELETE, &absent, &harness.platform))
            .await
            .problem(404),
        "not_found"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn every_bad_key_gets_the_same_answer() {
    let harness = Harness::start().await;
    let business = harness.business("Boutique").await;
    let (front, _) = business.key.rsplit_once('_').unwrap();
    let wrong_secret = format!("{front}_{}", "0".repeat(64));
    let other_kind = business.key.replacen("djb_", "djp_", 1);
    let unknown = format!("djb_{}_{}", uuid::Uuid::now_v7().simple(), "0".repeat(64));
    let missing = send(harness.bare(Method::GET, "/v1/numbers")).await;
    assert_eq!(missing.problem(401), "unauthorized");
    assert_eq!(missing.header("www-authenticate"), "Bearer");
    for key in [
        wrong_secret.as_str(),
        &other_kind,
        &unknown,
        "nonsense",
        "djb_1_2",
        "",
    ] {
        let answer = harness.get(key, "/v1/numbers").await;
        assert_eq!(
            (answer.status, &answer.body),
            (missing.status, &missing.body),
            "{key}"
        );
    }
    let basic = harness
        .bare(Method::GET, "/v1/numbers")
        .basic_auth("djb", Some(&business.key));
    assert_eq!(send(basic).await.body, missing.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_without_a_business_cannot_be_created() {
    let harness = Harness::start().await;
    let path = format!("/v1/businesses/{}/keys", uuid::Uuid::now_v7());
    let refused = harness
        .post(&harness.platform, &path, &json!({ "name": "till" }))
        .await;
    assert_eq!(refused.problem(404), "not_found");
    assert_eq!(
        harness.get(&harness.platform, &path).await.problem(404),
        "not_found"
    );
}
