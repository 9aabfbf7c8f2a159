//! Every rule of a template's content: one broken alone is refused with its code; samples are uploaded first.

use meta_sim::sample;
use serde_json::{Value, json};

use crate::fixture::Fixture;

fn edge() -> String {
    format!("/v25.0/{}/message_templates", sample::WABA_ID)
}

fn body() -> Value {
    json!({"type": "BODY", "text": "Bonjour {{1}}, merci.", "example": {"body_text": [["Awa"]]}})
}

fn asked(name: &str, category: &str, components: &Value) -> Value {
    json!({"name": name, "language": "fr", "category": category, "components": components})
}

fn beside(component: &Value) -> Value {
    json!([component, body()])
}

fn buttons(list: &Value) -> Value {
    beside(&json!({"type": "BUTTONS", "buttons": list}))
}

fn header(text: &str, example: &str) -> Value {
    let example = json!({"header_text": [example]});
    beside(&json!({"type": "HEADER", "format": "TEXT", "text": text, "example": example}))
}

fn reply(text: &str) -> Value {
    json!({"type": "QUICK_REPLY", "text": text})
}

fn url(url: &str) -> Value {
    json!({"type": "URL", "text": "Voir", "url": url, "example": ["https://x.example/a"]})
}

fn phone() -> Value {
    json!({"type": "PHONE_NUMBER", "text": "Appeler", "phone_number": "+22625306100"})
}

fn otp(more: &Value) -> Value {
    let mut button = json!({"type": "OTP", "otp_type": "ONE_TAP"});
    button
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    json!([{"type": "BODY"}, {"type": "BUTTONS", "buttons": [button]}])
}

fn cards(count: usize, handle: &str, text: &str) -> Value {
    let card = json!({"components": [
        {"type": "header", "format": "image", "example": {"header_handle": [handle]}},
        {"type": "body", "text": text},
        {"type": "buttons", "buttons": [reply("Oui")]}]});
    beside(&json!({"type": "carousel", "cards": vec![card; count]}))
}

async fn uploaded(fixture: &Fixture) -> String {
    let begin = format!(
        "/v25.0/{}/uploads?file_name=a.jpg&file_length=10&file_type=image/jpeg",
        sample::APP_ID
    );
    let (status, session) = fixture.post(&begin, &json!({})).await;
    assert_eq!(status, 200, "{session}");
    let session = format!("/v25.0/{}", session["id"].as_str().unwrap());
    let send = async |offset: usize, bytes: &'static str| {
        let request = fixture.http.post(fixture.url(&session)).body(bytes);
        let request = request.header("file_offset", offset);
        let request = request.header("authorization", format!("OAuth {}", sample::TOKEN));
        let response = request.send().await.unwrap();
        (
            response.status().as_u16(),
            response.json::<Value>().await.unwrap(),
        )
    };
    assert_eq!(send(0, "0123").await.1["file_offset"], 4);
    assert_eq!(send(0, "0123").await.0, 400);
    assert_eq!(fixture.get(&session).await.1["file_offset"], 4);
    let (status, answer) = send(4, "456789").await;
    assert_eq!(status, 200, "{answer}");
    answer["h"].as_str().unwrap().to_owned()
}

