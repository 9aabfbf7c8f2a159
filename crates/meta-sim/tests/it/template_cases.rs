//! The templates that the product's own validator is tested with: what it accepts is taken here too, and what breaks one of
//! its rules is refused here too. Neither knows the other.

use meta_sim::{Limits, SimConfig, TemplateLimits, WebhookBehaviour, sample};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::fixture::Fixture;

/// Rules that the simulator does not know, and why.
const NOT_REFUSED: [(&str, &str); 1] = [(
    "bid.amount",
    "bids belong to the Marketing Messages API, which is not simulated",
)];
const TEMPLATES: usize = 300;

async fn start() -> Fixture {
    let templates = TemplateLimits {
        uploaded_samples_only: false,
        ..TemplateLimits::none()
    };
    Fixture::with(SimConfig {
        behaviour: WebhookBehaviour::quick(),
        limits: Limits {
            templates,
            ..Limits::default()
        },
        ..SimConfig::default()
    })
    .await
}

async fn create(fixture: &Fixture, template: &Value) -> (u16, Value) {
    let edge = format!("/v25.0/{}/message_templates", sample::WABA_ID);
    fixture.post(&edge, template).await
}

#[tokio::test]
async fn what_the_validator_accepts_is_taken() {
    let fixture = start().await;
    let mut runner = TestRunner::default();
    for index in 0..TEMPLATES {
        let mut template = template_cases::template()
            .new_tree(&mut runner)
            .unwrap()
            .current();
        template["name"] = json!(format!("essai_{index}"));
        let (status, answer) = create(&fixture, &template).await;
        assert_eq!(status, 200, "{template} {answer}");
    }
    fixture.stop().await;
}

#[tokio::test]
async fn what_breaks_a_rule_of_the_validator_is_refused() {
    let fixture = start().await;
    let mut taken = Vec::new();
    for (rule, pointer, template) in template_cases::cases() {
        let (status, _) = create(&fixture, &template).await;
        let is_expected = NOT_REFUSED.iter().any(|(known, _)| *known == rule);
        if (status == 400) == is_expected {
            taken.push(format!("{status} {rule} {pointer}: {template}"));
        }
    }
    assert!(taken.is_empty(), "{}", taken.join("\n"));
    fixture.stop().await;
}
