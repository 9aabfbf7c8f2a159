//! Accepted and refused messages.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use meta_sim::{Account, Inbound, Number, Preference, SimConfig, WebhookBehaviour, sample};
use serde_json::{Value, json};

use crate::fixture::{Fixture, messages_path, receipt, template, text};

fn parameter(text: &str) -> Value {
    json!({"type": "text", "text": text})
}

fn body(texts: &[&str]) -> Value {
    let parameters: Vec<Value> = texts.iter().map(|text| parameter(text)).collect();
    json!({"type": "body", "parameters": parameters})
}

fn url_button(index: usize, text: &str) -> Value {
    json!({"type": "button", "sub_type": "url", "index": index, "parameters": [parameter(text)]})
}

#[tokio::test]
async fn an_accepted_template_is_answered_as_by_meta() {
    let fixture = Fixture::start().await;
    let (status, answer) = fixture.send(&receipt("+226 70 00 00 01", "a")).await;
    assert_eq!(status, 200);
    assert_eq!(answer["messaging_product"], "whatsapp");
    assert_eq!(answer["contacts"][0]["input"], "+226 70 00 00 01");
    assert_eq!(answer["contacts"][0]["wa_id"], "22670000001");
    assert_eq!(answer["contacts"][0].get("user_id"), None);
    assert_eq!(answer["messages"][0]["message_status"], "accepted");
    let wamid = answer["messages"][0]["id"].as_str().unwrap();
    let bytes = STANDARD
        .decode(wamid.strip_prefix("wamid.").unwrap())
        .unwrap();
    assert!(bytes.windows(11).any(|window| window == b"22670000001"));
    fixture.stop().await;
}

#[tokio::test]
async fn a_number_without_plus_is_read_as_local() {
    let fixture = Fixture::start().await;
    let (_, local) = fixture.send(&receipt("70000001", "a")).await;
    assert_eq!(local["contacts"][0]["wa_id"], "22670000001");
    let (_, abroad) = fixture.send(&receipt("33612345678", "b")).await;
    assert_eq!(abroad["contacts"][0]["wa_id"], "22633612345678");
    fixture.stop().await;
}

#[tokio::test]
async fn recipients_that_cannot_be_are_refused() {
    let fixture = Fixture::start().await;
    for to in [
        "+226",
        "+2267000000100000000",
        "Awa",
        "+0700000001",
        "+226 70 00 00 O1",
    ] {
        assert_eq!(
            fixture.refused(&receipt(to, "a")).await,
            (400, 131_009),
            "{to}"
        );
    }
    assert_eq!(
        fixture.refused(&receipt("+22625306100", "a")).await,
        (400, 131_021)
    );
    assert_eq!(fixture.refused(&receipt("", "a")).await, (400, 100));
    fixture.stop().await;
}

#[tokio::test]
async fn a_bsuid_is_a_recipient_but_not_of_a_code() {
    let fixture = Fixture::start().await;
    let mut message = receipt("", "a");
    message["recipient"] = json!("BF.13491208655302741918");
    let (status, answer) = fixture.send(&message).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["contacts"][0].get("wa_id"), None);
    let mut code = template(
        "code_connexion",
        &json!([body(&["482915"]), url_button(0, "482915")]),
    );
    code["to"] = Value::Null;
    code["recipient"] = json!("BF.13491208655302741918");
    assert_eq!(fixture.refused(&code).await, (400, 131_062));
    fixture.stop().await;
}

/// Each send is refused with its code, and nothing is accepted.
async fn all_refused(sends: &[(&str, Value, i64)]) {
    let fixture = Fixture::start().await;
    for (name, components, code) in sends {
        let (_, got) = fixture.refused(&template(name, components)).await;
        assert_eq!(got, *code, "{name} {components}");
    }
    assert_eq!(fixture.sim.summary().accepted, 0);
    fixture.stop().await;
}

#[tokio::test]
async fn a_template_that_is_missing_or_not_approved_is_refused() {
    all_refused(&[
        ("inconnu", json!([]), 132_001),
        ("promo_en_pause", json!([body(&["Awa"])]), 132_015),
        ("promo_desactivee", json!([body(&["Awa"])]), 132_016),
        ("promo_refusee", json!([body(&["Awa"])]), 132_001),
        ("promo_en_revue", json!([body(&["Awa"])]), 132_001),
    ])
    .await;
}

