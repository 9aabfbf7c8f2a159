//! Lists, look-ups and the subscription: the requests, and the handling of unexpected responses.

use cloud_api::{ApiError, ErrorClass};
use serde_json::{Value, json};

use crate::server::{Reply, Server, token};

fn page(ids: std::ops::Range<u32>, after: Option<&str>) -> Reply {
    let templates: Vec<Value> = ids
        .map(|id| json!({"id": id.to_string(), "name": format!("t{id}"), "language": "fr", "status": "APPROVED"}))
        .collect();
    let paging = match after {
        Some(after) => {
            json!({"cursors": {"after": after}, "next": "https://graph.facebook.com/never-followed"})
        }
        None => json!({"cursors": {"after": "the-end"}}),
    };
    Reply::Json(200, json!({"data": templates, "paging": paging}))
}

fn expired_cursor() -> Reply {
    Reply::Json(400, json!({"error": {"code": 131_059}}))
}

async fn templates(server: &Server) -> Result<Vec<String>, ApiError> {
    let waba_id = "102290129340398".parse().unwrap();
    let templates = server.api().templates(&token(), &waba_id).await.result?;
    Ok(templates
        .into_iter()
        .map(|template| template.name)
        .collect())
}

#[tokio::test]
async fn all_pages_of_the_templates_are_read() {
    let server = Server::start([
        page(0..100, Some("A")),
        page(100..200, Some("B")),
        page(200..207, None),
    ])
    .await;
    let names = templates(&server).await.unwrap();
    assert_eq!(
        names,
        (0..207).map(|id| format!("t{id}")).collect::<Vec<_>>()
    );
    let seen = server.seen();
    let cursors: Vec<Option<&str>> = seen.iter().map(|seen| seen.query("after")).collect();
    assert_eq!(cursors, [None, Some("A"), Some("B")]);
    assert!(
        seen.iter()
            .all(|seen| seen.path == "/v25.0/102290129340398/message_templates")
    );
    assert!(seen.iter().all(|seen| seen.query("limit") == Some("100")));
}

#[tokio::test]
async fn an_expired_cursor_begins_the_list_anew() {
    let server = Server::start([
        page(0..2, Some("A")),
        expired_cursor(),
        page(0..2, Some("B")),
        page(2..3, None),
    ])
    .await;
    assert_eq!(templates(&server).await.unwrap(), ["t0", "t1", "t2"]);
}

#[tokio::test]
async fn a_cursor_that_expires_again_and_again_is_an_error() {
    let turns = (0..10).flat_map(|_| [page(0..1, Some("A")), expired_cursor()]);
    let server = Server::start(turns).await;
    let error = templates(&server).await.unwrap_err();
    assert_eq!(error.meta().map(|error| error.code), Some(131_059));
    assert_eq!(server.seen().len(), 8);
}

#[tokio::test]
async fn a_list_that_runs_in_circles_is_an_error() {
    let server = Server::start((0..200).map(|_| page(0..1, Some("A")))).await;
    assert!(matches!(
        templates(&server).await,
        Err(ApiError::Endless { pages: 100 })
    ));
}

#[tokio::test]
async fn a_page_that_fails_fails_the_list() {
    let broken = Reply::Raw("HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"data\":[".to_owned());
    let server = Server::start([page(0..100, Some("A")), broken]).await;
    assert!(matches!(
        templates(&server).await,
        Err(ApiError::Interrupted(_))
    ));

    let server = Server::start([
        page(0..100, Some("A")),
        Reply::Json(200, json!({"data": "none"})),
    ])
    .await;
    assert!(matches!(
        templates(&server).await,
        Err(ApiError::NotUnderstood {
            http_status: 200,
            ..
        })
    ));
}

#[tokio::test]
async fn a_refused_token_is_told_as_such_and_no_error_names_it() {
    let refusal =
        json!({"error": {"message": "EAAG-test-token", "type": "OAuthException", "code": 190}});
    let server = Server::start([Reply::Json(401, refusal), Reply::Reset]).await;
    let error = server
        .api()
        .phone_number(&token(), &"1".parse().unwrap())
        .await
        .unwrap_err();
    assert!(error.is_token_refused());
    assert_eq!(error.class(), ErrorClass::NumberStopped);
    assert!(!format!("{error:?} {error}").contains("EAAG"));

    let error = server.api().debug_token(&token()).await.unwrap_err();
    let source = std::error::Error::source(&error).unwrap();
    let printed = format!("{error:?} {error} {source:?} {source}");
    assert!(matches!(error, ApiError::Interrupted(_)));
    assert!(!printed.contains("EAAG"), "{printed}");
}

#[tokio::test]
async fn a_token_is_described_to_our_app_and_to_nobody_else() {
    let answer = json!({"data": {"is_valid": true, "app_id": "670843887433847", "expires_at": 0, "scopes": []}});
    let server = Server::start([Reply::Json(200, answer)]).await;
    let info = server.api().debug_token(&token()).await.unwrap();
    assert!(info.is_valid);
    let [seen] = server.seen().try_into().unwrap();
    assert_eq!(seen.path, "/v25.0/debug_token");
    assert_eq!(
        seen.query,
        [("input_token".to_owned(), "EAAG-test-token".to_owned())]
    );
    assert!(
        seen.head
            .contains("authorization: Bearer 670843887433847|test_app_secret")
    );
}

#[tokio::test]
async fn the_numbers_of_an_account_are_read() {
    let server = Server::start([Reply::Json(
        200,
        json!({"data": [{"id": "1"}, {"id": 2, "status": "NEW"}]}),
    )])
    .await;
    let numbers = server
        .api()
        .waba_phone_numbers(&token(), &"5".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(
        numbers
            .iter()
            .map(|number| number.id.as_str())
            .collect::<Vec<_>>(),
        ["1", "2"]
    );
}

#[tokio::test]
async fn a_subscription_counts_only_when_meta_confirms_it() {
    let server = Server::start([
        Reply::Json(200, json!({"success": true})),
        Reply::Json(200, json!({"success": false})),
        Reply::Json(200, json!({})),
        Reply::Json(200, json!({"data": [{"whatsapp_business_api_data": {"id": "670843887433847", "name": "Djigbachats"}}]})),
    ])
    .await;
    let (api, waba_id) = (server.api(), "5".parse().unwrap());
    assert!(api.subscribe_app(&token(), &waba_id).await.is_ok());
    assert!(api.subscribe_app(&token(), &waba_id).await.is_err());
    assert!(api.subscribe_app(&token(), &waba_id).await.is_err());
    let apps = api.subscribed_apps(&token(), &waba_id).await.unwrap();
    assert_eq!(apps[0].app_id, "670843887433847".parse().unwrap());
}
