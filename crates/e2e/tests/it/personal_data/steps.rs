//! The steps of the job: what is sent, received, refused, looked up, and left in the queues; each returns the answers.

use std::time::Duration;

use meta_sim::{Inbound, Preference, Resend};
use serde_json::{Value, json};
use testkit::{
    Answer, ApiClient, CampaignPlan, SIGNATURE_HEADER, Service, Shop, SignedWebhook, SingleMessage,
    Stack, eventually,
};

use super::artifacts::Artifact;
use super::people::People;
use crate::sources::Sources;

/// Time limit of each step.
const WAIT: Duration = Duration::from_secs(60);

/// A receipt, a one-time code, a message that fails, and a campaign.
pub(super) async fn send(stack: &Stack, shop: &Shop, people: &People) -> Vec<Artifact> {
    let (receipt, code, failing) = (
        people.number("receipt"),
        people.number("code"),
        people.number("failing"),
    );
    let (name, ticket) = (people.text("Zénabo"), people.text("ticket-"));
    let (otp, reference) = (people.text("9K"), people.text("vente-"));
    let message = SingleMessage {
        to: &receipt,
        template: "ticket_de_caisse",
        variables: &[&name, &ticket, "12 500"],
        reference: Some(&reference),
    };
    let key = people.text("caisse-");
    let first = shop
        .api
        .post_until_answered("/v1/messages", &key, &shop.message(&message))
        .await;
    let id = first.ok()["id"].as_str().unwrap().to_owned();
    let to = SingleMessage {
        to: &code,
        template: "code_connexion",
        variables: &[&otp],
        reference: None,
    };
    let login = shop.message(&to);
    let login = shop.api.post("/v1/messages", &login).await.ok();
    let failed = shop
        .send(&SingleMessage {
            to: &failing,
            ..message.clone()
        })
        .await;
    let _ = shop.await_state(&id, &["read"]).await;
    let _ = shop.await_state(&failed, &["failed"]).await;
    let login = login["id"].as_str().unwrap();
    let _ = shop.await_state(login, &["read"]).await;
    // Another body under the same key.
    let other = shop.message(&SingleMessage {
        to: &code,
        ..message
    });
    let conflict = shop
        .api
        .post_until_answered("/v1/messages", &key, &other)
        .await;
    assert_eq!(conflict.status, 422, "{}", conflict.text());
    let (report, preview) = campaign(shop, people).await;
    assert!(
        preview.contains(&people.text("Wendpanga-")),
        "the preview for the owner is missing"
    );
    let posted = stack.meta.ledger().len();
    assert_eq!(posted, 4, "{report}");
    vec![
        problem(&conflict),
        Artifact::new("the dry run's report", report.to_string()),
    ]
}

/// One valid row, one opted-out row, one without a valid number; returns the report and the preview.
async fn campaign(shop: &Shop, people: &People) -> (Value, String) {
    let file = format!(
        "Prénom;Téléphone;Accepte WhatsApp\n{};{};oui\nAli;{};non\nPaul;{};oui\n",
        people.text("Wendpanga-"),
        people.number("campaign"),
        people.number("refusing"),
        people.text("chez Mme Kanarivo "),
    );
    let plan = CampaignPlan {
        name: "Rentrée",
        template: "offre_fidelite",
        variables: &[
            json!({"column": "Prénom"}),
            json!({"text": people.text("FASO25-")}),
        ],
        file: file.into_bytes(),
    };
    let (id, mut report) = shop.plan_campaign(plan).await;
    // The preview is personal data, shown to its owner; the rest of the report is not.
    let preview = report["preview"].take().to_string();
    let _ = shop.steer_campaign(&id, "start").await.ok();
    eventually("the campaign's message is read", WAIT, async || {
        let shown = shop.api.get(&format!("/v1/campaigns/{id}")).await.ok();
        (shown["by_state"]["read"] == 1).then_some(())
    })
    .await;
    (report, preview)
}

