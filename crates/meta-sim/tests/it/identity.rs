//! How people are identified: phone number, `wa_id`, BSUID; in answers, statuses and inbound messages.

use meta_sim::{Fault, Limits, Match, RefusedIn, Script, Step, sample};
use serde_json::{Value, json};

use crate::fixture::{Fixture, receipt, template, text};

const NUMBER: &str = sample::PHONE_NUMBER_ID;
const USER_ID: &str = "BF.13491208655302741918";

/// The change of the last webhook.
async fn last_value(fixture: &Fixture) -> Value {
    fixture.settled().await;
    let got = fixture.inbox.all().await;
    got.last().unwrap().json()["entry"][0]["changes"][0]["value"].clone()
}

async fn writes(fixture: &Fixture, inbound: &Value) -> Value {
    let (status, answer) = fixture.post("/sim/inbound", inbound).await;
    assert_eq!(status, 202, "{answer}");
    last_value(fixture).await
}

/// A person with both identifiers writes.
fn hello(from: &str) -> Value {
    json!({"phone_number_id": NUMBER, "from": from, "message": {"type": "text", "text": {"body": "Bonjour"}}})
}

fn to_user_id(message: &Value, user_id: &str) -> Value {
    let mut message = message.clone();
    message.as_object_mut().unwrap().remove("to");
    message["recipient"] = json!(user_id);
    message
}

fn offer(to: &str) -> Value {
    let texts = ["Awa", "FASO25"].map(|text| json!({"type": "text", "text": text}));
    let mut offer = template(
        "offre_fidelite",
        &json!([{"type": "body", "parameters": texts}]),
    );
    offer["to"] = json!(to);
    offer
}

#[tokio::test]
async fn a_number_of_a_renumbered_plan_is_answered_with_the_wa_id_of_the_old_one() {
    let fixture = Fixture::start().await;
    for (input, wa_id) in [
        ("+229 01 97 12 34 56", "22997123456"),
        ("+22997123456", "22997123456"),
        ("+55 82 99111-2233", "558291112233"),
        ("+52 55 1234 5678", "5215512345678"),
        ("+54 11 1234 5678", "5491112345678"),
    ] {
        let (status, answer) = fixture.send(&receipt(input, input)).await;
        assert_eq!(status, 200, "{answer}");
        let expected = json!([{"input": input, "wa_id": wa_id}]);
        assert_eq!(answer["contacts"], expected);
    }
    fixture.settled().await;
    let statuses = fixture.inbox.statuses().await;
    let of_benin = |status: &&Value| status["recipient_id"] == "22997123456";
    assert_eq!(statuses.iter().filter(of_benin).count(), 6);
    let value = writes(&fixture, &hello("+229 01 97 12 34 56")).await;
    assert_eq!(value["messages"][0]["from"], "22997123456");
    fixture.accepted(&text("+22997123456")).await;
    fixture.stop().await;
}

#[tokio::test]
async fn a_script_matches_a_person_under_every_identifier() {
    let fixture = Fixture::start().await;
    let value = writes(&fixture, &hello("+229 01 97 12 34 56")).await;
    let user_id = value["messages"][0]["from_user_id"].as_str().unwrap();
    for recipient in ["+2290197123456", "22997123456", user_id] {
        let matching = Match {
            recipient: Some(recipient.to_owned()),
            ..Match::default()
        };
        fixture
            .sim
            .script(Script::always(Fault::TooManyRequests { code: Some(4) }).matching(matching));
        let sends = [
            receipt("+229 01 97 12 34 56", "a"),
            to_user_id(&receipt("", "b"), user_id),
        ];
        for message in sends {
            assert_eq!(fixture.refused(&message).await, (429, 4), "{recipient}");
        }
        fixture.sim.clear_scripts();
    }
    fixture.stop().await;
}

