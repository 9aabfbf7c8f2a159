//! No key reaches data of another business: every route of the document is tested.

use std::collections::BTreeMap;

use meta_sim::sample;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::harness::{Answer, Harness, send};
use crate::media::upload_pdf;
use crate::shop::{Shop, ticket};

/// One operation of the document.
pub(crate) struct Operation {
    pub(crate) method: Method,
    pub(crate) path: String,
    /// The media type of its body.
    media_type: String,
    /// Whether it requires the platform's key.
    pub(crate) platform_only: bool,
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_refuses_a_call_without_a_key() {
    let own = Shop::open().await;
    let ids = ids_of(&own).await;
    for operation in operations() {
        let path = filled(&operation.path, &ids);
        let bare = send(own.harness.bare(operation.method.clone(), &path)).await;
        assert_eq!(
            bare.problem(401),
            "unauthorized",
            "{} {path}",
            operation.method
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_hides_the_rows_of_a_business_from_the_key_of_another() {
    assert_every_route_hides(&Shop::open().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn row_level_security_alone_hides_them_too() {
    let own = Shop::open_in(Harness::start_unfiltered().await).await;
    assert_every_route_hides(&own).await;
}

/// Control of the two tests above: these two mechanisms hide the rows.
#[tokio::test(flavor = "multi_thread")]
async fn without_both_protections_a_foreign_row_is_returned() {
    let own = Shop::open_in(Harness::start_unfiltered().await).await;
    let foreign = own.harness.business("Foreign").await;
    let open = "alter table phone_numbers disable row level security";
    own.harness
        .db
        .admin()
        .await
        .batch_execute(open)
        .await
        .unwrap();
    let shown = own
        .harness
        .get(&foreign.key, "/v1/numbers")
        .await
        .expect(StatusCode::OK);
    assert_eq!(
        shown["items"][0]["phone_number_id"],
        sample::PHONE_NUMBER_ID
    );
}

async fn assert_every_route_hides(own: &Shop) {
    let foreign = own.harness.business("Foreign").await;
    let ids = ids_of(own).await;
    for operation in operations() {
        let path = filled(&operation.path, &ids);
        let what = format!("{} {path}", operation.method);
        let answer = call(&own.harness, &operation, &path, &foreign.key).await;
        if operation.platform_only || operation.path.contains('{') {
            assert_eq!(answer.problem(404), "not_found", "{what}");
        } else if operation.method == Method::GET {
            let items = answer.expect(StatusCode::OK)["items"].clone();
            assert_eq!(items, json!([]), "{what}");
        }
        if operation.platform_only {
            let answer = call(&own.harness, &operation, &path, &own.business.key).await;
            assert_eq!(
                answer.problem(404),
                "not_found",
                "{what} with a business's own key"
            );
        }
    }
}

/// Control of the test above.
#[tokio::test(flavor = "multi_thread")]
async fn every_readable_route_shows_a_business_its_own_rows() {
    let own = Shop::open().await;
    let ids = ids_of(&own).await;
    for operation in operations()
        .iter()
        .filter(|operation| operation.method == Method::GET)
    {
        let path = filled(&operation.path, &ids);
        let key = if operation.platform_only {
            &own.harness.platform
        } else {
            &own.business.key
        };
        let shown = own.harness.get(key, &path).await.expect(StatusCode::OK);
        let empty = shown["items"].as_array().is_some_and(Vec::is_empty);
        assert!(!empty, "{path} shows nothing");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_platform_acts_for_a_business_that_exists() {
    let own = Shop::open().await;
    let path = format!("/v1/businesses/{}/numbers", own.business.id);
    let as_platform = own
        .harness
        .get(&own.harness.platform, &path)
        .await
        .expect(StatusCode::OK);
    assert_eq!(
        as_platform["items"][0]["phone_number_id"],
        sample::PHONE_NUMBER_ID
    );
    assert_eq!(own.get(&path).await.expect(StatusCode::OK), as_platform);
    for nobody in [Uuid::now_v7(), Uuid::nil()] {
        let path = format!("/v1/businesses/{nobody}/numbers");
        assert_eq!(
            own.harness
                .get(&own.harness.platform, &path)
                .await
                .problem(404),
            "not_found"
        );
    }
}

pub(crate) fn operations() -> Vec<Operation> {
    let document: Value = serde_json::from_str(&gateway::openapi()).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let of_path = |(path, item): (&String, &Value)| {
        let operations = item
            .as_object()
            .unwrap()
            .iter()
            .map(|(method, operation)| Operation {
                method: method.to_ascii_uppercase().parse().unwrap(),
                path: path.clone(),
                media_type: media_type(operation),
                platform_only: operation["security"] == json!([{ "platform_key": [] }]),
            });
        operations.collect::<Vec<_>>()
    };
    paths.iter().flat_map(of_path).collect()
}

fn media_type(operation: &Value) -> String {
    let content = operation
        .pointer("/requestBody/content")
        .and_then(Value::as_object);
    let named = content.and_then(|content| content.keys().next());
    named.map_or_else(|| "application/json".to_owned(), Clone::clone)
}

fn filled(pattern: &str, ids: &BTreeMap<&'static str, String>) -> String {
    let part = |part: &str| match part
        .strip_prefix('{')
        .and_then(|part| part.strip_suffix('}'))
    {
        Some(name) => ids
            .get(name)
            .unwrap_or_else(|| panic!("ids_of has no {name}"))
            .clone(),
        None => part.to_owned(),
    };
    pattern.split('/').map(part).collect::<Vec<_>>().join("/")
}

async fn call(harness: &Harness, operation: &Operation, path: &str, key: &str) -> Answer {
    let request = harness.request(operation.method.clone(), path, key);
    let request = request.header("Idempotency-Key", Uuid::new_v4().to_string());
    send(
        request
            .header("Content-Type", &operation.media_type)
            .body("{}"),
    )
    .await
}

/// One row of each kind, by the names of the route parameters.
async fn ids_of(shop: &Shop) -> BTreeMap<&'static str, String> {
    let message = shop.accepted(&ticket()).await;
    let campaign = shop.draft().await;
    let file = "Prénom;Téléphone;Consentement\nAwa;70112233;oui\nIssa;12;oui\n";
    shop.import(&campaign, file.as_bytes())
        .await
        .expect(StatusCode::OK);
    let template = shop
        .get("/v1/templates?name=ticket")
        .await
        .expect(StatusCode::OK);
    BTreeMap::from([
        ("business_id", shop.business.id.clone()),
        ("key_id", shop.business.key_id.clone()),
        ("phone_number_id", sample::PHONE_NUMBER_ID.to_owned()),
        (
            "template_id",
            template["items"][0]["template_id"]
                .as_str()
                .unwrap()
                .to_owned(),
        ),
        ("message_id", message.clone()),
        ("campaign_id", campaign),
        ("inbound_message_id", reported(shop, &message).await),
        ("media_id", upload_pdf(&shop.harness, &shop.business).await),
    ])
}

/// Data from Meta and a client: an event of the message, and an inbound message. Returns the latter's id.
async fn reported(shop: &Shop, message: &str) -> String {
    let scope = shop
        .harness
        .db
        .store
        .business(shop.business.id.parse().unwrap());
    let inbound = Uuid::now_v7();
    let content =
        json!({ "wamid": "wamid.1", "from": "22670112233", "message": { "type": "text" } })
            .to_string();
    let place = storage::seal_contexts::inbound_message(scope.business_id(), &inbound);
    let sealed = scope
        .keys()
        .await
        .unwrap()
        .seal(&place, content.as_bytes())
        .unwrap();
    let sql = "insert into inbound_messages (business_id, id, phone_number_id, type, hash_version, sender_hash,
        content_sealed, occurred_at) values ($1, $2, $3, 'text', 1, '\\x01', $4, now())";
    let (admin, business) = (shop.harness.db.admin().await, scope.business_id().as_uuid());
    admin
        .execute(
            sql,
            &[&business, &inbound, &sample::PHONE_NUMBER_ID, &sealed],
        )
        .await
        .unwrap();
    let sql = "insert into events values ($1, $2, 1000, 'message.sent', $3::text::uuid, null, null, '{}', now())";
    admin
        .execute(sql, &[&business, &Uuid::now_v7(), &message])
        .await
        .unwrap();
    inbound.to_string()
}
