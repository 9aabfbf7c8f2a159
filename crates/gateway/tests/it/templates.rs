//! Templates as read by their business, and requesting their synchronisation.

use broker::Queue;
use common::wire::SyncTemplates;
use meta_sim::sample;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Business, Harness, send};

#[tokio::test(flavor = "multi_thread")]
async fn templates_are_listed_with_their_variables() {
    let harness = Harness::start().await;
    let business = harness.business("Boutique Faso").await;
    harness.connect_number(&business).await;
    let body = json!({ "type": "BODY", "text": "Bonjour {{1}}, votre ticket {{2}} est prêt." });
    plant(
        &harness,
        &business,
        ("11", "ticket_de_caisse", "fr", "APPROVED"),
        &json!([body]),
    )
    .await;
    plant(
        &harness,
        &business,
        ("12", "soldes", "fr", "PAUSED"),
        &json!([body]),
    )
    .await;
    let products =
        json!({ "type": "BUTTONS", "buttons": [{ "type": "MPM", "text": "Voir les articles" }] });
    plant(
        &harness,
        &business,
        ("13", "vitrine", "fr", "APPROVED"),
        &json!([body, products]),
    )
    .await;
    let one = harness
        .get(&business.key, "/v1/templates/11")
        .await
        .expect(StatusCode::OK);
    assert_eq!(
        (&one["sendable"], &one["variables"], &one["unsupported"]),
        (&json!(true), &json!(["1", "2"]), &Value::Null)
    );
    assert_eq!(one["body"], body["text"]);
    let shown = harness
        .get(&business.key, "/v1/templates/13")
        .await
        .expect(StatusCode::OK);
    assert_eq!(
        (&shown["sendable"], &shown["unsupported"]),
        (&json!(false), &json!("MPM button"))
    );
    let reason = shown["unsupported_reason"].as_str().unwrap();
    assert!(reason.contains("products"), "{reason}");
}