#[tokio::test]
async fn a_bsuid_from_a_webhook_reaches_the_person_with_the_number() {
    let fixture = Fixture::start().await;
    let value = writes(&fixture, &hello("+22670000001")).await;
    let user_id = value["messages"][0]["from_user_id"].as_str().unwrap();
    assert_eq!(value["contacts"][0]["user_id"], user_id);
    let (status, answer) = fixture.send(&to_user_id(&text(""), user_id)).await;
    assert_eq!(status, 200, "the window is the person's: {answer}");
    let expected = json!([{"input": user_id, "user_id": user_id}]);
    assert_eq!(answer["contacts"], expected);
    fixture.settled().await;
    for status in fixture.inbox.statuses().await {
        assert_eq!(status["recipient_user_id"], user_id);
        assert_eq!(status["recipient_id"], "22670000001", "shown for 30 days");
    }
    fixture.stop().await;
}

#[tokio::test]
async fn a_person_without_a_number_is_answered_by_bsuid_and_never_gets_a_code() {
    let fixture = Fixture::start().await;
    let mut inbound = hello(USER_ID);
    inbound["username"] = json!("awa.s");
    let value = writes(&fixture, &inbound).await;
    let contact =
        json!({"profile": {"name": "Awa Ouédraogo", "username": "awa.s"}, "user_id": USER_ID});
    assert_eq!(value["contacts"], json!([contact]));
    assert_eq!(value["messages"][0].get("from"), None);
    let wamid = fixture.accepted(&to_user_id(&text(""), USER_ID)).await;
    fixture.settled().await;
    let mut seen = Vec::new();
    for got in fixture.inbox.all().await.iter().skip(1) {
        let value = got.json()["entry"][0]["changes"][0]["value"].clone();
        let (contact, status) = (&value["contacts"][0], &value["statuses"][0]);
        assert_eq!(status["id"], wamid);
        assert_eq!(contact["user_id"], USER_ID);
        assert_eq!(status["recipient_user_id"], USER_ID);
        assert_eq!(status.get("recipient_id"), None);
        assert_eq!(contact.get("wa_id"), None);
        let name = contact["profile"]["username"].as_str();
        seen.push((
            status["status"].as_str().unwrap().to_owned(),
            name == Some("awa.s"),
        ));
    }
    seen.sort();
    let expected = [("delivered", true), ("read", true), ("sent", false)];
    assert_eq!(seen, expected.map(|(word, named)| (word.to_owned(), named)));
    let code = json!({"type": "text", "text": "482915"});
    let components = json!([{"type": "body", "parameters": [code]},
        {"type": "button", "sub_type": "url", "index": 0, "parameters": [code]}]);
    let code = to_user_id(&template("code_connexion", &components), USER_ID);
    assert_eq!(fixture.refused(&code).await, (400, 131_062));
    fixture.stop().await;
}

#[tokio::test]
async fn unknown_identifiers_are_accepted_and_fail() {
    let fixture = Fixture::start().await;
    fixture
        .accepted(&to_user_id(&receipt("", "unknown"), USER_ID))
        .await;
    let (status, answer) = fixture.send(&receipt(USER_ID, "misplaced")).await;
    assert_eq!(status, 200);
    assert_eq!(answer["contacts"][0]["wa_id"], "13491208655302741918");
    fixture.settled().await;
    let statuses = fixture.inbox.statuses().await;
    assert_eq!(statuses.len(), 2);
    for status in statuses {
        assert_eq!(status["status"], "failed");
        assert_eq!(status["errors"][0]["code"], 131_026);
    }
    fixture.stop().await;
}

#[tokio::test]
async fn a_failure_names_only_what_the_message_was_addressed_to() {
    let fixture = Fixture::start().await;
    writes(&fixture, &hello(USER_ID)).await;
    let fails = Fault::Statuses {
        steps: vec![Step::Failed(131_026)],
    };
    fixture.sim.script(Script::always(fails));
    fixture.accepted(&receipt("+22670000001", "phone")).await;
    fixture
        .accepted(&to_user_id(&receipt("", "user"), USER_ID))
        .await;
    fixture.settled().await;
    let failures = fixture.inbox.all().await;
    let failures = failures.iter().skip(1).map(|got| {
        let value = got.json()["entry"][0]["changes"][0]["value"].clone();
        assert_eq!(value.get("contacts"), None);
        value["statuses"][0].clone()
    });
    for failure in failures {
        let named = |key: &str| failure.get(key).and_then(Value::as_str);
        let (wa_id, user_id) = (named("recipient_id"), named("recipient_user_id"));
        match failure["biz_opaque_callback_data"].as_str().unwrap() {
            "phone" => assert_eq!((wa_id, user_id), (Some("22670000001"), None)),
            _ => assert_eq!((wa_id, user_id), (None, Some(USER_ID))),
        }
    }
    fixture.stop().await;
}

