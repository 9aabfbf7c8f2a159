//! The life of templates at Meta: reviews, pauses, categories, archive, limits of managing, each with its webhook.

use std::time::Duration;

use meta_sim::{
    CategoryChange, CategoryChangeTime, Limits, Pause, ReviewBehaviour, ReviewRule, TemplateKey,
    TemplateLimits, TemplateQuality, sample,
};
use serde_json::{Value, json};

use crate::fixture::Fixture;

const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(24 * 3_600);

fn edge() -> String {
    format!("/v25.0/{}/message_templates", sample::WABA_ID)
}

fn hello(name: &str) -> Value {
    let body = json!({"type": "BODY", "text": "Bonjour {{1}}, merci.", "example": {"body_text": [["Awa"]]}});
    json!({"name": name, "language": "fr", "category": "UTILITY", "components": [body]})
}

fn key(name: &str) -> TemplateKey {
    TemplateKey {
        waba_id: sample::WABA_ID.to_owned(),
        name: name.to_owned(),
        language: "fr".to_owned(),
    }
}

fn quick_review(rules: Vec<ReviewRule>) -> ReviewBehaviour {
    ReviewBehaviour {
        after_ms: Some(60_000),
        rules,
    }
}

fn template_limits(fixture: &Fixture, templates: TemplateLimits) {
    fixture.sim.set_limits(Limits {
        templates,
        ..Limits::default()
    });
}

async fn created(fixture: &Fixture, name: &str) -> String {
    let (status, created) = fixture.post(&edge(), &hello(name)).await;
    assert_eq!(status, 200, "{created}");
    created["id"].as_str().unwrap().to_owned()
}

async fn node(fixture: &Fixture, id: &str) -> Value {
    let fields = "status,category,previous_category,correct_category,quality_score,rejected_reason";
    fixture.get(&format!("/v25.0/{id}?fields={fields}")).await.1
}

async fn delete(fixture: &Fixture, query: &str) -> u16 {
    let request = fixture
        .http
        .delete(fixture.url(&format!("{}?{query}", edge())));
    let response = request.bearer_auth(sample::TOKEN).send().await.unwrap();
    response.status().as_u16()
}

/// The values of all webhooks of a field, in the order of arrival.
async fn reported(fixture: &Fixture, field: &str) -> Vec<Value> {
    fixture.settled().await;
    let mut values = Vec::new();
    for got in fixture.inbox.all().await {
        let body = got.json();
        let change = &body["entry"][0]["changes"][0];
        if change["field"] == field {
            values.push(change["value"].clone());
        }
    }
    values
}

async fn events(fixture: &Fixture) -> Vec<String> {
    let values = reported(fixture, "message_template_status_update").await;
    let mut events: Vec<String> = values
        .iter()
        .map(|value| value["event"].as_str().unwrap().to_owned())
        .collect();
    events.sort();
    events
}

#[tokio::test]
async fn a_review_ends_after_its_time_as_the_rules_say() {
    let fixture = Fixture::start().await;
    let refused = ReviewRule {
        name: Some("refuse".to_owned()),
        event: "REJECTED".to_owned(),
        reason: Some("INVALID_FORMAT".to_owned()),
        ..ReviewRule::default()
    };
    let moved = ReviewRule {
        name: Some("publicite".to_owned()),
        category: Some("MARKETING".to_owned()),
        ..ReviewRule::default()
    };
    fixture.sim.set_review(quick_review(vec![refused, moved]));
    let ids = [
        created(&fixture, "bonjour").await,
        created(&fixture, "refuse").await,
        created(&fixture, "publicite").await,
    ];
    assert_eq!(node(&fixture, &ids[0]).await["status"], "PENDING");
    fixture.sim.advance_clock(Duration::from_secs(61));
    let [approved, rejected, moved] = [
        node(&fixture, &ids[0]).await,
        node(&fixture, &ids[1]).await,
        node(&fixture, &ids[2]).await,
    ];
    assert_eq!(approved["status"], "APPROVED");
    assert_eq!(rejected["status"], "REJECTED");
    assert_eq!(rejected["rejected_reason"], "INVALID_FORMAT");
    assert_eq!(
        (&moved["status"], &moved["category"]),
        (&json!("APPROVED"), &json!("MARKETING"))
    );
    let expected = [
        "APPROVED", "APPROVED", "PENDING", "PENDING", "PENDING", "REJECTED",
    ];
    assert_eq!(events(&fixture).await, expected);
    fixture.stop().await;
}

