//! The client against the simulated Meta, which was written from Meta's documents only.

use std::time::Duration;

use cloud_api::{
    CloudApi, CloudApiSettings, Endpoint, OutgoingContent, OutgoingMessage, SendReport,
};
use common::message::PostOutcome;
use common::messaging_limit::MessagingLimit;
use common::recipient::Recipient;
use common::secret::{AccessToken, AppSecret};
use meta_sim::{Fault, Script, SimConfig, Simulator, sample};
use serde_json::json;

use crate::sending::awa;

const TEMPLATE: &str = "essai_ticket";

pub(crate) fn api(sim: &Simulator) -> CloudApi {
    let settings = CloudApiSettings {
        base_url: sim.base_url(),
        api_version: "v25.0".to_owned(),
        app_id: sample::APP_ID.parse().unwrap(),
        app_secret: AppSecret::new(sample::APP_SECRET.to_owned()),
        appsecret_proof: true,
        connect_timeout_ms: 2_000,
        request_timeout_ms: 10_000,
    };
    CloudApi::new(&settings).unwrap()
}

pub(crate) fn token(text: &str) -> AccessToken {
    AccessToken::new(text.to_owned())
}

/// A simulator that requires proofs, with one template that has a variable.
pub(crate) async fn simulator() -> Simulator {
    let config = SimConfig {
        require_appsecret_proof: true,
        recipient_rules: false,
        ..SimConfig::default()
    };
    let sim = Simulator::start(config).await.unwrap();
    let body = json!({"type": "BODY", "text": "Bonjour {{1}}, merci de votre visite.", "example": {"body_text": [["Awa"]]}});
    let template = meta_sim::Template {
        name: TEMPLATE.to_owned(),
        components: vec![body],
        ..meta_sim::Template::default()
    };
    let account = meta_sim::Account {
        waba_id: sample::WABA_ID.to_owned(),
        templates: vec![template],
        ..meta_sim::Account::default()
    };
    sim.put_account(account).unwrap();
    sim
}

async fn send(sim: &Simulator, opaque_id: &str) -> SendReport {
    send_to(sim, &awa(), opaque_id).await
}