#[tokio::test]
async fn the_control_api_sets_a_persons_identifiers() {
    let fixture = Fixture::start().await;
    let mut both = hello("+22670000001");
    both["user_id"] = json!(USER_ID);
    both["parent_user_id"] = json!("BF.ENT.11815799212886844830");
    let value = writes(&fixture, &both).await;
    let message = &value["messages"][0];
    assert_eq!(message["from"], "22670000001");
    assert_eq!(message["from_user_id"], USER_ID);
    assert_eq!(
        message["from_parent_user_id"],
        "BF.ENT.11815799212886844830"
    );
    // From now on the number and the BSUID belong to one person.
    fixture.accepted(&to_user_id(&text(""), USER_ID)).await;
    fixture
        .accepted(&to_user_id(&text(""), "BF.ENT.11815799212886844830"))
        .await;
    let mut number_alone = hello("+22670000002");
    number_alone["omit_user_id"] = json!(true);
    fixture.settled().await;
    let value = writes(&fixture, &number_alone).await;
    assert_eq!(value["messages"][0].get("from_user_id"), None);
    assert_eq!(value["contacts"][0].get("user_id"), None);
    assert_eq!(value["contacts"][0]["wa_id"], "22670000002");
    let mut wrong = hello("+22670000001");
    wrong["user_id"] = json!("22670000001");
    assert_eq!(fixture.post("/sim/inbound", &wrong).await.0, 400);
    fixture.stop().await;
}

#[tokio::test]
async fn only_messages_to_the_business_open_the_window() {
    let fixture = Fixture::start().await;
    for message in [
        json!({"type": "text", "group_id": "Y2FwaV9ncm91cDo", "text": {"body": "bonjour le groupe"}}),
        json!({"type": "revoke", "revoke": {"original_message_id": "wamid.x"}}),
        json!({"type": "edit", "edit": {"original_message_id": "wamid.x",
            "message": {"type": "text", "text": {"body": "STOP"}}}}),
    ] {
        let mut inbound = hello("+22670000001");
        inbound["message"] = message.clone();
        let value = writes(&fixture, &inbound).await;
        for (key, content) in message.as_object().unwrap() {
            assert_eq!(&value["messages"][0][key], content);
        }
        assert_eq!(value["messages"][0]["from"], "22670000001");
    }
    assert_eq!(fixture.refused(&text("+22670000001")).await, (400, 131_047));
    fixture.stop().await;
}

#[tokio::test]
async fn a_changed_number_is_a_system_message_and_leaves_the_old_one() {
    let fixture = Fixture::start().await;
    let value = writes(&fixture, &hello("+22670000001")).await;
    let old = value["messages"][0]["from_user_id"].as_str().unwrap();
    let mut change = hello("+22670000001");
    let system = json!({"type": "user_changed_number", "wa_id": "+226 70 00 00 02"});
    change["message"] = json!({"type": "system", "system": system});
    let value = writes(&fixture, &change).await;
    assert_eq!(value.get("contacts"), None);
    let message = &value["messages"][0];
    assert_eq!(message["from"], "22670000001");
    let system = &message["system"];
    assert_eq!(system["wa_id"], "22670000002");
    assert_eq!(system["previous_user_id"], old);
    assert_eq!(
        system["body"],
        "User changed from 22670000001 to 22670000002"
    );
    let new = system["user_id"].as_str().unwrap();
    assert_ne!(new, old);
    let value = writes(&fixture, &hello("+22670000001")).await;
    let next = value["messages"][0]["from_user_id"].as_str().unwrap();
    assert!(
        next != old && next != new,
        "the number belongs to another person now"
    );
    fixture.stop().await;
}

