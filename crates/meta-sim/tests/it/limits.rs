//! Meta's limits: throughput, pair rate, messaging limit; and pacing of templates.

use meta_sim::{
    Account, Inbound, Limits, Number, Paced, RefusedIn, SimConfig, TemplateKey, Verdict,
    WebhookBehaviour, sample,
};
use serde_json::{Value, json};

use crate::fixture::{Fixture, receipt, text};

const PERSON: &str = "+22670000001";

async fn limited(limits: Limits) -> Fixture {
    Fixture::with(SimConfig {
        behaviour: WebhookBehaviour::quick(),
        limits,
        ..SimConfig::default()
    })
    .await
}

fn number(change: impl FnOnce(&mut Number)) -> Account {
    let mut number = Number {
        id: sample::PHONE_NUMBER_ID.to_owned(),
        ..Number::default()
    };
    change(&mut number);
    Account {
        waba_id: sample::WABA_ID.to_owned(),
        numbers: vec![number],
        ..Account::default()
    }
}

fn inbound_text(from: &str) -> Inbound {
    let message = json!({"type": "text", "text": {"body": "Bonjour"}});
    Inbound {
        phone_number_id: sample::PHONE_NUMBER_ID.to_owned(),
        from: from.to_owned(),
        profile_name: None,
        message: message.as_object().unwrap().clone(),
        ..Inbound::default()
    }
}

/// The codes of all `failed` statuses.
async fn failures(fixture: &Fixture) -> Vec<i64> {
    let statuses = fixture.inbox.statuses().await;
    let failed = statuses.iter().filter(|s| s["status"] == "failed");
    failed
        .map(|status| status["errors"][0]["code"].as_i64().unwrap())
        .collect()
}

#[tokio::test]
async fn a_number_that_the_app_uses_too_has_20_a_second_and_inbound_counts() {
    let fixture = limited(Limits {
        throughput_tolerance: 0.0,
        ..Limits::default()
    })
    .await;
    let shared = number(|number| number.is_on_biz_app = true);
    fixture.sim.put_account(shared).unwrap();
    for _ in 0..20 {
        fixture.sim.inbound(inbound_text(PERSON)).unwrap();
    }
    assert_eq!(fixture.refused(&receipt(PERSON, "a")).await, (400, 130_429));
    let path = format!("/v25.0/{}?fields=is_on_biz_app", sample::PHONE_NUMBER_ID);
    assert_eq!(fixture.get(&path).await.1["is_on_biz_app"], true);
    fixture.stop().await;
}

#[tokio::test]
async fn a_burst_to_one_client_ends_with_131056_and_others_go_on() {
    let fixture = limited(Limits {
        pair: true,
        pair_every_ms: 600_000,
        pair_burst: 3,
        ..Limits::default()
    })
    .await;
    for message in ["a", "b", "c"] {
        fixture.accepted(&receipt(PERSON, message)).await;
    }
    assert_eq!(fixture.refused(&receipt(PERSON, "d")).await, (400, 131_056));
    fixture.accepted(&receipt("+22670000002", "e")).await;
    let (status, _) = fixture
        .post(
            &format!("/v25.0/{}/messages", sample::HIGH_PHONE_NUMBER_ID),
            &receipt(PERSON, "f"),
        )
        .await;
    assert_eq!(status, 200);
    // A message refused for its content does not count.
    let other = "+22670000003";
    for _ in 0..5 {
        assert_eq!(fixture.refused(&text(other)).await.1, 131_047);
    }
    fixture.accepted(&receipt(other, "g")).await;
    assert_eq!(fixture.sim.accepted_times("d"), 0);
    fixture.stop().await;
}

#[tokio::test]
async fn over_the_pair_rate_a_message_may_fail_afterwards() {
    let fixture = limited(Limits {
        pair: true,
        pair_burst: 1,
        pair_refused_in: RefusedIn::Status,
        ..Limits::default()
    })
    .await;
    fixture.accepted(&receipt(PERSON, "a")).await;
    fixture.accepted(&receipt(PERSON, "b")).await;
    fixture.settled().await;
    assert_eq!(failures(&fixture).await, [131_056]);
    fixture.stop().await;
}

#[tokio::test]
async fn limits_are_off_by_default_and_changed_over_http() {
    let fixture = Fixture::start().await;
    let put = async |limits: Value| {
        let request = fixture.http.put(fixture.url("/sim/limits")).json(&limits);
        request.send().await.unwrap().status().as_u16()
    };
    for message in 0..50 {
        fixture
            .accepted(&receipt(PERSON, &message.to_string()))
            .await;
    }
    assert_eq!(put(json!({"pair": true, "pair_burst": 1})).await, 204);
    fixture.accepted(&receipt("+22670000002", "a")).await;
    let again = receipt("+22670000002", "b");
    assert_eq!(fixture.refused(&again).await, (400, 131_056));
    assert_eq!(put(json!({"pairs": true})).await, 400);
    assert_eq!(put(json!({})).await, 204);
    assert_eq!(fixture.get("/sim/limits").await.1, json!(Limits::default()));
    fixture.accepted(&again).await;
    fixture.stop().await;
}

