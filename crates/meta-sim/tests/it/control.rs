//! The control API over HTTP.

use meta_sim::sample;
use serde_json::{Value, json};

use crate::fixture::{Fixture, receipt};

async fn put(fixture: &Fixture, path: &str, body: &Value) -> u16 {
    fixture
        .http
        .put(fixture.url(path))
        .json(body)
        .send()
        .await
        .unwrap()
        .status()
        .as_u16()
}

#[tokio::test]
async fn a_new_account_can_send_at_once() {
    let fixture = Fixture::start().await;
    let asked = json!({
        "name": "Pharmacie du Progrès",
        "with_sample_templates": true,
        "subscribed_apps": [sample::APP_ID],
        "numbers": [{"display_phone_number": "+226 25 33 00 00"}],
        "tokens": [{}],
    });
    let (status, made) = fixture.post("/sim/accounts", &asked).await;
    assert_eq!(status, 201);
    let number = made["numbers"][0]["id"].as_str().unwrap();
    let token = made["tokens"][0]["token"].as_str().unwrap();
    assert_eq!(made["tokens"][0]["target_ids"], json!([made["waba_id"]]));
    let url = fixture.url(&format!("/v25.0/{number}/messages"));
    let send = async |token: &str| {
        let request = fixture
            .http
            .post(&url)
            .bearer_auth(token)
            .json(&receipt("+22670000001", "a"));
        request.send().await.unwrap().status().as_u16()
    };
    assert_eq!(send(token).await, 200);
    assert_eq!(send(sample::TOKEN).await, 400);
    fixture.settled().await;
    let got = fixture.inbox.all().await;
    assert_eq!(got[0].json()["entry"][0]["id"], made["waba_id"]);
    fixture.stop().await;
}

#[tokio::test]
async fn a_template_is_paused_by_merging_it_in() {
    let fixture = Fixture::start().await;
    let path = format!(
        "/v25.0/{}/message_templates?name=ticket_de_caisse&language=fr",
        sample::WABA_ID
    );
    let (_, before) = fixture.get(&path).await;
    let mut paused = before["data"][0].clone();
    paused["status"] = json!("PAUSED");
    let asked = json!({"waba_id": sample::WABA_ID, "templates": [paused]});
    assert_eq!(fixture.post("/sim/accounts", &asked).await.0, 201);
    assert_eq!(
        fixture.refused(&receipt("+22670000001", "a")).await,
        (400, 132_015)
    );
    let (_, after) = fixture.get(&path).await;
    assert_eq!(after["data"][0]["id"], before["data"][0]["id"]);
    fixture.stop().await;
}

#[tokio::test]
async fn a_json_script_is_applied_and_removed() {
    let fixture = Fixture::start().await;
    let script = json!({
        "match": {"recipient": "+226 70 00 00 01"},
        "fault": {"kind": "error", "code": 131_048},
    });
    assert_eq!(
        fixture.post("/sim/scripts", &script).await,
        (201, json!({"id": 1}))
    );
    assert_eq!(
        fixture.refused(&receipt("+22670000001", "a")).await,
        (400, 131_048)
    );
    fixture.accepted(&receipt("+22670000002", "b")).await;
    let (_, scripts) = fixture.get("/sim/scripts").await;
    assert_eq!(scripts["scripts"][0]["hits"], 1);
    fixture
        .http
        .delete(fixture.url("/sim/scripts"))
        .send()
        .await
        .unwrap();
    fixture.accepted(&receipt("+22670000001", "a")).await;
    let (status, refusal) = fixture
        .post("/sim/scripts", &json!({"fault": {"kind": "rain"}}))
        .await;
    assert_eq!(status, 400);
    assert!(refusal["error"].as_str().unwrap().contains("rain"));
    fixture.stop().await;
}

#[tokio::test]
async fn the_handshake_reports_what_the_address_answered() {
    let fixture = Fixture::start().await;
    let (_, good) = fixture.post("/sim/handshake", &json!({})).await;
    assert_eq!(good["verified"], true);
    assert_eq!(good["content_type"], "text/plain");
    let elsewhere = json!({"url": fixture.url("/nowhere")});
    assert_eq!(put(&fixture, "/sim/webhook", &elsewhere).await, 204);
    let report = fixture.sim.handshake().await;
    assert!(!report.verified && !report.challenge_echoed);
    assert_eq!(report.status, Some(400));
    put(&fixture, "/sim/webhook", &json!({"url": null})).await;
    assert!(fixture.sim.handshake().await.failure.is_some());
    fixture.stop().await;
}

#[tokio::test]
async fn behaviour_is_changed_and_unknown_settings_are_refused() {
    let fixture = Fixture::start().await;
    let change = json!({"doubled_share": 1.0, "sent": {"min": 0, "max": 1}, "delivered": {"min": 0, "max": 1},
        "read_share": 0.0});
    assert_eq!(put(&fixture, "/sim/behaviour", &change).await, 204);
    fixture.accepted(&receipt("+22670000001", "a")).await;
    fixture.settled().await;
    assert_eq!(fixture.inbox.statuses().await.len(), 4);
    assert_eq!(
        put(&fixture, "/sim/behaviour", &json!({"doubled": 1.0})).await,
        400
    );
    fixture.stop().await;
}