#[tokio::test]
async fn values_of_the_body_are_checked_against_the_template() {
    let receipt = "ticket_de_caisse";
    let long = "x".repeat(1_024);
    all_refused(&[
        (receipt, json!([body(&["Awa", "T-1"])]), 132_000),
        (receipt, json!([]), 132_000),
        (receipt, json!([body(&["Awa", "T-1", ""])]), 131_008),
        (receipt, json!([body(&["Awa", "T\n1", "5"])]), 132_018),
        (receipt, json!([body(&["Awa", "T     1", "5"])]), 132_018),
        (receipt, json!([body(&["Awa", &long, "5"])]), 132_005),
        (receipt, json!([{"type": "body", "parameter": []}]), 100),
        (receipt, json!([{"type": "corps"}]), 100),
        ("paiement_confirme", json!([body(&["Awa", "25 000"])]), 100),
    ])
    .await;
}

#[tokio::test]
async fn headers_and_buttons_are_checked_against_the_template() {
    let text_header = json!({"type": "header", "parameters": [parameter("x")]});
    let tracking = "suivi_livraison";
    let awa = body(&["Awa"]);
    all_refused(&[
        ("ticket_pdf", json!([awa]), 132_000),
        ("ticket_pdf", json!([text_header, awa]), 132_012),
        (tracking, json!([awa]), 131_008),
        (tracking, json!([awa, url_button(1, "x")]), 132_012),
        (tracking, json!([awa, url_button(7, "x")]), 132_018),
    ])
    .await;
}

#[tokio::test]
async fn a_code_is_in_body_and_button_and_short() {
    let long = "1234567890123456";
    all_refused(&[
        ("code_connexion", json!([body(&["482915"])]), 131_008),
        (
            "code_connexion",
            json!([body(&["482915"]), url_button(0, "111111")]),
            132_018,
        ),
        (
            "code_connexion",
            json!([body(&[long]), url_button(0, long)]),
            132_018,
        ),
    ])
    .await;
}

#[tokio::test]
async fn every_kind_of_template_can_be_sent_rightly() {
    let fixture = Fixture::start().await;
    let pdf = fixture.uploaded("application/pdf", b"%PDF-1.7").await;
    let named = json!({"type": "body", "parameters": [
        {"type": "text", "parameter_name": "montant", "text": "25 000"},
        {"type": "text", "parameter_name": "prenom", "text": "Awa"},
    ]});
    let document = json!({"type": "header", "parameters": [
        {"type": "document", "document": {"id": pdf, "filename": "ticket.pdf"}},
    ]});
    let image = json!({"type": "header", "parameters": [
        {"type": "image", "image": {"link": "https://boutique-faso.example/pagne.jpg"}},
    ]});
    let coupon = json!({"type": "button", "sub_type": "copy_code", "index": "0", "parameters": [
        {"type": "coupon_code", "coupon_code": "TABASKI25"},
    ]});
    let reply = json!({"type": "button", "sub_type": "quick_reply", "index": 1, "parameters": [
        {"type": "payload", "payload": "STOP_PROMO"},
    ]});
    let right = [
        ("paiement_confirme", json!([named])),
        ("ticket_pdf", json!([document, body(&["Awa"])])),
        (
            "coupon_tabaski",
            json!([image, body(&["Awa"]), coupon, reply]),
        ),
        (
            "commande_prete",
            json!([{"type": "header", "parameters": [parameter("8")]}, body(&["Awa", "8"])]),
        ),
        (
            "suivi_livraison",
            json!([body(&["Awa"]), url_button(0, "n3mtql")]),
        ),
        (
            "code_connexion",
            json!([body(&["482915"]), url_button(0, "482915")]),
        ),
        ("bienvenue", Value::Null),
    ];
    for (name, components) in right {
        fixture.accepted(&template(name, &components)).await;
    }
    assert_eq!(fixture.sim.summary().accepted, 7);
    fixture.stop().await;
}

#[tokio::test]
async fn envelopes_that_are_not_sound_are_refused_with_100() {
    let fixture = Fixture::start().await;
    let change = |key: &str, value: Value| {
        let mut message = receipt("+22670000001", "a");
        message[key] = value;
        message
    };
    let wrong = [
        json!([]),
        change("messaging_product", Value::Null),
        change("messaging_product", json!("sms")),
        change("type", json!("fax")),
        change("type", json!("text")),
        change("biz_opaque_callback", json!("typo")),
        change("biz_opaque_callback_data", json!(7)),
        change("biz_opaque_callback_data", json!("x".repeat(513))),
        change("template", json!("ticket_de_caisse")),
    ];
    for message in wrong {
        assert_eq!(fixture.refused(&message).await, (400, 100), "{message}");
    }
    fixture.stop().await;
}