#[tokio::test]
async fn low_quality_pauses_twice_and_then_disables() {
    let fixture = Fixture::start().await;
    let id = created(&fixture, "bonjour").await;
    fixture.sim.review_template(&key("bonjour")).unwrap();
    let red = TemplateQuality {
        template: key("bonjour"),
        score: "RED".to_owned(),
    };
    fixture.sim.set_template_quality(&red).unwrap();
    assert_eq!(node(&fixture, &id).await["quality_score"]["score"], "RED");
    let [quality] = &reported(&fixture, "message_template_quality_update").await[..] else {
        panic!("the quality was not reported once");
    };
    assert_eq!(quality["previous_quality_score"], "UNKNOWN");
    assert_eq!(quality["new_quality_score"], "RED");

    let pause = Pause {
        template: key("bonjour"),
        title: None,
    };
    for hours in [3, 6] {
        fixture.sim.pause_template(&pause).unwrap();
        fixture
            .sim
            .advance_clock(HOUR * hours - Duration::from_secs(60));
        assert_eq!(node(&fixture, &id).await["status"], "PAUSED", "{hours}");
        fixture.sim.advance_clock(Duration::from_secs(61));
        assert_eq!(node(&fixture, &id).await["status"], "APPROVED", "{hours}");
    }
    fixture.sim.pause_template(&pause).unwrap();
    assert_eq!(node(&fixture, &id).await["status"], "DISABLED");
    assert_eq!(delete(&fixture, "name=bonjour").await, 400);
    let statuses = reported(&fixture, "message_template_status_update").await;
    let titles: Vec<_> = statuses
        .iter()
        .filter_map(|value| value["other_info"]["title"].as_str())
        .collect();
    assert_eq!(titles.len(), 4, "{titles:?}");
    assert!(titles.contains(&"FIRST_PAUSE") && titles.contains(&"SECOND_PAUSE"));
    assert!(
        statuses
            .iter()
            .any(|value| value["disable_info"]["disable_date"].is_i64())
    );
    fixture.stop().await;
}

#[tokio::test]
async fn a_pause_is_ended_by_a_call_after_five_minutes() {
    let fixture = Fixture::start().await;
    let id = created(&fixture, "bonjour").await;
    let unpause = format!("/v25.0/{id}/unpause");
    assert_eq!(fixture.post(&unpause, &json!({})).await.0, 400);
    fixture.sim.review_template(&key("bonjour")).unwrap();
    let pause = Pause {
        template: key("bonjour"),
        title: Some("RATE_LIMITING_PAUSE".to_owned()),
    };
    fixture.sim.pause_template(&pause).unwrap();
    assert_eq!(fixture.post(&unpause, &json!({})).await.0, 400);
    fixture.sim.advance_clock(DAY);
    assert_eq!(node(&fixture, &id).await["status"], "PAUSED");
    assert_eq!(fixture.post(&unpause, &json!({})).await.0, 200);
    assert_eq!(node(&fixture, &id).await["status"], "APPROVED");
    fixture.stop().await;
}

#[tokio::test]
async fn a_category_changes_a_day_after_its_announcement() {
    let fixture = Fixture::start().await;
    let id = created(&fixture, "bonjour").await;
    let change = |category: &str, when| CategoryChange {
        template: key("bonjour"),
        category: category.to_owned(),
        when,
    };
    let announced = change("MARKETING", CategoryChangeTime::InADay);
    fixture.sim.change_template_category(&announced).unwrap();
    let before = node(&fixture, &id).await;
    assert_eq!(
        (&before["category"], &before["correct_category"]),
        (&json!("UTILITY"), &json!("MARKETING"))
    );
    fixture.settled().await;
    fixture.sim.advance_clock(DAY + Duration::from_secs(1));
    let after = node(&fixture, &id).await;
    assert_eq!(
        (&after["category"], &after["previous_category"]),
        (&json!("MARKETING"), &json!("UTILITY"))
    );
    let [coming, done] = &reported(&fixture, "template_category_update").await[..] else {
        panic!("not reported twice");
    };
    assert_eq!(coming["new_category"], "UTILITY");
    assert_eq!(coming["correct_category"], "MARKETING");
    assert!(coming["category_update_timestamp"].is_i64());
    assert_eq!(done["previous_category"], "UTILITY");
    assert_eq!(done["new_category"], "MARKETING");

    let detected = change("UTILITY", CategoryChangeTime::Never);
    fixture.sim.change_template_category(&detected).unwrap();
    let values = reported(&fixture, "template_correct_category_detection").await;
    assert_eq!(values[0]["correct_category"], "UTILITY");
    assert_eq!(node(&fixture, &id).await["category"], "MARKETING");
    fixture.stop().await;
}

