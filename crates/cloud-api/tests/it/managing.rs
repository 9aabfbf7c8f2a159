//! Creating, editing and deleting templates, the budget of managing calls, and uploads of samples.

use std::time::Duration;

use cloud_api::{CallFailure, CreatedTemplate, Managed, SampleFile};
use common::ids::{TemplateId, WabaId};
use common::template::{Category, TemplateStatus};
use serde_json::json;

use crate::server::{Reply, Server, token};

const AMPLE: Duration = Duration::from_secs(10);
const PHOTO: SampleFile<'static> = SampleFile {
    name: "robe.jpg",
    mime_type: "image/jpeg",
    content: b"0123456789",
};

fn waba_id() -> WabaId {
    "102290129340398".parse().unwrap()
}

fn template_id() -> TemplateId {
    "1689556908129832".parse().unwrap()
}

/// An answer with the header of the used budget.
fn with_budget(status: u16, body: &str) -> Reply {
    let budget = r#"{"102290129340398":[{"type":"whatsapp","call_count":100,"total_cputime":25,"total_time":25,"estimated_time_to_regain_access":19}]}"#;
    Reply::Raw(format!(
        "HTTP/1.1 {status} X\r\nX-Business-Use-Case-Usage: {budget}\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    ))
}

async fn create(server: &Server) -> Managed<CreatedTemplate> {
    let definition =
        json!({"name": "commande", "language": "fr", "category": "UTILITY", "components": []});
    let (api, token) = (server.api(), token());
    api.create_template(&token, &waba_id(), &definition).await
}

#[tokio::test]
async fn a_template_is_created_edited_and_deleted() {
    let answer = json!({"id": "1689556908129832", "status": "PENDING", "category": "MARKETING"});
    let done = || Reply::Json(200, json!({"success": true}));
    let server = Server::start([Reply::Json(200, answer), done(), done(), done()]).await;
    let created = create(&server).await.result.unwrap();
    assert_eq!(created.id, template_id());
    assert_eq!(created.status, TemplateStatus::from_meta("PENDING"));
    assert_eq!(created.category, Category::Marketing);

    let (api, token) = (server.api(), token());
    let edit = json!({"components": [{"type": "BODY", "text": "Bonjour"}]});
    let edited = api.edit_template(&token, &template_id(), &edit).await;
    edited.result.unwrap();
    for one in [None, Some(template_id())] {
        let deleted = api
            .delete_template(&token, &waba_id(), "commande", one.as_ref())
            .await;
        deleted.result.unwrap();
    }
    let seen = server.seen();
    let calls: Vec<_> = seen
        .iter()
        .map(|seen| (seen.method.as_str(), seen.path.as_str()))
        .collect();
    let list = "/v25.0/102290129340398/message_templates";
    let expected = [
        ("POST", list),
        ("POST", "/v25.0/1689556908129832"),
        ("DELETE", list),
        ("DELETE", list),
    ];
    assert_eq!(calls, expected);
    assert_eq!(seen[0].json()["name"], "commande");
    assert_eq!(seen[1].json(), edit);
    assert_eq!(seen[2].query("name"), Some("commande"));
    let ids: Vec<_> = seen.iter().map(|seen| seen.query("hsm_id")).collect();
    assert_eq!(ids, [None, None, None, Some("1689556908129832")]);
}

#[tokio::test]
async fn what_meta_does_not_confirm_is_in_doubt() {
    let server = Server::start([
        Reply::Json(200, json!({"success": false})),
        Reply::Reset,
        Reply::Json(200, json!({"id": "1"})),
    ])
    .await;
    let (api, token) = (server.api(), token());
    for _ in 0..3 {
        let edited = api.edit_template(&token, &template_id(), &json!({})).await;
        let error = edited.result.unwrap_err();
        assert_eq!(error.failure(), CallFailure::InDoubt, "{error}");
    }
}

#[tokio::test]
async fn a_refusal_holds_metas_reason_and_does_not_print_it() {
    let body = json!({"error": {"message": "Invalid parameter", "type": "OAuthException", "code": 100,
        "error_subcode": 2_388_299, "error_user_title": "Des variables ...", "error_user_msg": "Bonjour Awa"}});
    let server = Server::start([Reply::Json(400, body)]).await;
    let error = create(&server).await.result.unwrap_err();
    assert_eq!(error.failure(), CallFailure::Refused);
    let meta = error.meta().unwrap();
    assert_eq!((meta.code, meta.subcode), (100, Some(2_388_299)));
    assert_eq!(meta.user_title.as_deref(), Some("Des variables ..."));
    assert_eq!(meta.user_message.as_deref(), Some("Bonjour Awa"));
    let printed = format!("{error:?} {error}");
    assert!(!printed.contains("Awa"), "{printed}");
    assert!(printed.contains("begins or ends with a variable"));
}

#[tokio::test]
async fn a_used_up_budget_says_when_to_call_again() {
    let refusal = r#"{"error":{"code":80008}}"#;
    let list = r#"{"data":[]}"#;
    let server = Server::start([with_budget(400, refusal), with_budget(200, list)]).await;
    let created = create(&server).await;
    let error = created.result.unwrap_err();
    assert_eq!(error.failure(), CallFailure::TooManyCalls);
    let budget = created.business_use.unwrap();
    assert_eq!(budget.percent, 100);
    assert_eq!(budget.regain_access_after, Some(Duration::from_secs(1_140)));

    let other: WabaId = "7".parse().unwrap();
    let of_another = server.api().templates(&token(), &other).await;
    assert!(of_another.result.unwrap().is_empty());
    assert_eq!(of_another.business_use, None);
}

#[tokio::test]
async fn only_exactly_this_name_is_listed() {
    let node =
        |id: u32, name: &str, language: &str| json!({"id": id, "name": name, "language": language});
    let nodes = [
        node(1, "commande", "fr"),
        node(2, "commande_prete", "fr"),
        node(3, "commande", "en"),
    ];
    let server = Server::start([Reply::Json(200, json!({"data": nodes}))]).await;
    let (api, token) = (server.api(), token());
    let named = api.templates_named(&token, &waba_id(), "commande").await;
    let languages: Vec<_> = named
        .result
        .unwrap()
        .into_iter()
        .map(|it| it.language)
        .collect();
    assert_eq!(languages, ["fr", "en"]);
    assert_eq!(server.seen()[0].query("name"), Some("commande"));
}

#[tokio::test]
async fn a_sample_is_uploaded_in_one_piece() {
    let server = Server::start([
        Reply::Json(200, json!({"id": "upload:MTphd?sig=ARZ"})),
        Reply::Json(200, json!({"h": "4::aW1h\n4::cGFy"})),
    ])
    .await;
    let uploaded = server.api().upload_sample(&token(), PHOTO, AMPLE).await;
    assert_eq!(uploaded.result.unwrap().as_str(), "4::aW1h\n4::cGFy");
    let [session, bytes] = server.seen().try_into().unwrap();
    assert_eq!(session.path, "/v25.0/670843887433847/uploads");
    let asked = ["file_name", "file_length", "file_type"].map(|key| session.query(key));
    assert_eq!(asked, [Some("robe.jpg"), Some("10"), Some("image/jpeg")]);
    assert_eq!(bytes.path, "/v25.0/upload:MTphd");
    assert_eq!(bytes.query("sig"), Some("ARZ"));
    assert_eq!(bytes.body, "0123456789");
    assert!(bytes.head.contains("authorization: OAuth EAAG-test-token"));
    assert!(!bytes.head.contains("Bearer"));
    assert!(bytes.head.contains("file_offset: 0"));
}

#[tokio::test]
async fn an_upload_that_breaks_off_goes_on_where_meta_stopped() {
    let session = || json!({"id": "upload:MTphd?sig=ARZ", "file_offset": 4});
    let server = Server::start([
        Reply::Json(200, session()),
        Reply::Reset,
        Reply::Json(200, session()),
        Reply::Json(200, json!({"h": "4::aW1h"})),
    ])
    .await;
    let uploaded = server.api().upload_sample(&token(), PHOTO, AMPLE).await;
    assert_eq!(uploaded.result.unwrap().as_str(), "4::aW1h");
    let [_, _, asked, rest] = server.seen().try_into().unwrap();
    assert_eq!(
        (asked.method.as_str(), asked.path),
        ("GET", "/v25.0/upload:MTphd".to_owned())
    );
    assert!(rest.head.contains("file_offset: 4"));
    assert_eq!(rest.body, "456789");
}

#[tokio::test]
async fn an_upload_that_always_breaks_off_is_given_up() {
    let session = || Reply::Json(200, json!({"id": "upload:1?sig=2", "file_offset": 0}));
    let broken = [
        Reply::Reset,
        session(),
        Reply::Reset,
        session(),
        Reply::Reset,
    ];
    let server = Server::start([session()].into_iter().chain(broken)).await;
    let uploaded = server.api().upload_sample(&token(), PHOTO, AMPLE).await;
    assert_eq!(uploaded.result.unwrap_err().failure(), CallFailure::InDoubt);

    let elsewhere = Reply::Json(200, json!({"id": "../me?access_token=x"}));
    let server = Server::start([elsewhere]).await;
    let uploaded = server.api().upload_sample(&token(), PHOTO, AMPLE).await;
    assert!(uploaded.result.is_err());
    assert_eq!(server.seen().len(), 1);
}