#[tokio::test(flavor = "multi_thread")]
async fn variables_are_listed_once_and_unsendable_templates_have_a_reason() {
    let harness = Harness::start().await;
    let business = harness.business("Boutique Faso").await;
    harness.connect_number(&business).await;
    let bodies = [
        ("11", "Bonjour, la commande {{2}} de {{1}} est prête."),
        ("12", "Bonjour {{1}}, votre code {{2}}. Au revoir {{1}} !"),
        ("13", "Bonjour {{1}}, votre code {{3}}."),
        ("14", "Bonjour {{0}}, votre code {{1}}."),
    ];
    for (id, text) in bodies {
        let components = json!([{ "type": "BODY", "text": text }]);
        let template = (id, id, "fr", "APPROVED");
        plant(&harness, &business, template, &components).await;
    }
    for id in ["11", "12"] {
        let shown = show(&harness, &business, id).await;
        assert_eq!(shown["variables"], json!(["1", "2"]), "{id}");
        assert_eq!(shown["unsupported_reason"], Value::Null);
    }
    for id in ["13", "14"] {
        let shown = show(&harness, &business, id).await;
        assert_eq!(
            (&shown["sendable"], &shown["unsupported"]),
            (&json!(false), &json!("BODY"))
        );
        let reason = shown["unsupported_reason"].as_str().unwrap();
        assert!(
            reason.contains("not numbered {{1}}, {{2}} and so on"),
            "{reason}"
        );
        let problem = harness
            .post(
                &business.key,
                "/v1/messages",
                &message(id, &json!({"1": "Awa"})),
            )
            .await;
        assert_eq!(problem.problem(422), "template_unsupported");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_button_of_a_one_time_code_has_no_variable() {
    let harness = Harness::start().await;
    let business = harness.business("Boutique Faso").await;
    harness.connect_number(&business).await;
    let url = "https://www.whatsapp.com/otp/code/?otp_type=COPY_CODE&code=otp{{1}}";
    let components = json!([
        { "type": "BODY", "text": "*{{1}}* est votre code de vérification." },
        { "type": "BUTTONS", "buttons": [{ "type": "URL", "text": "Copier le code", "url": url }] }
    ]);
    let template = ("11", "11", "fr", "APPROVED");
    plant_as(&harness, &business, "AUTHENTICATION", template, &components).await;
    assert_eq!(
        show(&harness, &business, "11").await["variables"],
        json!(["1"])
    );
    let code = message("11", &json!({ "1": "482915" }));
    let answer = harness.post(&business.key, "/v1/messages", &code).await;
    answer.expect(StatusCode::ACCEPTED);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_marketing_template_without_a_recognised_opt_out_has_a_warning() {
    let harness = Harness::start().await;
    let business = harness.business("Boutique Faso").await;
    harness.connect_number(&business).await;
    for (id, category, reply) in [
        ("11", "MARKETING", "Ya basta"),
        ("12", "MARKETING", "Stop promotions"),
        ("13", "UTILITY", "Ya basta"),
    ] {
        let components = json!([
            { "type": "BODY", "text": "Bonjour." },
            { "type": "BUTTONS", "buttons": [{ "type": "QUICK_REPLY", "text": reply }] }
        ]);
        let template = (id, id, "fr", "APPROVED");
        plant_as(&harness, &business, category, template, &components).await;
    }
    let page = harness.get(&business.key, "/v1/templates").await;
    let page = page.expect(StatusCode::OK);
    let warnings = |item: &Value| item["warnings"].as_array().unwrap().clone();
    let warnings: Vec<_> = page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(warnings)
        .collect();
    assert_eq!(warnings[0][0]["code"], "opt_out_not_recognised");
    let explanation = warnings[0][0]["explanation"].as_str().unwrap();
    assert!(explanation.contains("Arrêter les promotions"));
    assert_eq!(
        [warnings[0].len(), warnings[1].len(), warnings[2].len()],
        [1, 0, 0]
    );
    assert_eq!(page["items"][0]["sendable"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn templates_are_found_by_name_status_and_account_and_read_page_by_page() {
    let harness = Harness::start().await;
    let business = harness.business("Boutique Faso").await;
    harness.connect_number(&business).await;
    for (id, name, status) in [
        ("11", "ticket_de_caisse", "APPROVED"),
        ("12", "soldes", "PAUSED"),
        ("13", "vitrine", "APPROVED"),
    ] {
        plant(&harness, &business, (id, name, "fr", status), &json!([])).await;
    }
    for (query, names) in [
        ("", vec!["soldes", "ticket_de_caisse", "vitrine"]),
        ("?status=APPROVED", vec!["ticket_de_caisse", "vitrine"]),
        ("?name=soldes", vec!["soldes"]),
        ("?waba_id=7", vec![]),
    ] {
        assert_eq!(list(&harness, &business, query).await.0, names, "{query}");
    }
    let (first, cursor) = list(&harness, &business, "?limit=2").await;
    let (second, end) = list(
        &harness,
        &business,
        &format!("?limit=2&cursor={}", cursor.unwrap()),
    )
    .await;
    assert_eq!(
        [first, second].concat(),
        ["soldes", "ticket_de_caisse", "vitrine"]
    );
    assert_eq!(end, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_synchronisation_is_requested_for_an_account_of_the_business() {
    let harness = Harness::start().await;
    let business = harness.business("Boutique Faso").await;
    harness.connect_number(&business).await;
    harness
        .next_payload::<SyncTemplates>(Queue::SyncTemplates)
        .await;
    let ask = async |waba_id: &str| {
        let request = harness.request(Method::POST, "/v1/templates/sync", &business.key);
        send(request.json(&json!({ "waba_id": waba_id }))).await
    };
    ask(sample::WABA_ID).await.expect(StatusCode::ACCEPTED);
    let job: SyncTemplates = harness.next_payload(Queue::SyncTemplates).await;
    assert_eq!(job.business_id.to_string(), business.id);
    let foreign = ask("4711").await;
    assert_eq!(
        (foreign.problem(422).as_str(), foreign.pointers()),
        ("body_invalid", vec!["/waba_id".to_owned()])
    );
}

async fn show(harness: &Harness, business: &Business, template_id: &str) -> Value {
    let path = format!("/v1/templates/{template_id}");
    harness
        .get(&business.key, &path)
        .await
        .expect(StatusCode::OK)
}

fn message(template: &str, variables: &Value) -> Value {
    json!({
        "from": sample::PHONE_NUMBER_ID,
        "to": "70 11 22 33",
        "template": { "name": template, "language": "fr" },
        "variables": variables
    })
}

async fn list(
    harness: &Harness,
    business: &Business,
    query: &str,
) -> (Vec<String>, Option<String>) {
    let page = harness
        .get(&business.key, &format!("/v1/templates{query}"))
        .await
        .expect(StatusCode::OK);
    let name = |item: &Value| item["name"].as_str().unwrap().to_owned();
    let names = page["items"].as_array().unwrap().iter().map(name).collect();
    (names, page["next_cursor"].as_str().map(ToOwned::to_owned))
}

async fn plant(
    harness: &Harness,
    business: &Business,
    template: (&str, &str, &str, &str),
    components: &Value,
) {
    plant_as(harness, business, "UTILITY", template, components).await;
}

async fn plant_as(
    harness: &Harness,
    business: &Business,
    category: &str,
    template: (&str, &str, &str, &str),
    components: &Value,
) {
    let (id, name, language, status) = template;
    let sql = "insert into templates (business_id, template_id, waba_id, name, language, category, status,
        parameter_format, components, synced_at)
        values ($1::text::uuid, $2, $3, $4, $5, $6, $7, 'POSITIONAL', $8, now())";
    let admin = harness.db.admin().await;
    let waba_id = sample::WABA_ID;
    admin
        .execute(
            sql,
            &[
                &business.id,
                &id,
                &waba_id,
                &name,
                &language,
                &category,
                &status,
                &components,
            ],
        )
        .await
        .unwrap();
}
