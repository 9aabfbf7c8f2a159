//! Creating, editing and deleting templates, and the texts that Meta adds to authentication templates.

use meta_sim::{Account, Template, sample};
use serde_json::{Value, json};

use crate::fixture::{Fixture, template};

fn edge() -> String {
    format!("/v25.0/{}/message_templates", sample::WABA_ID)
}

fn body() -> Value {
    json!({"type": "BODY", "text": "Bonjour {{1}}, merci.", "example": {"body_text": [["Awa"]]}})
}

fn hello(name: &str) -> Value {
    json!({"name": name, "language": "fr", "category": "UTILITY", "components": [body()]})
}

fn to_awa(name: &str) -> Value {
    let awa = json!([{"type": "body", "parameters": [{"type": "text", "text": "Awa"}]}]);
    template(name, &awa)
}

async fn approve(fixture: &Fixture, name: &str) {
    let change =
        json!({"waba_id": sample::WABA_ID, "name": name, "language": "fr", "event": "APPROVED"});
    assert_eq!(fixture.post("/sim/templates/status", &change).await.0, 204);
}

async fn delete(fixture: &Fixture, query: &str) -> (u16, Value) {
    let request = fixture
        .http
        .delete(fixture.url(&format!("{}?{query}", edge())));
    let response = request.bearer_auth(sample::TOKEN).send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test]
async fn a_template_is_created_reviewed_sent_edited_and_deleted() {
    let fixture = Fixture::start().await;
    let (status, created) = fixture.post(&edge(), &hello("bonjour")).await;
    assert_eq!(status, 200, "{created}");
    let id = created["id"].as_str().unwrap();
    assert_eq!(
        created,
        json!({"id": id, "status": "PENDING", "category": "UTILITY"})
    );
    assert_eq!(fixture.refused(&to_awa("bonjour")).await, (404, 132_001));
    approve(&fixture, "bonjour").await;
    fixture.accepted(&to_awa("bonjour")).await;
    let change = json!({"components": [{"type": "body", "text": "Bonsoir, merci."}]});
    let node = format!("/v25.0/{id}");
    let (status, edited) = fixture.post(&node, &change).await;
    assert_eq!(
        (status, &edited["success"]),
        (200, &json!(true)),
        "{edited}"
    );
    let (_, shown) = fixture.get(&node).await;
    assert_eq!(shown["status"], "PENDING");
    assert_eq!(
        shown["components"],
        json!([{"type": "BODY", "text": "Bonsoir, merci."}])
    );
    assert_eq!(
        fixture.post(&node, &change).await.0,
        400,
        "in review nothing is edited"
    );
    assert_eq!(
        delete(&fixture, "name=bonjour").await,
        (200, json!({"success": true}))
    );
    assert_eq!(fixture.get(&node).await.0, 400);
    assert_eq!(delete(&fixture, "name=bonjour").await.0, 400);
    fixture.stop().await;
}

#[tokio::test]
async fn a_deletion_takes_one_language_all_of_a_name_or_a_list_of_ids() {
    let fixture = Fixture::start().await;
    let left = async |name: &str| {
        let (_, page) = fixture.get(&format!("{}?name={name}", edge())).await;
        page["data"].as_array().unwrap().clone()
    };
    let id = left("ticket_de_caisse").await[0]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let one = format!("name=ticket_de_caisse&hsm_id={id}");
    assert_eq!(delete(&fixture, &one).await.0, 200);
    assert_eq!(left("ticket_de_caisse").await.len(), 1);
    assert_eq!(delete(&fixture, "name=bienvenue").await.0, 200);
    assert_eq!(left("bienvenue").await.len(), 0);
    let ids: Vec<Value> = left("offre_fidelite")
        .await
        .iter()
        .map(|it| it["id"].clone())
        .collect();
    assert_eq!(ids.len(), 2);
    assert_eq!(
        delete(&fixture, &format!("hsm_ids={}", json!(ids))).await.0,
        200
    );
    assert_eq!(left("offre_fidelite").await.len(), 0);
    assert_eq!(delete(&fixture, "").await.0, 400);
    fixture.stop().await;
}

/// A template that differs from a valid one in one field.
fn with(key: &str, value: Value) -> Value {
    let mut asked = hello("bonjour");
    asked[key] = value;
    asked
}

async fn all_refused(asked: Vec<(Value, i64)>) {
    let fixture = Fixture::start().await;
    for (asked, code) in asked {
        let (status, answer) = fixture.post(&edge(), &asked).await;
        let got = answer["error"]["code"].as_i64();
        assert_eq!((status, got), (400, Some(code)), "{asked}");
    }
    fixture.stop().await;
}

#[tokio::test]
async fn a_template_needs_a_name_a_language_and_a_category() {
    all_refused(vec![
        (with("name", json!("Bonjour")), 100),
        (with("name", json!("ticket_de_caisse")), 100),
        (with("language", Value::Null), 100),
        (with("category", json!("PROMOTION")), 100),
        (with("category", Value::Null), 100),
    ])
    .await;
    let fixture = Fixture::start().await;
    let request = fixture
        .http
        .post(fixture.url(&edge()))
        .bearer_auth("EAAnobody");
    let response = request.json(&hello("bonjour")).send().await.unwrap();
    assert_eq!(response.status().as_u16(), 401);
    fixture.stop().await;
}

