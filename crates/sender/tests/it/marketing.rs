//! Marketing messages through Meta's Marketing Messages API, if enabled by the operator.

use common::message::{MessageState, PostOutcome};
use common::template::Category;
use meta_sim::{Endpoint, Fault, Match, Script};
use sender::{MarketingSettings, SenderSettings};
use serde_json::Value;

use crate::fixture::{AWA, Fixture, quick};

fn with_own_endpoint() -> SenderSettings {
    SenderSettings {
        marketing: MarketingSettings {
            own_endpoint: true,
            ..MarketingSettings::default()
        },
        ..quick()
    }
}

/// The category in Meta's ledger of the first attempt, and its body.
fn posted(fixture: &Fixture, id: common::ids::MessageId) -> (String, Value) {
    let [entry] = &fixture.meta.ledger_of(&fixture.opaque_id(id, 1))[..] else {
        panic!("not exactly one entry in the ledger")
    };
    let body = entry.body.as_ref().unwrap().get();
    (entry.category.clone(), serde_json::from_str(body).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn only_marketing_goes_to_its_own_endpoint() {
    let fixture = Fixture::start().await;
    let sender = fixture.send(with_own_endpoint());
    let offer = fixture.order(Category::Marketing, AWA).await;
    let ticket = fixture.order(Category::Utility, AWA).await;
    for id in [offer, ticket] {
        fixture.until(id, MessageState::Submitted).await;
    }
    let (category, body) = posted(&fixture, offer);
    assert_eq!(category, "marketing_lite");
    assert_eq!(body["product_policy"], "CLOUD_API_FALLBACK");
    assert_eq!(body["message_activity_sharing"], false);
    assert_eq!(posted(&fixture, ticket).0, "utility");
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_setting_marketing_is_posted_like_other_messages() {
    let fixture = Fixture::start().await;
    let sender = fixture.send(quick());
    let offer = fixture.order(Category::Marketing, AWA).await;
    fixture.until(offer, MessageState::Submitted).await;
    assert_eq!(posted(&fixture, offer).0, "marketing");
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_that_meta_still_prepares_is_waited_for() {
    let fixture = Fixture::start().await;
    let refusal = Script::always(Fault::Error {
        code: 134_101,
        http_status: None,
        details: None,
    });
    fixture.meta.script(refusal.matching(Match {
        endpoint: Endpoint::MarketingMessages,
        ..Match::default()
    }));
    let sender = fixture.send(with_own_endpoint());
    let offer = fixture.order(Category::Marketing, AWA).await;
    fixture.until(offer, MessageState::RetryWait).await;
    let outcomes = fixture.outcomes(offer).await;
    assert_eq!(outcomes, [PostOutcome::NotAccepted.code()]);
    let waits = "select due_at > now() + interval '5 minutes' from due_messages";
    let row = fixture.admin.query_one(waits, &[]).await.unwrap();
    assert!(row.get::<_, bool>(0));
    assert_eq!(fixture.copies(offer), 0);
    sender.stop().await;
}