async fn send_to(sim: &Simulator, recipient: &Recipient, opaque_id: &str) -> SendReport {
    let components = json!([{"type": "body", "parameters": [{"type": "text", "text": "Awa"}]}]);
    let message = OutgoingMessage {
        recipient,
        content: OutgoingContent::Template {
            name: TEMPLATE,
            language: "fr",
            components: &components,
        },
        reply_to: None,
        opaque_id,
        endpoint: Endpoint::Messages,
    };
    let number = sample::PHONE_NUMBER_ID.parse().unwrap();
    api(sim)
        .send_message(
            &token(sample::TOKEN),
            &number,
            &message,
            Duration::from_secs(2),
        )
        .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_accepted_once() {
    let sim = simulator().await;
    let report = send(&sim, "d1.01").await;
    assert_eq!(report.outcome, PostOutcome::Submitted, "{report:?}");
    assert!(report.wamid.is_some());
    assert_eq!(sim.accepted_times("d1.01"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_without_a_number_gets_the_message_by_user_id() {
    let sim = simulator().await;
    let by_number = send(&sim, "d1.01").await.contact.unwrap();
    assert_eq!(by_number.input, Some(awa()));
    assert_eq!(by_number.wa_id.as_ref(), awa().phone());
    let user = sim.ledger_of("d1.01").remove(0).user_id;
    let user = Recipient::from_stored(&user).unwrap();
    let report = send_to(&sim, &user, "d1.02").await;
    assert_eq!(report.outcome, PostOutcome::Submitted, "{report:?}");
    let [entry] = &sim.ledger_of("d1.02")[..] else {
        panic!("not once in the ledger")
    };
    assert_eq!(
        (entry.input.as_str(), entry.wa_id.as_deref()),
        (user.as_stored(), None)
    );
    let by_id = report.contact.unwrap();
    assert_eq!(by_id.wa_id, None);
    assert_eq!(by_id.user_id.as_ref(), user.bsuid());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_not_to_be_accepted_was_not_and_nothing_is_posted_twice() {
    let error = |code| Fault::Error {
        code,
        http_status: None,
        details: None,
    };
    let cases = [
        (
            Fault::TooManyRequests { code: None },
            PostOutcome::NotAccepted,
            0,
        ),
        (error(130_429), PostOutcome::NotAccepted, 0),
        (error(131_056), PostOutcome::NotAccepted, 0),
        (error(131_026), PostOutcome::Rejected, 0),
        (error(132_015), PostOutcome::TemplateStopped, 0),
        (error(190), PostOutcome::NumberStopped, 0),
        (error(131_042), PostOutcome::NumberStopped, 0),
        (error(131_000), PostOutcome::Doubt, 0),
        (Fault::CutBeforeAcceptance, PostOutcome::Doubt, 0),
        (Fault::CutAfterAcceptance, PostOutcome::Doubt, 1),
        (Fault::TruncatedJson, PostOutcome::Doubt, 1),
        (Fault::Html500 { accepted: false }, PostOutcome::Doubt, 0),
        (Fault::Html500 { accepted: true }, PostOutcome::Doubt, 1),
        (
            Fault::Hold {
                millis: 4_000,
                accepted: true,
            },
            PostOutcome::Doubt,
            1,
        ),
        (
            Fault::HeldForQuality { steps: vec![] },
            PostOutcome::Submitted,
            1,
        ),
    ];
    let sim = simulator().await;
    for (index, (fault, outcome, accepted)) in cases.into_iter().enumerate() {
        sim.clear_scripts();
        sim.script(Script::always(fault.clone()));
        let opaque_id = format!("d1.{index}");
        let report = send(&sim, &opaque_id).await;
        assert_eq!(report.outcome, outcome, "{fault:?}");
        assert_eq!(sim.accepted_times(&opaque_id), accepted, "{fault:?}");
        assert_eq!(
            report.held_for_quality,
            matches!(fault, Fault::HeldForQuality { .. })
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_told_apart() {
    let sim = simulator().await;
    let api = api(&sim);
    let waba_id = sample::WABA_ID.parse().unwrap();
    let good = api.debug_token(&token(sample::TOKEN)).await.unwrap();
    assert!(good.is_valid && good.app_id == sample::APP_ID.parse().ok());
    assert!(good.permits("whatsapp_business_messaging", &waba_id));
    assert!(!good.permits("whatsapp_business_messaging", &"7".parse().unwrap()));

    assert!(
        !api.debug_token(&token(sample::EXPIRED_TOKEN))
            .await
            .unwrap()
            .is_valid
    );
    let limited = api
        .debug_token(&token(sample::MANAGEMENT_ONLY_TOKEN))
        .await
        .unwrap();
    assert!(!limited.permits("whatsapp_business_messaging", &waba_id));
    let error = api
        .templates(&token(sample::EXPIRED_TOKEN), &waba_id)
        .await
        .result
        .unwrap_err();
    assert!(error.is_token_refused(), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_read_and_subscribed_to() {
    let sim = simulator().await;
    let (api, token, waba_id) = (
        api(&sim),
        token(sample::TOKEN),
        sample::WABA_ID.parse().unwrap(),
    );
    let numbers = api.waba_phone_numbers(&token, &waba_id).await.unwrap();
    let ids: Vec<_> = numbers.iter().map(|number| number.id.as_str()).collect();
    assert!(ids.contains(&sample::PHONE_NUMBER_ID) && ids.contains(&sample::HIGH_PHONE_NUMBER_ID));
    let fast = api
        .phone_number(&token, &sample::HIGH_PHONE_NUMBER_ID.parse().unwrap())
        .await
        .unwrap();
    assert_eq!(fast.messages_per_second(), Some(1_000));
    assert_eq!(
        fast.whatsapp_business_manager_messaging_limit,
        Some(MessagingLimit::Unlimited)
    );

    api.subscribe_app(&token, &waba_id).await.unwrap();
    let apps = api.subscribed_apps(&token, &waba_id).await.unwrap();
    assert!(
        apps.iter()
            .any(|app| app.app_id == sample::APP_ID.parse().unwrap())
    );
    let templates = api.templates(&token, &waba_id).await.result.unwrap();
    assert!(templates.len() > 25 && templates.iter().any(|template| template.name == TEMPLATE));
}
