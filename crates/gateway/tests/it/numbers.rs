//! Connecting numbers: Meta's confirmation and its effects.

use broker::Queue;
use common::ids::{BusinessId, MessageId};
use common::message::{HeldReason, MessageState};
use common::wire::{SendMessages, SyncTemplates};
use meta_sim::{Account, Endpoint, Fault, Match, Number, Script, Token, sample};
use reqwest::StatusCode;
use serde_json::json;

use crate::harness::{Harness, number_with};

/// `worker_storage::timers::DueKind`: to be republished if its job gets lost.
const PUBLISH: i16 = 2;
/// `worker_storage::timers::DueKind`: waits for an event.
const HELD: i16 = 4;

#[tokio::test(flavor = "multi_thread")]
async fn a_connected_number_is_shown_and_its_templates_are_asked_for() {
    let harness = Harness::start().await;
    let business = harness.business("Boutique Faso").await;
    let number = harness.connect_number(&business).await;
    assert_eq!(number["phone_number_id"], sample::PHONE_NUMBER_ID);
    assert_eq!(number["connection"], "connected");
    assert_eq!(number["display_phone_number"], "+226 25 30 61 00");
    assert_eq!(
        (&number["throughput_level"], &number["messaging_limit"]),
        (&json!("STANDARD"), &json!("TIER_2K"))
    );
    let one = format!("/v1/numbers/{}", sample::PHONE_NUMBER_ID);
    let shown = harness
        .get(&business.key, &one)
        .await
        .expect(StatusCode::OK);
    assert_eq!(shown, number);
    let listed = harness
        .get(&business.key, "/v1/numbers")
        .await
        .expect(StatusCode::OK);
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    let wabas = harness
        .get(&business.key, "/v1/wabas")
        .await
        .expect(StatusCode::OK);
    assert_eq!(wabas["items"][0]["waba_id"], sample::WABA_ID);
    let job: SyncTemplates = harness.next_payload(Queue::SyncTemplates).await;
    assert_eq!(
        (job.business_id.to_string(), job.waba_id.as_str()),
        (business.id.clone(), sample::WABA_ID)
    );
    let feed = harness
        .get(&business.key, "/v1/events")
        .await
        .expect(StatusCode::OK);
    assert_eq!(
        (&feed["items"][0]["type"], &feed["last_number"]),
        (&json!("number.connected"), &json!(1))
    );
    let rest = harness
        .get(&business.key, "/v1/events?after=1")
        .await
        .expect(StatusCode::OK);
    assert_eq!(rest, json!({ "items": [], "last_number": 1 }));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unsuitable_token_is_refused_with_the_reason_and_nothing_is_stored() {
    let harness = Harness::start().await;
    let business = harness.business("Boutique Faso").await;
    let other = harness
        .meta
        .put_account(account("EAAsimElsewhere"))
        .unwrap();
    let foreign_account = json!({
        "waba_id": other.waba_id, "phone_number_id": other.numbers[0].id, "access_token": sample::TOKEN
    });
    let foreign_number = json!({
        "waba_id": sample::WABA_ID, "phone_number_id": other.numbers[0].id, "access_token": sample::TOKEN
    });
    for (body, code, pointer) in [
        (
            number_with(sample::OTHER_APP_TOKEN),
            "token_of_other_app",
            "/access_token",
        ),
        (
            number_with(sample::EXPIRED_TOKEN),
            "token_invalid",
            "/access_token",
        ),
        (
            number_with("EAAsimNobody"),
            "token_invalid",
            "/access_token",
        ),
        (
            number_with(sample::MANAGEMENT_ONLY_TOKEN),
            "token_scope_missing",
            "/access_token",
        ),
        (
            number_with("EAAsimElsewhere"),
            "token_without_waba",
            "/access_token",
        ),
        (foreign_account, "token_without_waba", "/access_token"),
        (foreign_number, "number_not_of_waba", "/phone_number_id"),
    ] {
        let refused = harness.post(&business.key, "/v1/numbers", &body).await;
        assert_eq!(refused.problem(422), code);
        assert_eq!(refused.pointers(), [pointer], "{code}");
        assert!(refused.json()["detail"].is_string());
        let text = String::from_utf8_lossy(&refused.body).into_owned();
        assert!(
            !text.contains("EAA"),
            "the answer repeats the token: {text}"
        );
    }
    assert_eq!(stored(&harness).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_another_app_is_refused_with_an_explanation() {
    let harness = Harness::start().await;
    let business = harness.business("Boutique Faso").await;
    let refused = harness
        .post(
            &business.key,
            "/v1/numbers",
            &number_with(sample::OTHER_APP_TOKEN),
        )
        .await;
    assert_eq!(refused.problem(422), "token_of_other_app");
    let detail = refused.json()["detail"].as_str().unwrap().to_owned();
    assert!(
        detail.contains("signs each webhook") && detail.contains(sample::APP_ID),
        "{detail}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn when_meta_does_not_answer_the_call_gets_retry_after() {
    let harness = Harness::start().await;
    let business = harness.business("Boutique Faso").await;
    for endpoint in [
        Endpoint::DebugToken,
        Endpoint::PhoneNumbers,
        Endpoint::SubscribedApps,
    ] {
        for fault in [
            Fault::CutBeforeAcceptance,
            Fault::Html500 { accepted: false },
            Fault::TooManyRequests { code: None },
        ] {
            script(&harness, endpoint, fault);
            let refused = harness
                .post(&business.key, "/v1/numbers", &number_with(sample::TOKEN))
                .await;
            assert_eq!(refused.problem(503), "meta_unreachable", "{endpoint:?}");
            assert_eq!(refused.header("retry-after"), "10");
            let mut fields: Vec<_> = refused
                .json()
                .as_object()
                .unwrap()
                .keys()
                .cloned()
                .collect();
            fields.sort();
            assert_eq!(fields, ["detail", "status", "title", "trace_id", "type"]);
            let detail = refused.json()["detail"].clone();
            assert!(detail.as_str().unwrap().contains("Nothing was kept"));
            assert_eq!(refused.json()["trace_id"], refused.header("trace-id"));
            harness.meta.clear_scripts();
        }
    }
    assert_eq!(stored(&harness).await, 0);
    harness.connect_number(&business).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_meta_is_reported_in_our_words() {
    let harness = Harness::start().await;
    let business = harness.business("Boutique Faso").await;
    for endpoint in [Endpoint::PhoneNumbers, Endpoint::SubscribedApps] {
        script(
            &harness,
            endpoint,
            Fault::Error {
                code: 200,
                http_status: None,
                details: None,
            },
        );
        let refused = harness
            .post(&business.key, "/v1/numbers", &number_with(sample::TOKEN))
            .await;
        assert_eq!(refused.problem(422), "meta_refused");
        assert_eq!(refused.pointers(), ["/access_token"]);
        assert!(
            refused.json()["detail"]
                .as_str()
                .unwrap()
                .contains("code 200")
        );
        harness.meta.clear_scripts();
    }
    script(
        &harness,
        Endpoint::PhoneNumbers,
        Fault::Error {
            code: 190,
            http_status: None,
            details: None,
        },
    );
    let refused = harness
        .post(&business.key, "/v1/numbers", &number_with(sample::TOKEN))
        .await;
    assert_eq!(refused.problem(422), "token_invalid");
    assert_eq!(stored(&harness).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_token_is_only_stored_sealed() {
    let harness = Harness::start().await;
    let business = harness.business("Boutique Faso").await;
    harness.connect_number(&business).await;
    let scope = harness.db.store.business(business.id.parse().unwrap());
    let (keys, waba_id) = (
        scope.keys().await.unwrap(),
        sample::WABA_ID.parse().unwrap(),
    );
    let mut transaction = scope.begin().await.unwrap();
    let token = storage::access_tokens::get(&mut transaction, &scope, &keys, &waba_id)
        .await
        .unwrap();
    assert_eq!(token.expose(), sample::TOKEN);
    let all = "select concat((select string_agg(t::text || encode(t.token_sealed, 'escape'), '') from access_tokens t),
        (select string_agg(encode(response_body, 'escape'), '') from idempotency_keys),
        (select string_agg(e::text, '') from events e), (select string_agg(n::text, '') from phone_numbers n))";
    let all: String = harness
        .db
        .admin()
        .await
        .query_one(all, &[])
        .await
        .unwrap()
        .get(0);
    assert!(
        all.contains("Boutique Faso") && !all.contains(sample::TOKEN),
        "{all}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_belongs_to_one_business() {
    let harness = Harness::start().await;
    let (first, second) = (
        harness.business("First").await,
        harness.business("Second").await,
    );
    harness.connect_number(&first).await;
    let before = stored(&harness).await;
    let refused = harness
        .post(&second.key, "/v1/numbers", &number_with(sample::TOKEN))
        .await;
    assert_eq!(refused.problem(409), "number_connected_elsewhere");
    let text = String::from_utf8_lossy(&refused.body).into_owned();
    assert!(
        !text.contains(&first.id) && !text.contains("First"),
        "{text}"
    );
    assert_eq!(stored(&harness).await, before);
    let feed = harness
        .get(&second.key, "/v1/events")
        .await
        .expect(StatusCode::OK);
    assert_eq!(feed["items"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_call_gets_the_first_answer_without_asking_meta() {
    let harness = Harness::start().await;
    let business = harness.business("Boutique Faso").await;
    let connect = async || {
        harness
            .post_as(
                &business.key,
                "/v1/numbers",
                "go",
                &number_with(sample::TOKEN),
            )
            .await
    };
    let first = connect().await;
    first.expect(StatusCode::CREATED);
    script(&harness, Endpoint::DebugToken, Fault::CutBeforeAcceptance);
    let second = connect().await;
    assert_eq!((second.status, &second.body), (first.status, &first.body));
    assert_eq!(second.header("idempotency-replayed"), "true");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_breaker_is_shown_until_the_number_is_reconnected() {
    let harness = Harness::start().await;
    let business = harness.business("Boutique Faso").await;
    let number = harness.connect_number(&business).await;
    assert!(number["breaker"].is_null());
    let open =
        "update phone_numbers set breaker_opened_at = now(), breaker_reason = 'no clear answer'";
    let admin = harness.db.admin().await;
    admin.batch_execute(open).await.unwrap();
    let one = format!("/v1/numbers/{}", sample::PHONE_NUMBER_ID);
    let shown = harness
        .get(&business.key, &one)
        .await
        .expect(StatusCode::OK);
    assert_eq!(shown["connection"], "connected");
    assert_eq!(shown["breaker"]["reason"], "no clear answer");
    assert_eq!(
        shown["breaker"]["freed_by"],
        HeldReason::BreakerOpen.freed_by()
    );
    let again = harness
        .post(&business.key, "/v1/numbers", &number_with(sample::TOKEN))
        .await
        .expect(StatusCode::CREATED);
    assert!(again["breaker"].is_null());
    let shown = harness
        .get(&business.key, &one)
        .await
        .expect(StatusCode::OK);
    assert!(shown["breaker"].is_null());
}

#[tokio::test(flavor = "multi_thread")]
async fn connecting_again_replaces_the_token_and_releases_held_messages() {
    let harness = Harness::start().await;
    let business = harness.business("Boutique Faso").await;
    harness.connect_number(&business).await;
    let stopped = HeldReason::NumberStopped.code();
    let held = hold(&harness, &business.id, stopped).await;
    let paused = hold(&harness, &business.id, HeldReason::CampaignPaused.code()).await;
    let tokens = vec![Token {
        token: "EAAsimNewer".to_owned(),
        ..Token::default()
    }];
    let renewed = Account {
        waba_id: sample::WABA_ID.to_owned(),
        tokens,
        ..Account::default()
    };
    harness.meta.put_account(renewed).unwrap();
    let again = harness
        .post(&business.key, "/v1/numbers", &number_with("EAAsimNewer"))
        .await;
    again.expect(StatusCode::CREATED);
    assert_eq!(
        state(&harness, held).await,
        (MessageState::Accepted.code(), None, Some(PUBLISH))
    );
    let still = (
        MessageState::Held.code(),
        Some(HeldReason::CampaignPaused.code()),
        Some(HELD),
    );
    assert_eq!(state(&harness, paused).await, still);
    let job: SendMessages = harness.next_payload(Queue::Send).await;
    assert_eq!(
        job.messages
            .iter()
            .map(|message| message.message_id)
            .collect::<Vec<_>>(),
        [held]
    );
    let number = "select connection, stopped_reason from phone_numbers";
    let number = harness
        .db
        .admin()
        .await
        .query_one(number, &[])
        .await
        .unwrap();
    assert_eq!(
        (number.get::<_, i16>(0), number.get::<_, Option<String>>(1)),
        (1, None)
    );
}

/// An account of another business, with one number.
fn account(token: &str) -> Account {
    Account {
        numbers: vec![Number::default()],
        tokens: vec![Token {
            token: token.to_owned(),
            ..Token::default()
        }],
        ..Account::default()
    }
}

fn script(harness: &Harness, endpoint: Endpoint, fault: Fault) {
    let matching = Match {
        endpoint,
        ..Match::default()
    };
    harness
        .meta
        .script(Script::always(fault).matching(matching));
}

/// Rows of accounts, numbers and tokens.
async fn stored(harness: &Harness) -> i64 {
    let count = "select (select count(*) from wabas) + (select count(*) from phone_numbers)
        + (select count(*) from access_tokens)";
    harness
        .db
        .admin()
        .await
        .query_one(count, &[])
        .await
        .unwrap()
        .get(0)
}

/// A message of the sample number that is held for `reason`; the number is stopped.
async fn hold(harness: &Harness, business: &str, reason: i16) -> MessageId {
    let business: BusinessId = business.parse().unwrap();
    let message = MessageId::new(harness.context.clock.now());
    let admin = harness.db.admin().await;
    let sql = "with stop as (update phone_numbers set connection = 2, stopped_reason = 'the token was refused'),
        due as (insert into due_messages (business_id, message_id, phone_number_id, lane, kind, held_reason)
            values ($1, $2, $3, 2, 4, $4))
        insert into messages (business_id, id, phone_number_id, template_id, category, lane, state, held_reason,
            hash_version, recipient_hash, recipient_sealed)
        values ($1, $2, $3, '1', 2, 2, 4, $4, 1, '\\x01', '\\x01')";
    let (business, id) = (business.as_uuid(), message.as_uuid());
    admin
        .execute(sql, &[&business, &id, &sample::PHONE_NUMBER_ID, &reason])
        .await
        .unwrap();
    message
}

/// State, held reason, and kind of its timer.
async fn state(harness: &Harness, message: MessageId) -> (i16, Option<i16>, Option<i16>) {
    let sql = "select state, held_reason, (select kind from due_messages where message_id = id)
        from messages where id = $1";
    let row = harness
        .db
        .admin()
        .await
        .query_one(sql, &[&message.as_uuid()])
        .await
        .unwrap();
    (row.get(0), row.get(1), row.get(2))
}