/// A fixture in which the first number's portfolio may reach one client.
async fn fixture_with_one_client_per_day(refused_in: RefusedIn) -> Fixture {
    let fixture = limited(Limits {
        messaging: true,
        messaging_refused_in: refused_in,
        ..Limits::default()
    })
    .await;
    let tier = number(|number| number.messaging_limit = "TIER_1".to_owned());
    fixture.sim.put_account(tier).unwrap();
    fixture.accepted(&receipt(PERSON, "first")).await;
    // Counted once delivered.
    fixture.settled().await;
    fixture
}

#[tokio::test]
async fn a_portfolio_reaches_so_many_clients_a_day_outside_their_windows() {
    let fixture = fixture_with_one_client_per_day(RefusedIn::Answer).await;
    let other = "+22670000002";
    assert_eq!(fixture.refused(&receipt(other, "a")).await, (400, 131_048));
    fixture.accepted(&receipt(PERSON, "again")).await;
    fixture.sim.inbound(inbound_text(other)).unwrap();
    fixture.accepted(&receipt(other, "in its window")).await;
    let third = "+22670000003";
    assert_eq!(fixture.refused(&receipt(third, "b")).await, (400, 131_048));
    fixture.stop().await;
}

#[tokio::test]
async fn the_messaging_limit_is_shared_by_the_accounts_of_a_portfolio() {
    let fixture = fixture_with_one_client_per_day(RefusedIn::Status).await;
    let made = fixture
        .sim
        .put_account(Account {
            business_id: Some(format!("50{}", sample::WABA_ID)),
            with_sample_templates: true,
            subscribed_apps: Some(vec![sample::APP_ID.to_owned()]),
            numbers: vec![Number {
                messaging_limit: "TIER_1".to_owned(),
                ..Number::default()
            }],
            tokens: vec![meta_sim::Token::default()],
            ..Account::default()
        })
        .unwrap();
    let url = fixture.url(&format!("/v25.0/{}/messages", made.numbers[0].id));
    let request = fixture
        .http
        .post(url)
        .bearer_auth(&made.tokens[0].token)
        .json(&receipt("+22670000002", "a"));
    assert_eq!(request.send().await.unwrap().status().as_u16(), 200);
    fixture.settled().await;
    assert_eq!(failures(&fixture).await, [131_048]);
    fixture.stop().await;
}

fn ticket() -> TemplateKey {
    TemplateKey {
        waba_id: sample::WABA_ID.to_owned(),
        name: "ticket_de_caisse".to_owned(),
        language: "fr".to_owned(),
    }
}

/// A fixture in which one message was sent and two are held.
async fn fixture_with_two_held() -> Fixture {
    let fixture = Fixture::start().await;
    let paced = Paced {
        template: ticket(),
        let_through: 1,
    };
    fixture.sim.pace_template(&paced).unwrap();
    let mut seen = Vec::new();
    for message in ["a", "b", "c"] {
        let (_, answer) = fixture.send(&receipt(PERSON, message)).await;
        seen.push(answer["messages"][0]["message_status"].clone());
    }
    let held = "held_for_quality_assessment";
    assert_eq!(seen, ["accepted", held, held]);
    fixture.settled().await;
    assert_eq!(fixture.inbox.statuses().await.len(), 3);
    fixture
}

#[tokio::test]
async fn held_messages_are_delivered_after_a_good_verdict() {
    let fixture = fixture_with_two_held().await;
    let verdict = Verdict {
        template: ticket(),
        good: true,
    };
    let report = fixture.sim.decide_template(&verdict).unwrap();
    assert_eq!((report.released, report.dropped), (2, 0));
    fixture.settled().await;
    assert_eq!(fixture.inbox.statuses().await.len(), 9);
    assert_eq!(fixture.sim.summary().accepted, 3);
    let (_, next) = fixture.send(&receipt(PERSON, "d")).await;
    assert_eq!(next["messages"][0]["message_status"], "accepted");
    fixture.stop().await;
}

#[tokio::test]
async fn a_bad_verdict_pauses_the_template_and_fails_what_was_held() {
    let fixture = fixture_with_two_held().await;
    let verdict = json!({"waba_id": sample::WABA_ID, "name": "ticket_de_caisse",
        "language": "fr", "good": false});
    let (status, report) = fixture.post("/sim/templates/verdict", &verdict).await;
    assert_eq!((status, &report["dropped"]), (200, &json!(2)));
    fixture.settled().await;
    assert_eq!(failures(&fixture).await, [132_015, 132_015]);
    assert_eq!(fixture.refused(&receipt(PERSON, "d")).await, (400, 132_015));
    let bodies = fixture.inbox.all().await;
    let changes = bodies
        .iter()
        .map(|got| got.json()["entry"][0]["changes"][0].clone());
    let paused: Vec<Value> = changes
        .filter(|change| change["field"] == "message_template_status_update")
        .collect();
    assert_eq!(paused.len(), 1);
    let value = &paused[0]["value"];
    assert_eq!(
        (&value["event"], &value["reason"]),
        (&json!("PAUSED"), &json!("NONE"))
    );
    assert_eq!(value["other_info"]["title"], "FIRST_PAUSE");
    assert!(value["message_template_id"].is_u64());
    let unknown = json!({"waba_id": sample::WABA_ID, "name": "inconnu", "language": "fr"});
    assert_eq!(fixture.post("/sim/templates/pause", &unknown).await.0, 400);
    fixture.stop().await;
}
