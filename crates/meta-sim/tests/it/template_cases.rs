//! The templates that the product's own validator is tested with: what it accepts is taken here too, and what breaks one of
//! its rules is refused here too. Neither knows the other.

use meta_sim::{Limits, SimConfig, TemplateLimits, WebhookBehaviour, sample};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

use crate::fixture::Fixture;

/// Rules of which the reference of the simulator says nothing, and why the validator has them.
const NOT_REFUSED: [(&str, &str); 14] = [
    ("bid.amount", BIDS),
    ("bid.category", BIDS),
    ("example.count", EXAMPLES),
    (
        "field.unknown",
        "the Graph API ignores unknown fields: the validator finds what is misspelt",
    ),
    ("header.emoji", COPIES),
    ("label.emoji", COPIES),
    ("label.formatting", COPIES),
    ("label.line_break", COPIES),
    ("link.example_unexpected", EXAMPLES),
    ("link.whatsapp", COPIES),
    (
        "text.filled_length",
        "Meta refuses a message whose values are too long (132005): an example that is says so before",
    ),
    ("text.similar", COPIES),
    (
        "value.unknown",
        "the simulator does not read display_format",
    ),
    ("variable.braces", COPIES),
];
const BIDS: &str = "bids belong to the Marketing Messages API, which is not simulated";
const EXAMPLES: &str = "an example without a variable shows that the variable was forgotten";
const COPIES: &str = "the rule stands in public copies of Meta's pages only";
const TEMPLATES: usize = 1_000;

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
    for (index, (rule, pointer, mut template)) in template_cases::cases().into_iter().enumerate() {
        // A template of the same name would be refused for that.
        if pointer != "/name" && template["name"].is_string() {
            template["name"] = json!(format!("essai_{index}"));
        }
        let (status, _) = create(&fixture, &template).await;
        let is_known = !NOT_REFUSED.iter().any(|(rule_of, _)| *rule_of == rule);
        if is_known && status != 400 {
            taken.push(format!("{rule} {pointer}: {template}"));
        }
    }
    assert!(taken.is_empty(), "{}", taken.join("\n"));
    fixture.stop().await;
}
