//! Tokens, accounts, numbers, templates, subscriptions.

use std::collections::BTreeSet;

use meta_sim::{Account, SimConfig, Token, sample};
use ring::hmac;
use serde_json::{Value, json};

use crate::fixture::Fixture;

fn waba(edge: &str) -> String {
    format!("/v25.0/{}{edge}", sample::WABA_ID)
}

fn app_token() -> String {
    format!("{}|{}", sample::APP_ID, sample::APP_SECRET)
}

#[tokio::test]
async fn templates_are_listed_in_pages_of_25_and_the_last_page_has_no_next() {
    let fixture = Fixture::start().await;
    let (status, first) = fixture
        .get(&waba("/message_templates?fields=name,language"))
        .await;
    assert_eq!(status, 200);
    assert_eq!(first["data"].as_array().unwrap().len(), 25);
    let next = first["paging"]["next"].as_str().unwrap().to_owned();
    let path = next.strip_prefix(&fixture.sim.base_url()).unwrap();
    let (_, second) = fixture.get(path).await;
    assert_eq!(second["data"].as_array().unwrap().len(), 7);
    assert_eq!(second["paging"].get("next"), None);
    let both = [&first, &second]
        .map(|page| page["data"].as_array().unwrap().clone())
        .concat();
    let keys: BTreeSet<String> = both
        .iter()
        .map(|t| format!("{} {}", t["name"], t["language"]))
        .collect();
    assert_eq!(keys.len(), 32);
    let before = second["paging"]["cursors"]["before"].as_str().unwrap();
    let back = waba(&format!(
        "/message_templates?fields=name,language&before={before}"
    ));
    assert_eq!(fixture.get(&back).await.1["data"], first["data"]);
    fixture.stop().await;
}