/// One client asks and gets a file, one writes STOP, one stops marketing inside WhatsApp.
pub(super) async fn receive(stack: &Stack, shop: &Shop, people: &People) -> Vec<Artifact> {
    write_to(
        stack,
        shop,
        people,
        "writing",
        &people.text("J'ai mal à la tête "),
    );
    write_to(stack, shop, people, "stopping", "STOP");
    let stopped = Preference {
        phone_number_id: shop.plan.phone_number_id.clone(),
        from: format!("226{}", people.number("lookup")),
        stop: true,
        ..Preference::default()
    };
    stack.meta.prefer(&stopped).unwrap();
    eventually("all three clients were processed", WAIT, async || {
        let events = shop.events().await;
        let of_type = |wanted: &str| {
            events
                .iter()
                .filter(|event| event["type"] == wanted)
                .count()
        };
        (of_type("inbound.received") == 2 && of_type("contact.opted_out") == 2).then_some(())
    })
    .await;
    let refused = answer_with_a_file(shop, people).await;
    vec![
        problem(&refused),
        Artifact::new("the event feed", json!(shop.events().await).to_string()),
    ]
}

/// A file for the client who asked, with a caption and a name; and the same file declared as another type, which is
/// refused.
async fn answer_with_a_file(shop: &Shop, people: &People) -> Answer {
    let key = format!("Bearer {}", shop.api.key());
    let headers = [
        ("Authorization", key.as_str()),
        ("Idempotency-Key", "ordonnance"),
        ("Content-Type", "application/pdf"),
    ];
    let file = b"%PDF-1.7".to_vec();
    let path = format!("/v1/media?filename={}.pdf", people.text("scan-"));
    let kept = shop.api.post_raw(&path, &headers, file).await.ok();
    let caption = people.text("Ordonnance de Mme ");
    let to = |kind: &str, file: Value| {
        let mut message =
            json!({"from": shop.plan.phone_number_id, "to": people.number("writing")});
        message[kind] = file;
        message
    };
    let filename = format!("{}.pdf", people.text("ordonnance-"));
    let document = json!({"id": kept["id"], "caption": caption, "filename": filename});
    let answer = to("document", document);
    let accepted = shop.api.post("/v1/messages", &answer).await.ok();
    let _ = shop
        .await_state(accepted["id"].as_str().unwrap(), &["read"])
        .await;
    let image = to("image", json!({"id": kept["id"], "caption": caption}));
    let refused = shop.api.post("/v1/messages", &image).await;
    assert_eq!(refused.status, 422, "{}", refused.text());
    refused
}

fn write_to(stack: &Stack, shop: &Shop, people: &People, step: &str, text: &str) {
    let message = json!({"type": "text", "text": {"body": text}});
    let inbound = Inbound {
        phone_number_id: shop.plan.phone_number_id.clone(),
        from: format!("226{}", people.number(step)),
        profile_name: Some(people.text("Raïssa ")),
        message: message.as_object().unwrap().clone(),
        ..Inbound::default()
    };
    let _ = stack.meta.inbound(inbound).unwrap();
}

/// Requests that are refused, with their complete answers.
pub(super) async fn refuse(stack: &Stack, shop: &Shop, people: &People) -> Vec<Artifact> {
    let name = people.text("Kouka-");
    let (wrong, receipt) = (people.number("wrong"), people.number("receipt"));
    let message = |to: &str, template: &str, variables: &[&str]| {
        shop.message(&SingleMessage {
            to,
            template,
            variables,
            reference: None,
        })
    };
    let (one_digit_short, _) = wrong.split_at(7);
    let bodies = [
        message(one_digit_short, "ticket_de_caisse", &[&name, "T-1", "1"]),
        message(
            &format!("{wrong} {name}"),
            "ticket_de_caisse",
            &[&name, "T-1", "1"],
        ),
        message(&receipt, "ticket_de_caisse", &[&name]),
        message(&receipt, "no_such_template", &[&name]),
        json!({"from": shop.plan.phone_number_id, "to": receipt, "name": name}),
        json!({"from": shop.plan.phone_number_id, "to": {"number": receipt}, "template": name}),
        json!([receipt, name]),
    ];
    let mut answers = Vec::new();
    for body in &bodies {
        answers.push(shop.api.post("/v1/messages", body).await);
    }
    let number = json!({
        "waba_id": shop.plan.waba_id,
        "phone_number_id": shop.plan.phone_number_id,
        "access_token": people.text("EAArefuse"),
    });
    answers.push(shop.api.post("/v1/numbers", &number).await);
    let stranger = shop.api.with_key(&people.text("djb_wrong_"));
    answers.push(
        stranger
            .get(&format!("/v1/messages?recipient=%2B226{receipt}"))
            .await,
    );
    answers.push(
        shop.api
            .get(&format!(
                "/v1/messages?recipient=n{one_digit_short}&reference={name}"
            ))
            .await,
    );
    for answer in &answers {
        assert!(
            answer.status.is_client_error(),
            "{}: {}",
            answer.status,
            answer.text()
        );
    }
    forge(stack, people).await;
    answers.iter().map(problem).collect()
}