#[tokio::test]
async fn an_archived_template_comes_back_or_is_deleted_after_28_days() {
    let fixture = Fixture::start().await;
    let (kept, lost) = (
        created(&fixture, "garde").await,
        created(&fixture, "perdu").await,
    );
    for name in ["garde", "perdu"] {
        fixture.sim.review_template(&key(name)).unwrap();
    }
    let both = json!({"hsm_ids": format!("{kept},{lost},1")});
    let (status, answer) = fixture.post(&format!("{}/archive", edge()), &both).await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["archived_templates"], json!([kept, lost]));
    assert_eq!(
        answer["failed_templates"],
        json!({"1": "Template not found"})
    );
    let back = json!({"hsm_ids": [kept]});
    let (_, answer) = fixture.post(&format!("{}/unarchive", edge()), &back).await;
    assert_eq!(answer["unarchived_templates"], json!([kept]));
    fixture.sim.advance_clock(DAY * 28 + HOUR);
    assert_eq!(node(&fixture, &kept).await["status"], "APPROVED");
    assert_eq!(fixture.get(&format!("/v25.0/{lost}")).await.0, 400);
    fixture.stop().await;
}

#[tokio::test]
async fn a_name_exists_once_and_is_blocked_after_a_deletion() {
    let fixture = Fixture::start().await;
    let subcode = async || {
        let (_, answer) = fixture.post(&edge(), &hello("bonjour")).await;
        assert!(answer["error"]["error_user_msg"].is_string(), "{answer}");
        answer["error"]["error_subcode"].as_i64()
    };
    created(&fixture, "bonjour").await;
    assert_eq!(subcode().await, Some(2_388_024));
    fixture.sim.review_template(&key("bonjour")).unwrap();
    assert_eq!(delete(&fixture, "name=bonjour").await, 200);
    assert_eq!(subcode().await, Some(2_388_023));
    fixture.sim.advance_clock(DAY * 30 + HOUR);
    created(&fixture, "bonjour").await;
    // One that was never approved does not block its name.
    assert_eq!(delete(&fixture, "name=bonjour").await, 200);
    created(&fixture, "bonjour").await;
    fixture.stop().await;
}

#[tokio::test]
async fn an_approved_template_is_edited_once_a_day() {
    let fixture = Fixture::start().await;
    let id = created(&fixture, "bonjour").await;
    let edit = async |text: &str| {
        fixture.sim.review_template(&key("bonjour")).unwrap();
        let change = json!({"components": [{"type": "BODY", "text": text}]});
        fixture.post(&format!("/v25.0/{id}"), &change).await.0
    };
    assert_eq!(edit("Bonsoir, merci.").await, 200);
    assert_eq!(edit("Bonne nuit, merci.").await, 400);
    for _ in 0..9 {
        fixture.sim.advance_clock(DAY + HOUR);
        assert_eq!(edit("Bonsoir, merci.").await, 200);
    }
    fixture.sim.advance_clock(DAY + HOUR);
    assert_eq!(edit("Bonsoir, merci.").await, 400, "ten times in 30 days");
    let category = json!({"category": "MARKETING"});
    fixture.sim.advance_clock(DAY * 30);
    assert_eq!(
        fixture.post(&format!("/v25.0/{id}"), &category).await.0,
        400
    );
    let values = reported(&fixture, "message_template_components_update").await;
    assert_eq!(values.len(), 10);
    assert_eq!(values[0]["message_template_element"], "Bonsoir, merci.");
    fixture.stop().await;
}