#[tokio::test]
async fn any_field_can_be_reported() {
    let fixture = Fixture::start().await;
    let value = json!({"decision": "APPROVED"});
    let change =
        json!({"waba_id": sample::WABA_ID, "field": "account_review_update", "value": value});
    assert_eq!(fixture.post("/sim/webhooks", &change).await.0, 202);
    fixture.settled().await;
    let got = fixture.inbox.all().await[0].json();
    assert_eq!(
        got["entry"][0]["changes"][0]["field"],
        "account_review_update"
    );
    assert_eq!(got["entry"][0]["changes"][0]["value"], value);
    assert!(got["entry"][0]["time"].is_i64());
    let nobody = json!({"waba_id": "1", "field": "x", "value": {}});
    assert_eq!(fixture.post("/sim/webhooks", &nobody).await.0, 409);
    fixture.stop().await;
}

#[tokio::test]
async fn a_client_writes_and_stops_over_http() {
    let fixture = Fixture::start().await;
    let inbound = json!({
        "phone_number_id": sample::PHONE_NUMBER_ID,
        "from": "BF.13491208655302741918",
        "message": {"type": "button", "button": {"payload": "STOP", "text": "Stop promotions"}},
    });
    assert_eq!(fixture.post("/sim/inbound", &inbound).await.0, 202);
    let stop = json!({
        "phone_number_id": sample::PHONE_NUMBER_ID, "from": "+22670000001", "stop": true,
    });
    assert_eq!(fixture.post("/sim/preferences", &stop).await.0, 202);
    fixture.settled().await;
    let changes: Vec<Value> = fixture
        .inbox
        .all()
        .await
        .iter()
        .map(|got| got.json()["entry"][0]["changes"][0].clone())
        .collect();
    let message = changes
        .iter()
        .find(|change| change["field"] == "messages")
        .unwrap();
    let message = &message["value"]["messages"][0];
    assert_eq!(message["from_user_id"], "BF.13491208655302741918");
    assert_eq!(message.get("from"), None);
    let preference = changes
        .iter()
        .find(|c| c["field"] == "user_preferences")
        .unwrap();
    let preference = &preference["value"]["user_preferences"][0];
    assert_eq!(preference["value"], "stop");
    assert!(preference["timestamp"].is_i64());
    fixture.stop().await;
}

#[tokio::test]
async fn a_reset_leaves_an_empty_ledger_and_the_sample_account() {
    let fixture = Fixture::start().await;
    fixture.accepted(&receipt("+22670000001", "a")).await;
    fixture.settled().await;
    let script = json!({"fault": {"kind": "cut_before_acceptance"}});
    fixture.post("/sim/scripts", &script).await;
    fixture
        .http
        .delete(fixture.url("/sim/state"))
        .send()
        .await
        .unwrap();
    assert_eq!(fixture.sim.summary().accepted, 0);
    assert_eq!(fixture.sim.stats().message_posts, 0);
    fixture.accepted(&receipt("+22670000001", "a")).await;
    assert_eq!(fixture.sim.accepted_times("a"), 1);
    fixture.stop().await;
}

#[tokio::test]
async fn a_changed_number_is_shown_and_reported_to_its_account() {
    let fixture = Fixture::start().await;
    let change = json!({"phone_number_id": sample::PHONE_NUMBER_ID, "quality_rating": "RED",
        "throughput": "HIGH", "messaging_limit": "TIER_250", "event": "FLAGGED"});
    assert_eq!(fixture.post("/sim/numbers", &change).await.0, 202);
    let fields = "quality_rating,throughput,whatsapp_business_manager_messaging_limit";
    for (number, quality) in [
        (sample::PHONE_NUMBER_ID, "RED"),
        (sample::HIGH_PHONE_NUMBER_ID, "GREEN"),
    ] {
        let (_, node) = fixture
            .get(&format!("/v25.0/{number}?fields={fields}"))
            .await;
        assert_eq!(node["quality_rating"], quality);
        assert_eq!(node["throughput"]["level"], "HIGH");
        assert_eq!(
            node["whatsapp_business_manager_messaging_limit"],
            "TIER_250"
        );
    }
    fixture.settled().await;
    let bodies = fixture.inbox.all().await;
    let changes = bodies.iter().map(|got| {
        let entry = got.json()["entry"][0].clone();
        assert_eq!(entry["id"], sample::WABA_ID);
        assert!(entry["time"].is_i64());
        let change = &entry["changes"][0];
        let field = change["field"].as_str().unwrap().to_owned();
        let value = &change["value"];
        let limit = value["max_daily_conversations_per_business"].clone();
        (field, limit, value["event"].clone())
    });
    let mut changes: Vec<_> = changes.collect();
    changes.sort_by_key(|(field, ..)| field.clone());
    let expected = [
        (
            "business_capability_update".to_owned(),
            json!(250),
            Value::Null,
        ),
        (
            "phone_number_quality_update".to_owned(),
            json!("TIER_250"),
            json!("FLAGGED"),
        ),
    ];
    assert_eq!(changes, expected);
    let unknown = json!({"phone_number_id": "1"});
    assert_eq!(fixture.post("/sim/numbers", &unknown).await.0, 400);
    fixture.stop().await;
}
