//! Templates of every shape: their variables, what is wrong with them, and what is stored.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use reqwest::StatusCode;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::contents::now;
use crate::media::{post_file, upload_pdf};
use crate::shop::{Shop, campaign, ticket};

/// A shop whose template `promo` has these components.
async fn with_template(components: &Value) -> Shop {
    let shop = Shop::open().await;
    let admin = shop.harness.db.admin().await;
    let sql = "update templates set components = $1::text::jsonb where name = 'promo'";
    admin
        .execute(sql, &[&components.to_string()])
        .await
        .unwrap();
    shop
}

fn message(variables: &Value) -> Value {
    let mut message = ticket();
    message["template"]["name"] = json!("promo");
    message["variables"] = variables.clone();
    message
}

async fn upload_image(shop: &Shop) -> Value {
    let key = Uuid::new_v4().to_string();
    let (harness, business) = (&shop.harness, &shop.business);
    let content = b"\xff\xd8\xff\xe0".to_vec();
    let made = post_file(harness, &business.key, (&key, ""), "image/jpeg", content).await;
    made.expect(StatusCode::CREATED)["id"].clone()
}

/// The template as it is listed.
async fn listed(shop: &Shop) -> Value {
    let page = shop.get("/v1/templates?name=promo").await;
    page.expect(StatusCode::OK)["items"][0].clone()
}

/// What is wrong without each of the variables: the one that is named.
async fn each_is_named_when_it_is_missing(shop: &Shop, variables: &Value) {
    for name in variables.as_object().unwrap().keys() {
        let mut without = variables.clone();
        without.as_object_mut().unwrap().remove(name);
        let refused = shop.post("/v1/messages", &message(&without)).await;
        assert_eq!(refused.problem(422), "variables_invalid", "{name}");
        assert_eq!(refused.pointers(), [format!("/variables/{name}")]);
    }
}

fn carousel() -> Value {
    let card = |text: &str| {
        json!({"components": [
            {"type": "HEADER", "format": "IMAGE"}, {"type": "BODY", "text": text},
            {"type": "BUTTONS", "buttons": [
                {"type": "QUICK_REPLY", "text": "Plus"},
                {"type": "URL", "text": "Voir", "url": "https://boutique.example/{{1}}"}]}]})
    };
    json!([
        {"type": "BODY", "text": "Bonjour {{1}}"},
        {"type": "CAROUSEL", "cards": [card("Robe {{1}}"), card("Sac {{1}}")]}
    ])
}