#[tokio::test]
async fn invalid_components_are_refused_before_review() {
    let of = |components: Value| with("components", components);
    let text = |text: &str| of(json!([{"type": "BODY", "text": text, "example": {}}]));
    let beside = |component: Value| of(json!([body(), component]));
    let label = |n: i64| json!({"type": "QUICK_REPLY", "text": n.to_string()});
    let labels: Vec<Value> = (0..11).map(label).collect();
    all_refused(vec![
        (of(json!([])), 2_388_072),
        (beside(body()), 2_388_072),
        (
            of(json!([{"type": "BODY", "text": "Bonjour {{1}} !"}])),
            2_388_072,
        ),
        (text("{{1}}, merci."), 2_388_299),
        (text("Merci, {{1}}"), 2_388_299),
        (text("Bonjour {{1}}{{2}}, merci."), 2_388_072),
        (text(&"é".repeat(1_025)), 2_388_040),
        (
            beside(json!({"type": "FOOTER", "text": "{{1}} !"})),
            2_388_073,
        ),
        (beside(json!({"type": "SIDEBAR"})), 100),
        (beside(json!({"type": "BUTTONS", "buttons": labels})), 100),
    ])
    .await;
}

#[tokio::test]
async fn only_variable_parts_are_sent_with_a_template() {
    let fixture = Fixture::start().await;
    let call = json!({"type": "call_permission_request"});
    let offer = |expires: bool| {
        let offer = json!({"text": "Expire bientôt", "has_expiration": expires});
        json!({"type": "limited_time_offer", "limited_time_offer": offer})
    };
    let ends = json!({"type": "limited_time_offer", "parameters": [{"type": "limited_time_offer",
        "limited_time_offer": {"expiration_time_ms": 1_900_000_000_000_u64}}]});
    let tap = json!({"type": "tap_target_configuration", "parameters": [{"type": "tap_target_configuration",
        "tap_target_configuration": [{"title": "Voir", "url": "https://boutique-faso.example/"}]}]});
    let awa = json!({"type": "body", "parameters": [{"type": "text", "text": "Awa"}]});
    for (name, component, sent, taken) in [
        ("appel", call, json!([awa]), true),
        ("offre_sans_fin", offer(false), json!([awa]), true),
        ("offre_finie", offer(true), json!([awa, ends]), true),
        ("offre_finie_sans_date", offer(true), json!([awa]), false),
        ("offre_avec_lien", offer(false), json!([awa, tap]), true),
    ] {
        let mut asked = hello(name);
        asked["category"] = json!("MARKETING");
        let mut components = json!([component, body()]);
        if component["type"] == "limited_time_offer" {
            let page =
                json!({"type": "URL", "text": "Voir", "url": "https://boutique-faso.example/"});
            let buttons = json!({"type": "BUTTONS", "buttons": [page]});
            components.as_array_mut().unwrap().push(buttons);
        }
        asked["components"] = components;
        let (status, created) = fixture.post(&edge(), &asked).await;
        assert_eq!(status, 200, "{created}");
        approve(&fixture, name).await;
        let (status, answer) = fixture.send(&template(name, &sent)).await;
        assert_eq!(status == 200, taken, "{name}: {answer}");
    }
    fixture.stop().await;
}

#[tokio::test]
async fn meta_adds_the_text_and_the_button_of_a_code() {
    let fixture = Fixture::start().await;
    let parts = json!([
        {"type": "body", "add_security_recommendation": true},
        {"type": "footer", "code_expiration_minutes": 10},
        {"type": "buttons", "buttons": [{"type": "otp", "otp_type": "one_tap", "supported_apps":
            [{"package_name": "bf.boutique", "signature_hash": "K8a/AINcGX7"}]}]},
    ]);
    let asked = json!({"name": "code", "language": "en_US", "category": "AUTHENTICATION", "components": parts});
    let (status, created) = fixture.post(&edge(), &asked).await;
    assert_eq!(status, 200, "{created}");
    let (_, node) = fixture
        .get(&format!("/v25.0/{}", created["id"].as_str().unwrap()))
        .await;
    let text = |index: usize| node["components"][index]["text"].as_str().unwrap();
    assert_eq!(
        text(0),
        "*{{1}}* is your verification code. For your security, do not share this code."
    );
    assert_eq!(text(1), "This code expires in 10 minutes.");
    let button = &node["components"][2]["buttons"][0];
    assert_eq!(
        (button["type"].as_str(), button["text"].as_str()),
        (Some("URL"), Some("Copy code"))
    );
    assert!(button["url"].as_str().unwrap().contains("otp_type=ONE_TAP"));
    // The control API takes them in the same way.
    let bare = Template {
        name: "code_nu".to_owned(),
        category: "AUTHENTICATION".to_owned(),
        components: vec![
            json!({"type": "BODY"}),
            json!({"type": "BUTTONS",
            "buttons": [{"type": "OTP", "otp_type": "COPY_CODE"}]}),
        ],
        ..Template::default()
    };
    let account = Account {
        waba_id: sample::WABA_ID.to_owned(),
        templates: vec![bare],
        ..Account::default()
    };
    fixture.sim.put_account(account).unwrap();
    let code = json!([{"type": "text", "text": "482915"}]);
    let components = json!([{"type": "body", "parameters": code},
        {"type": "button", "sub_type": "url", "index": 0, "parameters": code}]);
    fixture.accepted(&template("code_nu", &components)).await;
    fixture.stop().await;
}