/// An unsigned webhook that contains a client's number.
async fn forge(stack: &Stack, people: &People) {
    let body =
        json!({"from": format!("226{}", people.number("wrong")), "text": people.text("Kouka-")});
    let webhook = SignedWebhook::new("another secret", body.to_string().into_bytes());
    let forged = ApiClient::new(stack.services.url(Service::WebhookIngest, ""));
    let answer = forged
        .post_raw(
            "/webhooks/meta",
            &[(SIGNATURE_HEADER, &webhook.signature)],
            webhook.body,
        )
        .await;
    assert_eq!(answer.status, 401);
}

/// The owner reads its own data: only here it is in plain text.
pub(super) async fn look_up(shop: &Shop, people: &People) -> Vec<Artifact> {
    let reference = people.text("vente-");
    let recipient = people.number("receipt");
    let by_reference = shop
        .api
        .get(&format!("/v1/messages?reference={reference}"))
        .await
        .ok();
    let by_recipient = shop
        .api
        .get(&format!("/v1/messages?recipient=%2B226{recipient}"))
        .await
        .ok();
    assert_eq!(
        by_reference["items"].as_array().unwrap().len(),
        2,
        "the receipt and the one that failed"
    );
    assert_eq!(by_recipient["items"].as_array().unwrap().len(), 1);
    let mut shown = vec![Artifact::new("a message", by_recipient.to_string())];
    for event in shop
        .events()
        .await
        .iter()
        .filter(|event| event["type"] == "inbound.received")
    {
        let inbound = event["inbound_message_id"].as_str().unwrap();
        let written = shop
            .api
            .get(&format!("/v1/inbound-messages/{inbound}"))
            .await
            .ok();
        shown.push(Artifact::new("what a client wrote", written.to_string()));
    }
    shown
}

/// Stops the consumers of the queues and produces messages for them.
pub(super) async fn fill_queues(stack: &mut Stack, shop: &Shop, people: &People) {
    let _ = stack.services.terminate(Service::Sender).await;
    let receipt = people.number("receipt");
    let name = people.text("Zénabo");
    let variables = [name.as_str(), "T-2", "1"];
    let message = SingleMessage {
        to: &receipt,
        template: "ticket_de_caisse",
        variables: &variables,
        reference: None,
    };
    let _ = shop.send(&message).await;
    // The gateway publishes what it accepted before it exits.
    let _ = stack.services.terminate(Service::Gateway).await;
    stack.meta.resend(&Resend::WholeLedger);
    write_to(
        stack,
        shop,
        people,
        "writing",
        &people.text("J'ai mal à la tête "),
    );
    stack.meta.settled().await;
    let sources = Sources::open(stack).await;
    assert_eq!(
        sources
            .number("select count(*) from messages where state = 1")
            .await,
        1
    );
}

fn problem(answer: &Answer) -> Artifact {
    let headers = format!("{:?}", answer.headers);
    Artifact::new(
        format!("an answer of status {}", answer.status),
        [headers.as_bytes(), &answer.body].concat(),
    )
}