#[tokio::test]
async fn a_changed_bsuid_is_a_system_message_without_a_phone_number() {
    let fixture = Fixture::start().await;
    writes(&fixture, &hello(USER_ID)).await;
    let mut change = hello(USER_ID);
    let system = json!({"type": "user_changed_user_id", "user_id": "BF.2"});
    change["message"] = json!({"type": "system", "system": system});
    let value = writes(&fixture, &change).await;
    assert_eq!(value.get("contacts"), None);
    let message = &value["messages"][0];
    assert_eq!(message.get("from"), None);
    let expected = json!({"type": "user_changed_user_id", "body": "User changed", "user_id": "BF.2",
        "previous_user_id": USER_ID});
    assert_eq!(message["system"], expected);
    let failed = fixture
        .accepted(&to_user_id(&receipt("", "old"), USER_ID))
        .await;
    fixture
        .accepted(&to_user_id(&receipt("", "new"), "BF.2"))
        .await;
    fixture.settled().await;
    for status in fixture.inbox.statuses().await {
        assert_eq!(
            status["id"] == failed.as_str(),
            status["status"] == "failed"
        );
    }
    fixture.stop().await;
}

#[tokio::test]
async fn a_stop_under_one_name_stops_marketing_under_the_other() {
    let fixture = Fixture::start().await;
    let stop = json!({"phone_number_id": NUMBER, "from": "+22670000001", "user_id": USER_ID, "stop": true});
    assert_eq!(fixture.post("/sim/preferences", &stop).await.0, 202);
    let value = last_value(&fixture).await;
    let preference = &value["user_preferences"][0];
    assert_eq!(preference["wa_id"], "22670000001");
    assert_eq!(preference["user_id"], USER_ID);
    fixture.accepted(&to_user_id(&offer(""), USER_ID)).await;
    fixture.settled().await;
    let status = fixture.inbox.statuses().await.remove(0);
    assert_eq!(status["errors"][0]["code"], 131_050);
    fixture.sim.set_limits(Limits {
        marketing_stop_refused_in: RefusedIn::Answer,
        ..Limits::default()
    });
    assert_eq!(
        fixture.refused(&offer("+22670000001")).await,
        (400, 131_050)
    );
    fixture.accepted(&receipt("+22670000001", "utility")).await;
    fixture.accepted(&offer("+22670000002")).await;
    let resume = json!({"phone_number_id": NUMBER, "from": USER_ID, "stop": false});
    assert_eq!(fixture.post("/sim/preferences", &resume).await.0, 202);
    fixture.accepted(&offer("+22670000001")).await;
    fixture.stop().await;
}

#[tokio::test]
async fn a_status_change_of_a_template_is_reported_to_its_account() {
    let fixture = Fixture::start().await;
    let change = json!({"waba_id": sample::WABA_ID, "name": "ticket_de_caisse", "language": "fr",
        "event": "DISABLED", "reason": "INCORRECT_CATEGORY", "details": {"disable_info": {"disable_date": "1 May"}}});
    assert_eq!(fixture.post("/sim/templates/status", &change).await.0, 204);
    assert_eq!(
        fixture.refused(&receipt("+22670000001", "a")).await,
        (400, 132_016)
    );
    let value = last_value(&fixture).await;
    assert_eq!(value["event"], "DISABLED");
    assert_eq!(value["reason"], "INCORRECT_CATEGORY");
    assert_eq!(value["message_template_name"], "ticket_de_caisse");
    assert_eq!(value["disable_info"]["disable_date"], "1 May");
    let unknown =
        json!({"waba_id": sample::WABA_ID, "name": "x", "language": "fr", "event": "APPROVED"});
    assert_eq!(fixture.post("/sim/templates/status", &unknown).await.0, 400);
    fixture.stop().await;
}
