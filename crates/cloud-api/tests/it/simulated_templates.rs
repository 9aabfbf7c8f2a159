//! The managing of templates against the simulated Meta.

use std::time::Duration;

use cloud_api::{CallFailure, SampleFile};
use common::ids::WabaId;
use common::template::TemplateStatus;
use meta_sim::{Endpoint, Fault, Limits, Match, Script, TemplateKey, TemplateLimits, sample};
use serde_json::{Value, json};

use crate::simulated::{api, simulator, token};

const AMPLE: Duration = Duration::from_secs(10);

fn waba_id() -> WabaId {
    sample::WABA_ID.parse().unwrap()
}

fn hello(name: &str) -> Value {
    let body = json!({"type": "BODY", "text": "Bonjour, merci de votre visite."});
    json!({"name": name, "language": "fr", "category": "UTILITY", "components": [body]})
}

fn key(name: &str) -> TemplateKey {
    TemplateKey {
        waba_id: sample::WABA_ID.to_owned(),
        name: name.to_owned(),
        language: "fr".to_owned(),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_is_created_found_edited_and_deleted() {
    let sim = simulator().await;
    let (api, token, waba_id) = (api(&sim), token(sample::TOKEN), waba_id());
    let created = api
        .create_template(&token, &waba_id, &hello("bonjour"))
        .await;
    let created = created.result.unwrap();
    assert_eq!(created.status, TemplateStatus::from_meta("PENDING"));
    let named = api.templates_named(&token, &waba_id, "bonjour").await;
    let [found] = &named.result.unwrap()[..] else {
        panic!("not found once");
    };
    assert_eq!(found.id, created.id);

    let again = api
        .create_template(&token, &waba_id, &hello("bonjour"))
        .await;
    let error = again.result.unwrap_err();
    assert_eq!(error.failure(), CallFailure::Refused, "{error}");
    assert!(error.meta().unwrap().user_message.is_some());
    assert!(error.to_string().contains("exists already"), "{error}");

    sim.review_template(&key("bonjour")).unwrap();
    let edit = json!({"components": [{"type": "BODY", "text": "Bonsoir, merci."}]});
    let edited = api.edit_template(&token, &created.id, &edit).await;
    edited.result.unwrap();
    let one = Some(&created.id);
    let deleted = api.delete_template(&token, &waba_id, "bonjour", one).await;
    deleted.result.unwrap();
    let left = api.templates_named(&token, &waba_id, "bonjour").await;
    assert!(left.result.unwrap().is_empty());
    let gone = api.edit_template(&token, &created.id, &edit).await;
    assert!(gone.result.unwrap_err().is_unknown_object());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_uploaded_sample_is_taken_by_a_template() {
    let sim = simulator().await;
    let (api, token) = (api(&sim), token(sample::TOKEN));
    let photo = SampleFile {
        name: "robe.jpg",
        mime_type: "image/jpeg",
        content: b"0123456789",
    };
    sim.script(on(Endpoint::Upload, Fault::CutBeforeAcceptance, 2));
    let handle = api
        .upload_sample(&token, photo, AMPLE)
        .await
        .result
        .unwrap();
    let example = json!({"header_handle": [handle.as_str()]});
    let header = json!({"type": "HEADER", "format": "IMAGE", "example": example});
    let mut definition = hello("photo");
    let components = definition["components"].as_array_mut().unwrap();
    components.push(header);
    let created = api.create_template(&token, &waba_id(), &definition).await;
    created.result.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_without_an_answer_is_in_doubt_and_was_made() {
    let sim = simulator().await;
    sim.script(on(Endpoint::MessageTemplates, Fault::CutAfterAcceptance, 1));
    let (api, token, waba_id) = (api(&sim), token(sample::TOKEN), waba_id());
    let created = api
        .create_template(&token, &waba_id, &hello("bonjour"))
        .await;
    let error = created.result.unwrap_err();
    assert_eq!(error.failure(), CallFailure::InDoubt, "{error}");
    let named = api.templates_named(&token, &waba_id, "bonjour").await;
    assert_eq!(named.result.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_used_up_budget_is_reported_with_the_time_to_wait() {
    let sim = simulator().await;
    let templates = TemplateLimits {
        calls_per_hour: Some(4),
        ..TemplateLimits::default()
    };
    sim.set_limits(Limits {
        templates,
        ..Limits::default()
    });
    let (api, token, waba_id) = (api(&sim), token(sample::TOKEN), waba_id());
    for percent in [25, 50, 75, 100] {
        let listed = api.templates(&token, &waba_id).await;
        listed.result.unwrap();
        assert_eq!(listed.business_use.unwrap().percent, percent);
    }
    let refused = api
        .create_template(&token, &waba_id, &hello("bonjour"))
        .await;
    let wait = refused.business_use.unwrap().regain_access_after.unwrap();
    let failure = refused.result.unwrap_err().failure();
    assert_eq!(failure, CallFailure::TooManyCalls);
    sim.advance_clock(wait);
    let created = api
        .create_template(&token, &waba_id, &hello("bonjour"))
        .await;
    created.result.unwrap();
}

/// A fault of the n-th call.
fn on(endpoint: Endpoint, fault: Fault, nth: u64) -> Script {
    Script {
        matching: Match {
            endpoint,
            nth: Some(nth),
            ..Match::default()
        },
        ..Script::always(fault)
    }
}
