//! Advertisements by Meta's Marketing Messages API, where the operator wants it.

use common::message::{MessageState, PostOutcome};
use common::template::Category;
use meta_sim::{Endpoint, Fault, Match, Script};
use sender::{MarketingSettings, SenderSettings};
use serde_json::Value;

use crate::stand::{AWA, Stand, quick};

fn with_own_endpoint() -> SenderSettings {
    SenderSettings {
        marketing: MarketingSettings {
            own_endpoint: true,
            ..MarketingSettings::default()
        },
        ..quick()
    }
}

/// What Meta's ledger calls the first attempt, and its body.
fn posted(stand: &Stand, id: common::ids::MessageId) -> (String, Value) {
    let [entry] = &stand.meta.ledger_of(&stand.opaque_id(id, 1))[..] else {
        panic!("not once in the ledger")
    };
    let body = entry.body.as_ref().unwrap().get();
    (entry.category.clone(), serde_json::from_str(body).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn advertisements_alone_go_to_their_own_endpoint() {
    let stand = Stand::start().await;
    let sender = stand.send(with_own_endpoint());
    let offer = stand.order(Category::Marketing, AWA).await;
    let ticket = stand.order(Category::Utility, AWA).await;
    for id in [offer, ticket] {
        stand.until(id, MessageState::Submitted).await;
    }
    let (category, body) = posted(&stand, offer);
    assert_eq!(category, "marketing_lite");
    assert_eq!(body["product_policy"], "CLOUD_API_FALLBACK");
    assert_eq!(body["message_activity_sharing"], false);
    assert_eq!(posted(&stand, ticket).0, "utility");
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_setting_they_are_posted_as_all_others() {
    let stand = Stand::start().await;
    let sender = stand.send(quick());
    let offer = stand.order(Category::Marketing, AWA).await;
    stand.until(offer, MessageState::Submitted).await;
    assert_eq!(posted(&stand, offer).0, "marketing");
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_that_meta_still_prepares_is_waited_for() {
    let stand = Stand::start().await;
    let refusal = Script::always(Fault::Error {
        code: 134_101,
        http_status: None,
        details: None,
    });
    stand.meta.script(refusal.matching(Match {
        endpoint: Endpoint::MarketingMessages,
        ..Match::default()
    }));
    let sender = stand.send(with_own_endpoint());
    let offer = stand.order(Category::Marketing, AWA).await;
    stand.until(offer, MessageState::RetryWait).await;
    let outcomes = stand.outcomes(offer).await;
    assert_eq!(outcomes, [PostOutcome::NotAccepted.code()]);
    let waits = "select due_at > now() + interval '5 minutes' from due_messages";
    let row = stand.admin.query_one(waits, &[]).await.unwrap();
    assert!(row.get::<_, bool>(0));
    assert_eq!(stand.copies(offer), 0);
    sender.stop().await;
}