#[tokio::test]
async fn an_expired_cursor_is_refused_with_131059() {
    let fixture = Fixture::start().await;
    let (_, first) = fixture.get(&waba("/message_templates?limit=5")).await;
    let after = first["paging"]["cursors"]["after"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = waba(&format!("/message_templates?limit=5&after={after}"));
    assert_eq!(fixture.get(&path).await.0, 200);
    fixture.sim.expire_cursors();
    let (status, body) = fixture.get(&path).await;
    assert_eq!((status, &body["error"]["code"]), (400, &json!(131_059)));
    fixture.stop().await;
}

#[tokio::test]
async fn templates_are_filtered_and_counted() {
    let fixture = Fixture::start().await;
    let path = "/message_templates?name=code_connexion&language=fr&summary=total_count";
    let (_, found) = fixture.get(&waba(path)).await;
    assert_eq!(found["summary"], json!({"total_count": 1}));
    assert_eq!(found["data"][0]["category"], "AUTHENTICATION");
    let id = found["data"][0]["id"].as_str().unwrap();
    let (_, node) = fixture
        .get(&format!("/v23.0/{id}?fields=status,quality_score"))
        .await;
    assert_eq!(node["status"], "APPROVED");
    assert_eq!(node["id"], id);
    assert_eq!(node.get("name"), None);
    fixture.stop().await;
}

#[tokio::test]
async fn numbers_show_requested_fields_and_refuse_unknown_ones() {
    let fixture = Fixture::start().await;
    let (_, list) = fixture.get(&waba("/phone_numbers")).await;
    assert_eq!(list["data"].as_array().unwrap().len(), 2);
    let node = format!("/v25.0/{}", sample::PHONE_NUMBER_ID);
    let fields = "throughput,status,whatsapp_business_manager_messaging_limit";
    let (_, number) = fixture.get(&format!("{node}?fields={fields}")).await;
    let expected = json!({
        "throughput": {"level": "STANDARD"},
        "status": "CONNECTED",
        "whatsapp_business_manager_messaging_limit": "TIER_2K",
        "id": sample::PHONE_NUMBER_ID,
    });
    assert_eq!(number, expected);
    let (status, refusal) = fixture.get(&format!("{node}?fields=colour")).await;
    assert_eq!((status, &refusal["error"]["code"]), (400, &json!(100)));
    fixture.stop().await;
}

#[tokio::test]
async fn an_account_shows_its_owner_and_verification() {
    let fixture = Fixture::start().await;
    let fields = "name,business_verification_status,owner_business_info{id,name}";
    let (_, account) = fixture.get(&waba(&format!("?fields={fields}"))).await;
    assert_eq!(account["business_verification_status"], "verified");
    assert_eq!(
        account["owner_business_info"]["name"],
        "Boutique Faso, Ouagadougou"
    );
    fixture.stop().await;
}

#[tokio::test]
async fn debug_token_describes_a_token_of_the_app_and_refuses_another_apps() {
    let fixture = Fixture::start().await;
    let look = async |input: &str| {
        fixture
            .get_as(
                &app_token(),
                &format!("/v25.0/debug_token?input_token={input}"),
            )
            .await
    };
    let (status, good) = look(sample::TOKEN).await;
    assert_eq!(status, 200);
    assert_eq!(good["data"]["is_valid"], true);
    assert_eq!(good["data"]["app_id"], sample::APP_ID);
    let granular = good["data"]["granular_scopes"].as_array().unwrap();
    assert!(
        granular
            .iter()
            .all(|scope| scope["target_ids"] == json!([sample::WABA_ID]))
    );
    let (_, expired) = look(sample::EXPIRED_TOKEN).await;
    assert_eq!(expired["data"]["is_valid"], false);
    assert_eq!(expired["data"]["error"]["code"], 190);
    assert_eq!(expired["data"]["error"]["subcode"], 463);
    let (_, unknown) = look("EAAnobody").await;
    assert_eq!(unknown["data"]["is_valid"], false);
    let (status, foreign) = look(sample::OTHER_APP_TOKEN).await;
    assert_eq!((status, &foreign["error"]["code"]), (400, &json!(100)));
    fixture.stop().await;
}

#[tokio::test]
async fn calls_without_a_good_token_are_refused() {
    let fixture = Fixture::start().await;
    let path = waba("/phone_numbers");
    for (token, status, code) in [
        (sample::EXPIRED_TOKEN, 401, 190),
        ("EAAnobody", 401, 190),
        ("670843887433847|wrong", 401, 190),
    ] {
        let (got, body) = fixture.get_as(token, &path).await;
        assert_eq!(
            (got, body["error"]["code"].as_i64()),
            (status, Some(code)),
            "{token}"
        );
        assert!(body["error"]["fbtrace_id"].is_string());
    }
    let bare = fixture.http.get(fixture.url(&path)).send().await.unwrap();
    assert_eq!(bare.status().as_u16(), 401);
    fixture.stop().await;
}

#[tokio::test]
async fn an_account_out_of_the_tokens_reach_looks_as_if_it_did_not_exist() {
    let fixture = Fixture::start().await;
    let other = Account {
        waba_id: "777".to_owned(),
        ..Account::default()
    };
    fixture.sim.put_account(other).unwrap();
    let error = |body: &Value| {
        (
            body["error"]["code"].clone(),
            body["error"]["error_subcode"].clone(),
        )
    };
    let (_, out_of_reach) = fixture.get("/v25.0/777/phone_numbers").await;
    let (_, nowhere) = fixture.get("/v25.0/778/phone_numbers").await;
    assert_eq!(error(&out_of_reach), (json!(100), json!(33)));
    assert_eq!(error(&out_of_reach), error(&nowhere));
    fixture.stop().await;
}

#[tokio::test]
async fn a_revoked_token_stops_working() {
    let fixture = Fixture::start().await;
    let revoked = Token {
        token: sample::TOKEN.to_owned(),
        is_valid: false,
        ..Token::default()
    };
    let account = Account {
        waba_id: sample::WABA_ID.to_owned(),
        tokens: vec![revoked],
        ..Account::default()
    };
    fixture.sim.put_account(account).unwrap();
    assert_eq!(fixture.get(&waba("/phone_numbers")).await.0, 401);
    fixture.stop().await;
}

#[tokio::test]
async fn a_proof_must_be_right_and_may_be_required() {
    let config = SimConfig {
        require_appsecret_proof: true,
        ..SimConfig::default()
    };
    let fixture = Fixture::with(config).await;
    assert_eq!(fixture.get(&waba("/phone_numbers")).await.0, 400);
    let key = hmac::Key::new(hmac::HMAC_SHA256, sample::APP_SECRET.as_bytes());
    let proof = hex::encode(hmac::sign(&key, sample::TOKEN.as_bytes()));
    let right = waba(&format!("/phone_numbers?appsecret_proof={proof}"));
    assert_eq!(fixture.get(&right).await.0, 200);
    let wrong = waba(&format!(
        "/phone_numbers?appsecret_proof={}",
        "00".repeat(32)
    ));
    assert_eq!(fixture.get(&wrong).await.0, 400);
    fixture.stop().await;
}

#[tokio::test]
async fn an_app_subscribes_and_unsubscribes() {
    let fixture = Fixture::start().await;
    let url = fixture.url(&waba("/subscribed_apps"));
    let listed = async || {
        let (_, body) = fixture.get(&waba("/subscribed_apps")).await;
        body["data"].as_array().unwrap().len()
    };
    assert_eq!(listed().await, 1);
    fixture
        .http
        .delete(&url)
        .bearer_auth(sample::TOKEN)
        .send()
        .await
        .unwrap();
    assert_eq!(listed().await, 0);
    let override_first = json!({"override_callback_uri": "https://a.example", "verify_token": "x"});
    assert_eq!(
        fixture
            .post(&waba("/subscribed_apps"), &override_first)
            .await
            .0,
        400
    );
    let (_, answer) = fixture.post(&waba("/subscribed_apps"), &json!({})).await;
    assert_eq!(answer, json!({"success": true}));
    assert_eq!(listed().await, 1);
    fixture.stop().await;
}

#[tokio::test]
async fn an_unsupported_path_is_refused_in_metas_form() {
    let fixture = Fixture::start().await;
    for path in [
        "/v25.0/1/2/3",
        "/v25.0/1/messages",
        "/latest/debug_token",
        "/",
    ] {
        let (status, body) = fixture.get(path).await;
        assert_eq!(
            (status, body["error"]["code"].as_i64()),
            (400, Some(2_500)),
            "{path}"
        );
    }
    fixture.stop().await;
}
