//! Requests of clients written for Meta that the simulator once refused: other spellings, other positions of the same
//! parameters, fields and pages as they read them.

use meta_sim::{Account, Token, sample};
use serde_json::{Value, json};

use crate::fixture::{Fixture, messages_path, receipt, text};

/// Posts a body of any content type and returns the status and the answer.
async fn post(fixture: &Fixture, path: &str, content_type: &str, body: String) -> (u16, Value) {
    let request = fixture
        .http
        .post(fixture.url(path))
        .bearer_auth(sample::TOKEN);
    let request = request.header("Content-Type", content_type).body(body);
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

fn form(pairs: &[(&str, &str)]) -> String {
    let url = reqwest::Url::parse_with_params("http://localhost/", pairs).unwrap();
    url.query().unwrap().to_owned()
}

fn templates(query: &str) -> String {
    format!("/v25.0/{}/message_templates{query}", sample::WABA_ID)
}

#[tokio::test]
async fn values_of_a_message_are_case_insensitive() {
    let fixture = Fixture::start().await;
    let mut message = receipt("+22670000001", "a");
    message["type"] = json!("TEMPLATE");
    message["recipient_type"] = json!("INDIVIDUAL");
    let body = &mut message["template"]["components"][0];
    body["type"] = json!("BODY");
    body["parameters"][0]["type"] = json!("TEXT");
    fixture.accepted(&message).await;
    let code = json!([{"type": "TEXT", "text": "482915"}]);
    let components = json!([
        {"type": "BODY", "parameters": code},
        {"type": "BUTTON", "sub_type": "URL", "index": "0", "parameters": code},
    ]);
    message["template"] =
        json!({"name": "code_connexion", "language": {"code": "fr"}, "components": components});
    fixture.accepted(&message).await;
    fixture
        .sim
        .record_inbound(sample::PHONE_NUMBER_ID, "+22670000001")
        .unwrap();
    let buttons = json!([{"type": "REPLY", "reply": {"id": "yes", "title": "Oui"}}]);
    let interactive =
        json!({"type": "BUTTON", "body": {"text": "Oui ?"}, "action": {"buttons": buttons}});
    let message = json!({"messaging_product": "whatsapp", "to": "+22670000001", "type": "INTERACTIVE",
        "interactive": interactive});
    fixture.accepted(&message).await;
    fixture.stop().await;
}

#[tokio::test]
async fn a_file_in_a_header_is_checked_in_either_case() {
    let fixture = Fixture::start().await;
    let header =
        json!({"type": "HEADER", "parameters": [{"type": "DOCUMENT", "document": {"id": "1"}}]});
    let body = json!({"type": "BODY", "parameters": [{"type": "TEXT", "text": "Awa"}]});
    let message = crate::fixture::template("ticket_pdf", &json!([header, body]));
    assert_eq!(fixture.refused(&message).await, (400, 100));
    fixture.stop().await;
}

#[tokio::test]
async fn a_message_is_accepted_as_json_as_a_form_and_in_the_query() {
    let fixture = Fixture::start().await;
    fixture
        .sim
        .record_inbound(sample::PHONE_NUMBER_ID, "+22670000001")
        .unwrap();
    let pairs = [
        ("messaging_product", "whatsapp"),
        ("to", "+22670000001"),
        ("type", "text"),
        ("text", r#"{"body": "Bonjour & merci"}"#),
    ];
    let (path, urlencoded) = (messages_path(), "application/x-www-form-urlencoded");
    let by_form = post(&fixture, &path, urlencoded, form(&pairs)).await;
    let by_query = post(
        &fixture,
        &format!("{path}?{}", form(&pairs)),
        "text/plain",
        String::new(),
    )
    .await;
    let mut body = text("+22670000001");
    body.as_object_mut().unwrap().remove("messaging_product");
    let in_part = post(
        &fixture,
        &format!("{path}?messaging_product=whatsapp"),
        "application/json",
        body.to_string(),
    )
    .await;
    for (status, answer) in [by_form, by_query, in_part] {
        assert_eq!(status, 200, "{answer}");
        assert_eq!(answer["contacts"][0]["wa_id"], "22670000001");
    }
    let (status, answer) = post(&fixture, &path, "application/json", "{".to_owned()).await;
    assert_eq!((status, &answer["error"]["code"]), (400, &json!(100)));
    let url = fixture.url(&path);
    let with_token = [pairs.as_slice(), &[("access_token", sample::TOKEN)]].concat();
    let request = fixture
        .http
        .post(url)
        .header("Content-Type", urlencoded)
        .body(form(&with_token));
    assert_eq!(
        request.send().await.unwrap().status().as_u16(),
        200,
        "the token may be in the form"
    );
    for scheme in ["OAuth", "bearer"] {
        let request = fixture.http.get(fixture.url(&templates("?limit=1")));
        let request = request.header("Authorization", format!("{scheme} {}", sample::TOKEN));
        assert_eq!(
            request.send().await.unwrap().status().as_u16(),
            200,
            "{scheme}"
        );
    }
    fixture.stop().await;
}

#[tokio::test]
async fn a_number_is_taken_as_a_number() {
    let fixture = Fixture::start().await;
    let mut message = receipt("", "a");
    message["to"] = json!(22_670_000_001_u64);
    message["recipient_type"] = Value::Null;
    let (_, answer) = fixture.send(&message).await;
    assert_eq!(
        answer["contacts"][0],
        json!({"input": "22670000001", "wa_id": "22670000001"})
    );
    fixture.stop().await;
}

#[tokio::test]
async fn paths_have_any_version_or_none_and_a_slash_at_the_end() {
    let fixture = Fixture::start().await;
    let number = sample::PHONE_NUMBER_ID;
    for version in ["", "/v20.0", "/v23.0", "/v24.0", "/v26.0"] {
        for slash in ["", "/"] {
            let path = format!("{version}/{number}/messages{slash}");
            let (status, answer) = fixture.post(&path, &receipt("+22670000001", &path)).await;
            assert_eq!(status, 200, "{path}: {answer}");
            let (status, node) = fixture
                .get(&format!("{version}/{number}{slash}?fields=id"))
                .await;
            assert_eq!((status, &node["id"]), (200, &json!(number)), "{path}");
        }
    }
    fixture.stop().await;
}

#[tokio::test]
async fn an_empty_page_has_paging_that_can_be_read() {
    let fixture = Fixture::start().await;
    let (status, page) = fixture.get(&templates("?name=no_such_template")).await;
    assert_eq!(status, 200);
    assert_eq!(page["data"], json!([]));
    assert!(page["paging"]["cursors"]["after"].is_string(), "{page}");
    assert_eq!(page["paging"].get("next"), None);
    assert_eq!(page["paging"].get("previous"), None);
    let account = Account {
        waba_id: "777".to_owned(),
        tokens: vec![Token::default()],
        ..Account::default()
    };
    let token = fixture
        .sim
        .put_account(account)
        .unwrap()
        .tokens
        .remove(0)
        .token;
    let (_, numbers) = fixture.get_as(&token, "/v25.0/777/phone_numbers").await;
    assert!(
        numbers["paging"]["cursors"]["before"].is_string(),
        "{numbers}"
    );
    fixture.stop().await;
}

#[tokio::test]
async fn filters_take_several_values_and_go_along_from_page_to_page() {
    let fixture = Fixture::start().await;
    for (query, found) in [
        ("?status=PAUSED,REJECTED", 2),
        ("?status=%5B%22paused%22%5D", 1),
        ("?category=authentication", 2),
        ("?category=AUTHENTICATION&language=en_US", 1),
        ("?name=code_connexion", 2),
        ("?name=code", 0),
    ] {
        let (_, page) = fixture.get(&templates(query)).await;
        assert_eq!(page["data"].as_array().unwrap().len(), found, "{query}");
    }
    let (mut ids, mut path) = (
        Vec::new(),
        templates("?category=MARKETING&limit=5&fields=category"),
    );
    let mut pages = Vec::new();
    loop {
        let (_, page) = fixture.get(&path).await;
        let data = page["data"].as_array().unwrap().clone();
        assert!(
            data.iter()
                .all(|template| template["category"] == "MARKETING")
        );
        ids.extend(data.iter().map(|template| template["id"].clone()));
        pages.push(page.clone());
        let Some(next) = page["paging"]["next"].as_str() else {
            break;
        };
        path = next
            .strip_prefix(&fixture.sim.base_url())
            .unwrap()
            .to_owned();
    }
    assert!(pages.len() > 2 && ids.len() > 10, "{}", ids.len());
    for pair in pages.windows(2).rev() {
        let previous = pair[1]["paging"]["previous"].as_str().unwrap();
        let (_, page) = fixture
            .get(previous.strip_prefix(&fixture.sim.base_url()).unwrap())
            .await;
        assert_eq!(page["data"], pair[0]["data"]);
    }
    fixture.stop().await;
}

#[tokio::test]
async fn fields_that_meta_has_are_not_refused() {
    let fixture = Fixture::start().await;
    let number = format!("/v25.0/{}", sample::PHONE_NUMBER_ID);
    let account = format!("/v25.0/{}", sample::WABA_ID);
    for (node, fields) in [
        (
            &number,
            "conversational_automation,search_visibility,certificate,country_dial_code,username",
        ),
        (
            &account,
            "is_enabled_for_insights,subscribed_apps,disable_marketing_messages_on_cloud_api",
        ),
    ] {
        let (status, body) = fixture.get(&format!("{node}?fields={fields}")).await;
        assert_eq!(status, 200, "{body}");
    }
    let (status, body) = fixture
        .get(&templates("?fields=name,degrees_of_freedom_spec&limit=1"))
        .await;
    assert_eq!(
        (status, body["data"].as_array().unwrap().len()),
        (200, 1),
        "{body}"
    );
    fixture.stop().await;
}

#[tokio::test]
async fn documented_content_types_are_accepted_and_no_others() {
    let fixture = Fixture::start().await;
    fixture
        .sim
        .record_inbound(sample::PHONE_NUMBER_ID, "+22670000001")
        .unwrap();
    let of = |kind: &str, content: Value| json!({"messaging_product": "whatsapp", "to": "+22670000001", "type": kind, kind: content});
    let asked =
        |kind: &str| json!({"type": kind, "body": {"text": "Oui ?"}, "action": {"name": kind}});
    let contact = json!({"name": {"formatted_name": "Awa Ouédraogo", "first_name": "Awa"}});
    for message in [
        of("contacts", json!([contact])),
        of("contacts", json!(json!([contact]).to_string())),
        of("reaction", json!({"message_id": "wamid.x", "emoji": ""})),
        of(
            "audio",
            json!({"link": "https://boutique-faso.example/a.ogg", "voice": true}),
        ),
        of(
            "sticker",
            json!({"link": "https://boutique-faso.example/a.webp"}),
        ),
        of("interactive", asked("request_contact_info")),
        of("interactive", asked("call_permission_request")),
        of("interactive", asked("location_request_message")),
    ] {
        fixture.accepted(&message).await;
    }
    for message in [
        of("contacts", json!([])),
        of("contacts", json!({"component": [contact]})),
        of("contacts", json!([{"phones": []}])),
        of("reaction", json!({"emoji": "👍"})),
        of(
            "audio",
            json!({"link": "https://boutique-faso.example/a.ogg", "caption": "Film"}),
        ),
        of("sticker", json!({})),
        of("interactive", asked("fireworks")),
    ] {
        assert_eq!(fixture.refused(&message).await, (400, 100), "{message}");
    }
    fixture.stop().await;
}
