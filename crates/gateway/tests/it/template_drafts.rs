//! Drafts of templates: saving, versions, differences, duplicates, and what they say of Meta's rules.

use meta_sim::sample;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::harness::{Answer, send};
use crate::shop::Shop;

/// A template that keeps every rule.
pub(crate) fn definition(name: &str) -> Value {
    json!({
        "name": name,
        "language": "fr",
        "category": "UTILITY",
        "parameter_format": "POSITIONAL",
        "components": [{
            "type": "BODY",
            "text": "Bonjour {{1}}, votre commande {{2}} est prête à la boutique de Koulouba.",
            "example": { "body_text": [["Awa", "860198"]] },
        }],
    })
}

impl Shop {
    pub(crate) async fn save_draft(&self, template: &Value) -> Answer {
        let body = json!({ "waba_id": sample::WABA_ID, "template": template });
        self.post("/v1/templates/drafts", &body).await
    }

    /// The id of a new draft.
    pub(crate) async fn draft_of(&self, template: &Value) -> String {
        let saved = self.save_draft(template).await.expect(StatusCode::CREATED);
        saved["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn send_as(&self, method: Method, path: &str) -> Answer {
        send(self.harness.request(method, path, &self.business.key)).await
    }

    pub(crate) async fn save_version(
        &self,
        draft: &str,
        expected_version: &Value,
        template: &Value,
    ) -> Answer {
        let path = format!("/v1/templates/drafts/{draft}");
        let body = json!({ "expected_version": expected_version, "template": template });
        let request = self.harness.request(Method::PUT, &path, &self.business.key);
        send(request.json(&body)).await
    }
}

fn with_body(name: &str, text: &str) -> Value {
    let mut template = definition(name);
    template["components"][0]["text"] = json!(text);
    template
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_saved_in_versions_that_name_their_author() {
    let shop = Shop::open().await;
    let first = definition("commande_prete");
    let saved = shop.save_draft(&first).await.expect(StatusCode::CREATED);
    assert_eq!(
        (
            &saved["version"],
            &saved["valid"],
            &saved["faults"],
            &saved["template"]
        ),
        (&json!(1), &json!(true), &json!([]), &first)
    );
    assert_eq!(
        saved["author"],
        json!({ "key_id": shop.business.key_id, "name": "till 1" })
    );
    assert_eq!(saved["price"]["class"], "utility");
    let id = saved["id"].as_str().unwrap();
    let second = with_body(
        "commande_prete",
        "Bonjour {{1}}, la commande {{2}} vous attend ici.",
    );
    let saved = shop.save_version(id, &json!(1), &second).await;
    assert_eq!(saved.expect(StatusCode::OK)["version"], 2);
    let path = format!("/v1/templates/drafts/{id}");
    let read = shop.get(&path).await.expect(StatusCode::OK);
    assert_eq!((&read["template"], &read["version"]), (&second, &json!(2)));
    let versions = shop
        .get(&format!("{path}/versions?limit=1"))
        .await
        .expect(StatusCode::OK);
    assert_eq!(versions["items"][0]["version"], 2);
    let next = versions["next_cursor"].as_str().unwrap();
    let rest = shop.get(&format!("{path}/versions?cursor={next}")).await;
    let rest = rest.expect(StatusCode::OK);
    assert_eq!(
        (&rest["items"][0]["version"], &rest["next_cursor"]),
        (&json!(1), &Value::Null)
    );
    let old = shop
        .get(&format!("{path}/versions/1"))
        .await
        .expect(StatusCode::OK);
    assert_eq!(
        (&old["template"], &old["author"]["name"]),
        (&first, &json!("till 1"))
    );
    assert_eq!(
        shop.get(&format!("{path}/versions/3")).await.problem(404),
        "not_found"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_platform_writes_drafts_without_a_name() {
    let shop = Shop::open().await;
    let path = format!("/v1/businesses/{}/templates/drafts", shop.business.id);
    let body = json!({ "waba_id": sample::WABA_ID, "template": definition("offre") });
    let saved = shop
        .harness
        .post(&shop.harness.platform, &path, &body)
        .await;
    assert_eq!(
        saved.expect(StatusCode::CREATED)["author"]["name"],
        Value::Null
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_version_that_was_saved_meanwhile_is_not_overwritten() {
    let shop = Shop::open().await;
    let id = shop.draft_of(&definition("commande_prete")).await;
    let mine = with_body(
        "commande_prete",
        "Bonjour {{1}}, la commande {{2}} vous attend.",
    );
    // An integer with a fraction of zero is an integer.
    let saved = shop.save_version(&id, &json!(1.0), &mine).await;
    saved.expect(StatusCode::OK);
    let other = with_body("commande_prete", "Bonjour {{1}}, la commande {{2}} arrive.");
    let refused = shop.save_version(&id, &json!(1), &other).await;
    assert_eq!(refused.problem(409), "version_conflict");
    assert_eq!(refused.json()["current_version"], 2);
    // A call that is repeated because its answer was lost.
    let repeated = shop.save_version(&id, &json!(1), &mine).await;
    assert_eq!(repeated.expect(StatusCode::OK)["version"], 2);
    for expected in [json!(0), json!(-1), json!(1.5), json!("2"), json!(null)] {
        let refused = shop.save_version(&id, &expected, &other).await;
        assert_eq!(refused.problem(422), "body_invalid", "{expected}");
        assert_eq!(refused.pointers(), ["/expected_version"], "{expected}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_saves_at_once_do_not_overwrite_each_other() {
    let shop = Shop::open().await;
    let id = shop.draft_of(&definition("commande_prete")).await;
    let texts = [
        "Bonjour {{1}}, {{2}} est là.",
        "Bonjour {{1}}, {{2}} est prête.",
    ];
    let [first, second] = texts.map(|text| with_body("commande_prete", text));
    let expected = json!(1);
    let (first, second) = tokio::join!(
        shop.save_version(&id, &expected, &first),
        shop.save_version(&id, &expected, &second)
    );
    let mut statuses = [first.status, second.status];
    statuses.sort();
    assert_eq!(statuses, [StatusCode::OK, StatusCode::CONFLICT]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_versions_are_compared() {
    let shop = Shop::open().await;
    let id = shop.draft_of(&definition("commande_prete")).await;
    let changed = with_body(
        "commande_prete",
        "Bonjour {{1}}, la commande {{2}} vous attend.",
    );
    shop.save_version(&id, &json!(1), &changed)
        .await
        .expect(StatusCode::OK);
    let path = format!("/v1/templates/drafts/{id}/diff");
    for query in ["", "?from=1&to=2", "?from=1"] {
        let compared = shop
            .get(&format!("{path}{query}"))
            .await
            .expect(StatusCode::OK);
        let difference = &compared["differences"][0];
        assert_eq!(difference["pointer"], "/components/0/text", "{query}");
        assert_eq!(
            difference["new"], changed["components"][0]["text"],
            "{query}"
        );
        assert_eq!(compared["differences"].as_array().unwrap().len(), 1);
        assert_eq!(
            (&compared["from"]["version"], &compared["to"]["version"]),
            (&json!(1), &json!(2))
        );
        assert_eq!(compared["to"]["author"]["name"], "till 1");
    }
    for query in ["?from=3", "?to=0", "?to=zwei", "?from=-1"] {
        let refused = shop.get(&format!("{path}{query}")).await;
        assert_eq!(refused.problem(400), "query_invalid", "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_and_language_of_an_account_has_one_draft() {
    let shop = Shop::open().await;
    let id = shop.draft_of(&definition("commande_prete")).await;
    let again = shop.save_draft(&definition("commande_prete")).await;
    assert_eq!(again.problem(409), "draft_exists");
    assert!(again.json()["detail"].as_str().unwrap().contains(&id));
    let path = format!("/v1/templates/drafts/{id}");
    let copy = async |body: Value| shop.post(&format!("{path}/duplicate"), &body).await;
    assert_eq!(copy(json!({})).await.problem(409), "draft_exists");
    let english = copy(json!({ "language": "en_US" }))
        .await
        .expect(StatusCode::CREATED);
    assert_eq!(english["template"]["language"], "en_US");
    assert_eq!(
        (&english["language"], &english["version"]),
        (&json!("en_US"), &json!(1))
    );
    assert_eq!(
        copy(json!({ "waba_id": "4711" })).await.pointers(),
        ["/waba_id"]
    );
    let renamed = copy(json!({ "name": "commande_2" }))
        .await
        .expect(StatusCode::CREATED);
    assert_eq!(renamed["template"]["name"], "commande_2");
    let other = renamed["id"].as_str().unwrap();
    let taken = shop
        .save_version(other, &json!(1), &definition("commande_prete"))
        .await;
    assert_eq!(taken.problem(409), "draft_exists");
    for (query, found) in [
        ("", 3),
        ("?language=fr", 2),
        ("?name=commande_2", 1),
        ("?waba_id=7", 0),
    ] {
        let list = shop
            .get(&format!("/v1/templates/drafts{query}"))
            .await
            .expect(StatusCode::OK);
        assert_eq!(list["items"].as_array().unwrap().len(), found, "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_discarded_draft_is_gone_and_its_name_is_free() {
    let shop = Shop::open().await;
    let id = shop.draft_of(&definition("commande_prete")).await;
    let path = format!("/v1/templates/drafts/{id}");
    for _ in 0..2 {
        let discarded = shop.send_as(Method::DELETE, &path).await;
        assert_eq!(discarded.status, StatusCode::NO_CONTENT);
    }
    assert_eq!(shop.get(&path).await.problem(404), "not_found");
    let publish = shop.post(&format!("{path}/publish"), &json!({})).await;
    assert_eq!(publish.problem(404), "not_found");
    shop.draft_of(&definition("commande_prete")).await;
    let events = shop.get("/v1/events").await.expect(StatusCode::OK);
    let events: Vec<(&str, &Value)> = events["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| (event["type"].as_str().unwrap(), &event["data"]["draft_id"]))
        .filter(|(name, _)| name.starts_with("template.draft"))
        .collect();
    assert_eq!(events[0], ("template.draft_saved", &json!(id)));
    assert_eq!(events[1], ("template.draft_discarded", &json!(id)));
    assert_eq!((events.len(), events[2].0), (3, "template.draft_saved"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_may_break_rules_but_has_name_language_and_category() {
    let shop = Shop::open().await;
    let broken = json!({ "name": "x", "language": "fr" });
    let refused = shop.save_draft(&broken).await;
    assert_eq!(refused.problem(422), "body_invalid");
    assert_eq!(refused.pointers(), ["/template/category"]);
    let broken = json!({ "name": "", "language": 7, "category": "c".repeat(65) });
    let pointers = shop.save_draft(&broken).await.pointers();
    assert_eq!(
        pointers,
        ["/template/name", "/template/language", "/template/category"]
    );
    for template in [json!([]), json!("offre"), json!(null)] {
        assert_eq!(shop.save_draft(&template).await.pointers(), ["/template"]);
    }
    let body = json!({ "waba_id": "4711", "template": definition("offre") });
    let foreign = shop.post("/v1/templates/drafts", &body).await;
    assert_eq!(foreign.pointers(), ["/waba_id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_call_creates_one_draft() {
    let shop = Shop::open().await;
    let body = json!({ "waba_id": sample::WABA_ID, "template": definition("offre") });
    let first = shop.post_as("/v1/templates/drafts", "once", &body).await;
    let again = shop.post_as("/v1/templates/drafts", "once", &body).await;
    assert_eq!(first.body, again.body);
    assert_eq!(again.header("idempotency-replayed"), "true");
    let without = shop
        .harness
        .request(Method::POST, "/v1/templates/drafts", &shop.business.key);
    let without = send(without.json(&body)).await;
    assert_eq!(without.problem(400), "idempotency_key_missing");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_at_meta_is_edited_in_a_draft_of_its_name() {
    let shop = Shop::open().await;
    let ticket = "594425479261591";
    let path = format!("/v1/templates/{ticket}/draft");
    let draft = shop
        .post(&path, &json!({}))
        .await
        .expect(StatusCode::CREATED);
    assert_eq!(
        (&draft["template_id"], &draft["name"]),
        (&json!(ticket), &json!("ticket"))
    );
    let template = &draft["template"];
    assert_eq!(
        template["components"][0]["text"],
        "Merci {{1}}, total {{2}} FCFA."
    );
    assert_eq!(
        shop.post(&path, &json!({})).await.problem(409),
        "draft_exists"
    );
    let id = draft["id"].as_str().unwrap();
    let mut renamed = template.clone();
    renamed["name"] = json!("ticket_2");
    let refused = shop.save_version(id, &json!(1), &renamed).await;
    assert_eq!(refused.pointers(), ["/template"]);
    let absent = shop.post("/v1/templates/99/draft", &json!({})).await;
    assert_eq!(absent.problem(404), "not_found");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_is_validated_without_being_stored() {
    let shop = Shop::open().await;
    let validate = async |template: &Value| {
        let request =
            shop.harness
                .request(Method::POST, "/v1/templates/validate", &shop.business.key);
        let answer = send(request.json(&json!({ "template": template }))).await;
        answer.expect(StatusCode::OK)
    };
    let valid = validate(&definition("offre")).await;
    assert_eq!(
        (&valid["valid"], &valid["faults"]),
        (&json!(true), &json!([]))
    );
    assert_eq!(valid["price"]["class"], "utility");
    assert!(
        valid["price"]["explanation"]["fr"]
            .as_str()
            .unwrap()
            .contains("Meta")
    );
    let mut nameless = definition("offre");
    nameless.as_object_mut().unwrap().remove("name");
    let invalid = validate(&nameless).await;
    assert_eq!(invalid["valid"], false);
    let fault = &invalid["faults"][0];
    assert_eq!(fault["pointer"], "/name");
    assert!(fault["rule"].is_string() && fault["en"].is_string() && fault["fr"].is_string());
    assert_eq!(shop.count("select count(*) from template_drafts").await, 0);
}