fn cards(first: &Value, second: &Value) -> Value {
    json!({
        "1": "Awa",
        "card.0.header.image": first, "card.0.1": "bleue", "card.0.button.1": "robe",
        "card.1.header.image": second, "card.1.1": "rouge", "card.1.button.1": "sac",
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_carousel_is_accepted_with_all_its_files() {
    let shop = with_template(&carousel()).await;
    let shown = listed(&shop).await;
    assert_eq!(
        shown["variables"],
        json!([
            "1",
            "card.0.header.image",
            "card.0.1",
            "card.0.button.1",
            "card.1.header.image",
            "card.1.1",
            "card.1.button.1"
        ])
    );
    assert_eq!(
        shown["optional_variables"],
        json!(["card.0.button.0.payload", "card.1.button.0.payload"])
    );
    let (first, second) = (upload_image(&shop).await, upload_image(&shop).await);
    let mut variables = cards(&first, &second);
    each_is_named_when_it_is_missing(&shop, &variables).await;
    assert_eq!(shop.count("select count(*) from messages").await, 0);
    variables["card.0.button.0.payload"] = json!("plus-robe");
    let id = shop.accepted(&message(&variables)).await;
    let (first, second) = (first.as_str().unwrap(), second.as_str().unwrap());
    let sql = format!(
        "select count(*) from messages where media_id = '{first}' and more_media_ids = '{{{second}}}'"
    );
    assert_eq!(shop.count(&sql).await, 1);
    let shown = shop.get(&format!("/v1/messages/{id}")).await;
    let content = shown.expect(StatusCode::OK)["content"].clone();
    assert_eq!(content["variables"], variables);
    assert_eq!(content["text"], "Bonjour Awa\nRobe bleue\nSac rouge");
}

#[tokio::test(flavor = "multi_thread")]
async fn files_of_cards_are_checked_as_those_of_headers_are() {
    let shop = with_template(&carousel()).await;
    let own = upload_image(&shop).await;
    let pdf = json!(upload_pdf(&shop.harness, &shop.business).await);
    let pharmacy = shop.harness.business("Pharmacie").await;
    let foreign = json!(upload_pdf(&shop.harness, &pharmacy).await);
    let place = "/variables/card.1.header.image";
    for (id, code) in [
        (&pdf, "media_unsuitable"),
        (&foreign, "media_unknown"),
        (&json!(Uuid::now_v7()), "media_unknown"),
        (&json!("sac.png"), "variables_invalid"),
    ] {
        let refused = shop.post("/v1/messages", &message(&cards(&own, id))).await;
        assert_eq!(refused.problem(422), code);
        assert_eq!(refused.pointers(), [place]);
    }
    let both = shop
        .post("/v1/messages", &message(&cards(&pdf, &pdf)))
        .await;
    assert_eq!(both.problem(422), "media_unsuitable");
    assert_eq!(both.pointers(), ["/variables/card.0.header.image", place]);
    assert_eq!(shop.count("select count(*) from messages").await, 0);
}

fn offer() -> Value {
    json!([
        {"type": "LIMITED_TIME_OFFER", "limited_time_offer": {"text": "Vite", "has_expiration": true}},
        {"type": "BODY", "text": "Bonjour {{1}}"}
    ])
}

fn text(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_expires_with_its_offer() {
    let shop = with_template(&offer()).await;
    let until = |end: &str| json!({"1": "Awa", "offer.expires_at": end});
    let end = text(now(&shop) + TimeDelta::hours(5));
    each_is_named_when_it_is_missing(&shop, &until(&end)).await;
    let expires_at = async |body: &Value| {
        let path = format!("/v1/messages/{}", shop.accepted(body).await);
        let shown = shop.get(&path).await.expect(StatusCode::OK);
        let time = shown["expires_at"].as_str().unwrap().to_owned();
        time.parse::<DateTime<Utc>>().unwrap()
    };
    let mut offered = message(&until(&end));
    assert_eq!(text(expires_at(&offered).await), end);
    let earlier = text(now(&shop) + TimeDelta::hours(1));
    offered["expires_at"] = json!(earlier);
    assert_eq!(text(expires_at(&offered).await), earlier);
    let far = message(&until("2999-01-01T00:00:00Z"));
    assert!(expires_at(&far).await <= now(&shop) + TimeDelta::days(7));
    for wrong in [
        &text(now(&shop) - TimeDelta::hours(1)),
        "demain",
        "1798740000000",
    ] {
        let refused = shop.post("/v1/messages", &message(&until(wrong))).await;
        assert_eq!(refused.problem(422), "variables_invalid");
        assert_eq!(refused.pointers(), ["/variables/offer.expires_at"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flow_and_a_place_are_accepted() {
    let shop = with_template(&json!([
        {"type": "HEADER", "format": "LOCATION"}, {"type": "BODY", "text": "Bonjour {{1}}"},
        {"type": "BUTTONS", "buttons": [{"type": "FLOW", "text": "Réserver", "flow_id": "1"}]}
    ]))
    .await;
    assert_eq!(
        listed(&shop).await["optional_variables"],
        json!(["header.name", "header.address", "button.0.flow_data"])
    );
    let mut variables = json!({
        "header.latitude": "12.37", "header.longitude": "-1.52", "1": "Awa", "button.0.flow_token": "visite-7",
    });
    each_is_named_when_it_is_missing(&shop, &variables).await;
    variables["button.0.flow_data"] = json!("{\"client\":\"Awa\"}");
    variables["header.name"] = json!("Boutique Faso");
    let path = format!("/v1/messages/{}", shop.accepted(&message(&variables)).await);
    let shown = shop.get(&path).await.expect(StatusCode::OK);
    assert_eq!(shown["content"]["variables"], variables);
    for (name, value) in [
        ("button.0.flow_data", "Awa"),
        ("header.latitude", "12° 22'"),
        ("button.0", "visite-7"),
    ] {
        let mut wrong = variables.clone();
        wrong[name] = json!(value);
        let refused = shop.post("/v1/messages", &message(&wrong)).await;
        assert_eq!(refused.pointers(), [format!("/variables/{name}")]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_takes_the_end_of_its_offer_from_a_column() {
    let shop = with_template(&offer()).await;
    let variables = json!({"1": {"column": "Prénom"}, "offer.expires_at": {"column": "Fin"}});
    let draft = shop
        .post("/v1/campaigns", &campaign("promo", &variables))
        .await;
    let draft = draft.expect(StatusCode::CREATED);
    let end = text(now(&shop) + TimeDelta::hours(5));
    let past = text(now(&shop) - TimeDelta::hours(5));
    let file = format!(
        "Prénom;Fin;Téléphone\nAwa;{end};70112231\nAli;{past};70112232\nNoël;samedi;70112233\n"
    );
    let report = shop.import(draft["id"].as_str().unwrap(), file.as_bytes());
    let report = report.await.expect(StatusCode::OK);
    assert_eq!(report["planned"], 1);
    assert_eq!(
        report["skipped_recipients"][0]["reason"],
        "variable_invalid"
    );
    assert_eq!(report["skipped_recipients"][0]["rows"], json!([3, 4]));
    assert_eq!(
        report["preview"][0]["offer"],
        json!({"text": "Vite", "expires_at": end})
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cards_of_a_campaign_are_shown_with_each_row() {
    let shop = with_template(&carousel()).await;
    let image = upload_image(&shop).await;
    let text = |text: &Value| json!({"text": text});
    let column = |name: &str| json!({"column": name});
    let variables = json!({
        "1": column("Prénom"),
        "card.0.header.image": text(&image), "card.0.1": column("Couleur"), "card.0.button.1": column("Code"),
        "card.1.header.image": text(&image), "card.1.1": text(&json!("rouge")), "card.1.button.1": column("Code"),
    });
    let draft = shop
        .post("/v1/campaigns", &campaign("promo", &variables))
        .await;
    let draft = draft.expect(StatusCode::CREATED);
    let file = "Prénom;Couleur;Code;Téléphone\nAwa;bleue;a7;70112231\n";
    let report = shop.import(draft["id"].as_str().unwrap(), file.as_bytes());
    let report = report.await.expect(StatusCode::OK);
    let card =
        |body: &str| json!({"header_media": "image", "body": body, "buttons": ["Plus", "Voir"]});
    assert_eq!(
        report["preview"][0]["cards"],
        json!([card("Robe bleue"), card("Sac rouge")])
    );
    let mut foreign = variables;
    foreign["card.1.header.image"] = text(&json!(Uuid::now_v7()));
    let refused = shop
        .post("/v1/campaigns", &campaign("promo", &foreign))
        .await;
    assert_eq!(refused.problem(422), "media_unknown");
    assert_eq!(refused.pointers(), ["/variables/card.1.header.image"]);
}