#[tokio::test]
async fn text_needs_an_open_window_which_the_client_opens() {
    let fixture = Fixture::start().await;
    assert_eq!(fixture.refused(&text("+22670000001")).await, (400, 131_047));
    let message = json!({"type": "text", "text": {"body": "Bonjour"}});
    let inbound = Inbound {
        phone_number_id: sample::PHONE_NUMBER_ID.to_owned(),
        from: "+22670000001".to_owned(),
        profile_name: None,
        message: message.as_object().unwrap().clone(),
        ..Inbound::default()
    };
    fixture.sim.inbound(inbound).unwrap();
    let (status, answer) = fixture.send(&text("+22670000001")).await;
    assert_eq!(status, 200);
    assert_eq!(answer["messages"][0].get("message_status"), None);
    assert_eq!(fixture.refused(&text("+22670000002")).await, (400, 131_047));
    fixture.settled().await;
    let statuses = fixture.inbox.statuses().await;
    assert!(
        statuses
            .iter()
            .any(|status| status["pricing"]["category"] == "service")
    );
    fixture.stop().await;
}

#[tokio::test]
async fn marketing_fails_with_131050_once_the_client_stopped_it() {
    let fixture = Fixture::start().await;
    let preference = Preference {
        phone_number_id: sample::PHONE_NUMBER_ID.to_owned(),
        from: "+22670000001".to_owned(),
        stop: true,
        ..Preference::default()
    };
    fixture.sim.prefer(&preference).unwrap();
    fixture
        .accepted(&template(
            "offre_fidelite",
            &json!([body(&["Awa", "FASO25"])]),
        ))
        .await;
    fixture.accepted(&receipt("+22670000001", "utility")).await;
    fixture.settled().await;
    let statuses = fixture.inbox.statuses().await;
    let failed: Vec<&Value> = statuses
        .iter()
        .filter(|s| s["status"] == "failed")
        .collect();
    assert_eq!(failed.len(), 1);
    assert_eq!(failed[0]["errors"][0]["code"], 131_050);
    assert_eq!(failed[0].get("biz_opaque_callback_data"), None);
    fixture.stop().await;
}

#[tokio::test]
async fn a_read_receipt_is_a_success_and_no_message() {
    let fixture = Fixture::start().await;
    let read = json!({"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.x"});
    assert_eq!(fixture.send(&read).await, (200, json!({"success": true})));
    assert_eq!(fixture.sim.summary().accepted, 0);
    fixture.stop().await;
}

#[tokio::test]
async fn a_token_without_the_permission_and_a_number_out_of_service_cannot_send() {
    let fixture = Fixture::start().await;
    let request = fixture.http.post(fixture.url(&messages_path()));
    let request = request
        .bearer_auth(sample::MANAGEMENT_ONLY_TOKEN)
        .json(&receipt("+22670000001", "a"));
    assert_eq!(request.send().await.unwrap().status().as_u16(), 403);
    for (status, code) in [("BANNED", 131_031), ("DISCONNECTED", 133_010)] {
        let number = Number {
            id: sample::PHONE_NUMBER_ID.to_owned(),
            status: status.to_owned(),
            ..Number::default()
        };
        let account = Account {
            waba_id: sample::WABA_ID.to_owned(),
            numbers: vec![number],
            ..Account::default()
        };
        fixture.sim.put_account(account).unwrap();
        assert_eq!(fixture.refused(&receipt("+22670000001", "a")).await.1, code);
    }
    fixture.stop().await;
}

#[tokio::test]
async fn a_number_over_its_throughput_gets_130429_and_the_peak_is_kept() {
    let config = SimConfig {
        behaviour: WebhookBehaviour::quick(),
        ..SimConfig::default()
    };
    let fixture = Fixture::with(config).await;
    let mut refused = 0;
    for number in 0..120 {
        let (status, answer) = fixture
            .send(&receipt("+22670000001", &number.to_string()))
            .await;
        if status != 200 {
            assert_eq!(answer["error"]["code"], 130_429);
            refused += 1;
        }
    }
    let stats = fixture.sim.stats();
    let peak = stats.peak_per_second[sample::PHONE_NUMBER_ID];
    assert_eq!(
        refused,
        stats
            .refused_by_code
            .get(&130_429)
            .copied()
            .unwrap_or_default()
    );
    assert_eq!(
        refused > 0,
        peak > 88,
        "{refused} refused at a peak of {peak}"
    );
    assert_eq!(stats.message_posts, 120);
    assert_eq!(stats.accepted + refused, 120);
    fixture.stop().await;
}