#[tokio::test]
async fn creations_and_templates_of_an_account_are_limited() {
    let fixture = Fixture::start().await;
    let code = async |name: &str| {
        let (_, answer) = fixture.post(&edge(), &hello(name)).await;
        answer["error"]["code"].as_i64()
    };
    template_limits(
        &fixture,
        TemplateLimits {
            creations_per_hour: 2,
            ..TemplateLimits::default()
        },
    );
    assert_eq!(code("un").await, None);
    assert_eq!(code("deux").await, None);
    assert_eq!(code("trois").await, Some(80_008));
    fixture.sim.advance_clock(HOUR);
    assert_eq!(code("trois").await, None);

    let full = TemplateLimits {
        templates_per_account: Some(3),
        ..TemplateLimits::default()
    };
    template_limits(&fixture, full);
    assert_eq!(code("quatre").await, Some(2_388_019));
    let same = TemplateLimits {
        refuse_same_text: true,
        ..TemplateLimits::default()
    };
    template_limits(&fixture, same);
    assert_eq!(code("cinq").await, Some(100));
    fixture.stop().await;
}

#[tokio::test]
async fn a_used_up_budget_refuses_calls_and_says_for_how_long() {
    let fixture = Fixture::start().await;
    template_limits(
        &fixture,
        TemplateLimits {
            calls_per_hour: Some(2),
            ..TemplateLimits::default()
        },
    );
    let call = async || {
        let request = fixture.http.get(fixture.url(&edge()));
        let response = request.bearer_auth(sample::TOKEN).send().await.unwrap();
        let header = response.headers()["x-business-use-case-usage"]
            .to_str()
            .unwrap();
        let header: Value = serde_json::from_str(header).unwrap();
        (
            response.status().as_u16(),
            header[sample::WABA_ID][0].clone(),
        )
    };
    assert_eq!(call().await.1["call_count"], 50);
    assert_eq!(call().await.1["call_count"], 100);
    let (status, used) = call().await;
    assert_eq!(status, 400);
    assert_eq!(used["estimated_time_to_regain_access"], 60);
    fixture.sim.advance_clock(HOUR);
    assert_eq!(call().await.0, 200);
    let counts = fixture.sim.stats().management_calls[sample::WABA_ID];
    assert_eq!(
        (counts.served, counts.refused, counts.peak_per_hour),
        (3, 1, 2)
    );
    let (_, stats) = fixture.get("/sim/stats").await;
    assert_eq!(stats["management_calls"][sample::WABA_ID]["served"], 3);
    fixture.stop().await;
}

#[tokio::test]
async fn the_control_api_drives_the_life_of_a_template() {
    let fixture = Fixture::start().await;
    let review =
        json!({"after_ms": 3_600_000, "rules": [{"text": "merci", "category": "MARKETING"}]});
    let put = fixture.http.put(fixture.url("/sim/templates/review"));
    assert_eq!(
        put.json(&review).send().await.unwrap().status().as_u16(),
        204
    );
    let id = created(&fixture, "bonjour").await;
    let forward = json!({"advance_seconds": 3_601});
    assert_eq!(fixture.post("/sim/clock", &forward).await.0, 204);
    assert_eq!(node(&fixture, &id).await["category"], "MARKETING");
    let with = |more: Value| {
        let mut call = json!({"waba_id": sample::WABA_ID, "name": "bonjour", "language": "fr"});
        call.as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        call
    };
    for (path, more) in [
        ("quality", json!({"score": "YELLOW"})),
        (
            "category",
            json!({"category": "UTILITY", "when": "in_a_day"}),
        ),
        ("status", json!({"event": "IN_APPEAL"})),
        ("review", json!({})),
    ] {
        let status = fixture
            .post(&format!("/sim/templates/{path}"), &with(more))
            .await
            .0;
        assert_eq!(status, 204, "{path}");
    }
    let node = node(&fixture, &id).await;
    assert_eq!(
        (&node["status"], &node["correct_category"]),
        (&json!("APPROVED"), &json!("UTILITY"))
    );
    fixture.stop().await;
}