type Case = (&'static str, Value, i64);

async fn all_refused(fixture: Fixture, cases: Vec<Case>) {
    for (index, (category, components, code)) in cases.into_iter().enumerate() {
        let call = asked("essai", category, &components);
        let (status, answer) = fixture.post(&edge(), &call).await;
        let got = answer["error"]["code"].as_i64();
        assert_eq!((status, got), (400, Some(code)), "{index}: {call} {answer}");
    }
    fixture.stop().await;
}

fn long(length: usize) -> String {
    "é".repeat(length)
}

#[tokio::test]
async fn texts_that_break_a_rule_are_refused_with_its_code() {
    let head = |format: &str| beside(&json!({"type": "HEADER", "format": format}));
    let foot = |text: &str| beside(&json!({"type": "FOOTER", "text": text}));
    let of = |text: &str, values: &[&str]| json!([{"type": "BODY", "text": text, "example": {"body_text": [values]}}]);
    let cases = [
        (header(&long(61), "1"), 2_388_040),
        (header("*Commande*", "1"), 2_388_047),
        (header("{{1}} et {{2}}", "1"), 2_388_047),
        (header("Commande {{1}}", ""), 2_388_047),
        (head("AUDIO"), 2_388_047),
        (head("IMAGE"), 2_388_047),
        (foot(""), 2_388_073),
        (foot(&long(61)), 2_388_040),
        (of("Bonjour {{Prénom}}, merci.", &["Awa"]), 2_388_072),
        (of("Bonjour {{2}}, merci.", &["Awa"]), 2_388_072),
        (of("Bonjour {{1}} et {{2}}, merci.", &["Awa"]), 2_388_072),
        (
            of("Le {{1}} {{2}} {{3}}, merci.", &["1", "2", "3"]),
            2_388_293,
        ),
    ];
    let cases = cases.map(|(components, code)| ("UTILITY", components, code));
    all_refused(Fixture::start().await, cases.into()).await;
}

#[tokio::test]
async fn buttons_that_break_a_rule_are_refused_with_its_code() {
    let bare = json!({"type": "URL", "text": "Voir", "url": "https://x.example/{{1}}"});
    let page = || url("https://x.example");
    let cases = [
        (json!([]), 100),
        (json!([reply("")]), 100),
        (json!([reply(&long(26))]), 2_388_040),
        (json!([reply("Oui"), phone(), reply("Non")]), 100),
        (json!([phone(), phone()]), 100),
        (json!([page(), page(), page()]), 100),
        (json!([url(&format!("https://{}", long(2_000)))]), 2_388_040),
        (json!([url("https://x.example/{{1}}/a")]), 100),
        (json!([url("boutique")]), 100),
        (json!([bare]), 100),
        (
            json!([{"type": "COPY_CODE", "example": "1234567890123456"}]),
            100,
        ),
        (json!([{"type": "FLOW", "text": "Ouvrir"}]), 100),
        (
            json!([{"type": "REQUEST_CONTACT_INFO", "text": "Moi"}]),
            100,
        ),
        (json!([{"type": "OTP", "otp_type": "COPY_CODE"}]), 100),
    ];
    let cases = cases.map(|(list, code)| ("UTILITY", buttons(&list), code));
    all_refused(Fixture::start().await, cases.into()).await;
}

#[tokio::test]
async fn offers_cards_and_codes_that_break_a_rule_are_refused_with_its_code() {
    let fixture = Fixture::start().await;
    let handle = uploaded(&fixture).await;
    let (utility, marketing, code) = ("UTILITY", "MARKETING", "AUTHENTICATION");
    let offer =
        |text: &str| json!({"type": "LIMITED_TIME_OFFER", "limited_time_offer": {"text": text}});
    let page = json!({"type": "BUTTONS", "buttons": [url("https://x.example")]});
    let footed = json!([offer("Vite"), body(), {"type": "FOOTER", "text": "Merci"}, page]);
    let app = json!({"package_name": "bf.x", "signature_hash": "court"});
    let robe = "Voici la robe.";
    let cases = vec![
        (utility, beside(&offer("Vite")), 100),
        (marketing, beside(&offer(&long(17))), 2_388_040),
        (marketing, footed, 100),
        (utility, cards(2, &handle, robe), 100),
        (marketing, cards(1, &handle, robe), 100),
        (marketing, cards(11, &handle, robe), 100),
        (marketing, cards(2, "4::x", robe), 2_388_047),
        (marketing, cards(2, &handle, &long(161)), 2_388_040),
        (code, json!([body()]), 2_388_072),
        (code, json!([{"type": "BODY"}]), 100),
        (code, otp(&json!({"otp_type": "ZERO_TAP"})), 100),
        (code, otp(&json!({"otp_type": "THREE_TAP"})), 100),
        (code, otp(&json!({"supported_apps": [app]})), 100),
    ];
    all_refused(fixture, cases).await;
}

#[tokio::test]
async fn valid_templates_of_every_form_are_taken_and_show_no_handle() {
    let fixture = Fixture::start().await;
    let handle = uploaded(&fixture).await;
    let media =
        json!({"type": "HEADER", "format": "IMAGE", "example": {"header_handle": [handle]}});
    let offer = json!({"type": "limited_time_offer", "limited_time_offer": {"text": "Vite", "has_expiration": true}});
    let contact = json!([{"type": "REQUEST_CONTACT_INFO"}]);
    let mixed = json!([
        reply("Oui"),
        reply("Non"),
        url("https://x.example/{{1}}"),
        phone()
    ]);
    let zero = otp(
        &json!({"otp_type": "ZERO_TAP", "zero_tap_terms_accepted": true,
        "supported_apps": [{"package_name": "bf.x", "signature_hash": "K8a/AINcGX7"}]}),
    );
    let forms = [
        ("UTILITY", header("Commande {{1}}", "12")),
        ("UTILITY", beside(&media.clone())),
        (
            "UTILITY",
            beside(&json!({"type": "HEADER", "format": "LOCATION"})),
        ),
        ("UTILITY", buttons(&mixed)),
        ("UTILITY", buttons(&contact)),
        (
            "MARKETING",
            json!([media, offer, body(), {"type": "BUTTONS", "buttons": [url("https://x.example")]}]),
        ),
        ("MARKETING", cards(10, &handle, "Voici la robe.")),
        ("AUTHENTICATION", zero),
    ];
    for (index, (category, components)) in forms.into_iter().enumerate() {
        let call = asked(&format!("forme_{index}"), category, &components);
        let (status, created) = fixture.post(&edge(), &call).await;
        assert_eq!(status, 200, "{components} {created}");
        let id = created["id"].as_str().unwrap();
        let (_, node) = fixture.get(&format!("/v25.0/{id}")).await;
        assert!(!node.to_string().contains("4::"), "{node}");
    }
    let shown = "https://scontent.whatsapp.net/v/t61/1?ccb=1-7";
    let again = cards(2, shown, "Voici la robe.");
    let (status, _) = fixture
        .post(&edge(), &asked("encore", "MARKETING", &again))
        .await;
    assert_eq!(status, 400, "an address is no handle");
    fixture.stop().await;
}

#[tokio::test]
async fn the_time_to_live_is_in_the_range_of_the_category() {
    let fixture = Fixture::start().await;
    let code = json!([{"type": "BODY"}, {"type": "BUTTONS", "buttons": [{"type": "OTP", "otp_type": "COPY_CODE"}]}]);
    let cases = [
        ("UTILITY", 29, false),
        ("UTILITY", 43_200, true),
        ("UTILITY", -1, true),
        ("MARKETING", 43_199, false),
        ("MARKETING", -1, false),
        ("MARKETING", 2_592_000, true),
        ("AUTHENTICATION", 901, false),
        ("AUTHENTICATION", 30, true),
    ];
    for (index, (category, seconds, taken)) in cases.into_iter().enumerate() {
        let components = if category == "AUTHENTICATION" {
            code.clone()
        } else {
            json!([body()])
        };
        let mut call = asked(&format!("duree_{index}"), category, &components);
        call["message_send_ttl_seconds"] = json!(seconds);
        let (status, answer) = fixture.post(&edge(), &call).await;
        assert_eq!(status == 200, taken, "{category} {seconds}: {answer}");
    }
    fixture.stop().await;
}
