//! Compares our requests with Meta's own description of the API (the file `business-messaging-api_v23.0.yaml` of the
//! repository `facebook/openapi`), with the corrections of Meta's documentation.
//!
//! The file is searched for at `DJIGBACHATS_META_OPENAPI` and in the folders beside the checkout; without it these
//! tests print that and check nothing.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cloud_api::{Endpoint, MarketingOptions, OutgoingContent, OutgoingMessage};
use common::content::FreeForm;
use serde_json::{Map, Value, json};

use crate::sending::{accepted, awa, components, send};
use crate::server::{Reply, Seen, Server, token};

/// Fields of a message that Meta documents outside of its file (messages reference; status webhooks echo it).
const DOCUMENTED_ELSEWHERE: [&str; 1] = ["biz_opaque_callback_data"];

/// Fields that Meta's file requires and that its documentation omits (`{"code":"fr"}` is enough).
const NOT_REALLY_REQUIRED: [&str; 1] = ["policy"];

/// The name of the file with Meta's description.
const FILE: &str = "meta-business-messaging-api_v23.0.yaml";

struct Description(Value);

impl Description {
    fn load() -> Option<Self> {
        let Some(path) = named().or_else(beside) else {
            #[expect(clippy::print_stderr, reason = "a skipped test has to say so")]
            {
                eprintln!(
                    "skipped: {FILE} is not beside the checkout; name its path in DJIGBACHATS_META_OPENAPI"
                );
            }
            return None;
        };
        let text = std::fs::read_to_string(&path).unwrap();
        Some(Self(serde_yaml_ng::from_str(&text).unwrap()))
    }

    /// The operation of a path, whatever its parameters are called there.
    fn operation(&self, seen: &Seen) -> Option<&Value> {
        let paths = self.0["paths"].as_object()?;
        let ours: Vec<&str> = seen.path.split('/').collect();
        let fits = |path: &str| {
            let theirs: Vec<&str> = path.split('/').collect();
            theirs.len() == ours.len()
                && theirs
                    .iter()
                    .zip(&ours)
                    .all(|(theirs, ours)| theirs == ours || theirs.starts_with('{'))
        };
        let operation =
            |(_, item): (&String, &'_ Value)| item.get(seen.method.to_lowercase()).is_some();
        paths
            .iter()
            .filter(|(path, _)| fits(path))
            .find(|entry| operation(*entry))
            .and_then(|(_, item)| item.get(seen.method.to_lowercase()))
    }

    fn resolve<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema.get("$ref").and_then(Value::as_str) {
            Some(reference) => {
                self.resolve(self.0.pointer(reference.trim_start_matches('#')).unwrap())
            }
            None => schema,
        }
    }

    /// The schema for a value: the variant of its `type`, with all parts of an `allOf` merged.
    fn flatten(&self, schema: &Value, value: &Value) -> Map<String, Value> {
        let schema = self.resolve(schema);
        let variant = value["type"]
            .as_str()
            .and_then(|kind| schema.pointer(&format!("/discriminator/mapping/{kind}")));
        if let Some(reference) = variant.filter(|_| schema.get("oneOf").is_some()) {
            return self.flatten(&json!({"$ref": reference}), value);
        }
        let mut whole = schema.as_object().cloned().unwrap_or_default();
        for part in schema
            .get("allOf")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
        {
            for (key, more) in self.flatten(part, value) {
                match (whole.get_mut(&key), more) {
                    (Some(Value::Object(here)), Value::Object(more)) => here.extend(more),
                    (Some(Value::Array(here)), Value::Array(more)) => here.extend(more),
                    (_, more) => drop(whole.insert(key, more)),
                }
            }
        }
        whole
    }

    /// The parts of the value that do not conform to the schema.
    fn complaints(&self, schema: &Value, value: &Value, at: &str) -> Vec<String> {
        let schema = self.flatten(schema, value);
        let mut complaints = Vec::new();
        if let (Some(items), Some(values)) = (schema.get("items"), value.as_array()) {
            for value in values {
                complaints.extend(self.complaints(items, value, &format!("{at}[]")));
            }
        }
        if let Some(allowed) = schema.get("enum").and_then(Value::as_array)
            && !allowed.contains(value)
        {
            complaints.push(format!("{at}: {value} is not allowed"));
        }
        let (Some(properties), Some(fields)) = (
            schema.get("properties").and_then(Value::as_object),
            value.as_object(),
        ) else {
            return complaints;
        };
        for (name, field) in fields {
            match properties.get(name) {
                Some(schema) => {
                    complaints.extend(self.complaints(schema, field, &format!("{at}.{name}")));
                }
                None if DOCUMENTED_ELSEWHERE.contains(&name.as_str()) => {}
                None => complaints.push(format!("{at}.{name} is unknown")),
            }
        }
        let required = schema
            .get("required")
            .and_then(Value::as_array)
            .into_iter()
            .flatten();
        for name in required.filter_map(Value::as_str) {
            if !fields.contains_key(name) && !NOT_REALLY_REQUIRED.contains(&name) {
                complaints.push(format!("{at}.{name} is missing"));
            }
        }
        complaints
    }
}

#[tokio::test]
async fn every_call_but_debug_token_is_in_metas_description() {
    let Some(meta) = Description::load() else {
        return;
    };
    let empty = || Reply::Json(200, json!({"data": []}));
    let server = Server::start([
        Reply::Json(200, accepted()),
        empty(),
        empty(),
        empty(),
        empty(),
        Reply::Json(200, json!({"id": "1"})),
    ])
    .await;
    let (api, token, waba_id) = (server.api(), token(), "102290129340398".parse().unwrap());
    send(&api, Duration::from_secs(10)).await;
    api.templates(&token, &waba_id).await.result.unwrap();
    api.waba_phone_numbers(&token, &waba_id).await.unwrap();
    api.subscribe_app(&token, &waba_id).await.unwrap();
    api.subscribed_apps(&token, &waba_id).await.unwrap();
    api.phone_number(&token, &"106540352242922".parse().unwrap())
        .await
        .unwrap();
    for seen in server.seen() {
        assert!(
            meta.operation(&seen).is_some(),
            "{} {} is not Meta's",
            seen.method,
            seen.path
        );
    }
}

#[tokio::test]
async fn a_message_fits_metas_schema() {
    let Some(meta) = Description::load() else {
        return;
    };
    let server = Server::start([Reply::Json(200, accepted())]).await;
    send(&server.api(), Duration::from_secs(10)).await;
    let [seen] = server.seen().try_into().unwrap();
    let schema = meta
        .operation(&seen)
        .and_then(|operation| operation.pointer("/requestBody/content/application~1json/schema"))
        .unwrap();
    assert_eq!(
        meta.complaints(schema, &seen.json(), "message"),
        Vec::<String>::new()
    );

    let mut wrong = seen.json();
    wrong["template"]["nome"] = json!("x");
    wrong["recipient_type"] = json!("crowd");
    wrong.as_object_mut().unwrap().remove("to");
    assert_eq!(
        meta.complaints(schema, &wrong, "message").len(),
        3,
        "a wrong message must not pass"
    );
}

#[tokio::test]
async fn what_is_no_template_and_what_is_marketing_fits_metas_schema() {
    let Some(meta) = Description::load() else {
        return;
    };
    let contents = [
        json!({"text": {"body": "Bonjour", "preview_url": true}}),
        json!({"location": {"latitude": 12.37, "longitude": -1.52, "name": "Boutique Faso"}}),
        json!({"interactive": {"type": "button", "header": {"type": "text", "text": "Livraison"},
            "body": {"text": "Demain ?"}, "footer": {"text": "Boutique Faso"},
            "action": {"buttons": [{"type": "reply", "reply": {"id": "1", "title": "Oui"}}]}}}),
        json!({"interactive": {"type": "list", "body": {"text": "Que voulez-vous ?"},
            "action": {"button": "Choisir", "sections": [{"rows": [{"id": "1", "title": "Facture"}]}]}}}),
        json!({"document": {"id": "1037543291543636", "caption": "Merci", "filename": "ticket.pdf"}}),
        json!({"image": {"id": "1037543291543636", "caption": "La robe"}}),
        json!({"video": {"id": "1037543291543636"}}),
    ]
    .map(|content| serde_json::from_value::<FreeForm>(content).unwrap());
    let components = components();
    let offer = OutgoingContent::Template {
        name: "offre_fidelite",
        language: "fr",
        components: &components,
    };
    let marketing = Endpoint::MarketingMessages(MarketingOptions::default());
    let replies = contents.iter().map(OutgoingContent::FreeForm);
    let messages: Vec<_> = replies
        .map(|content| (content, Some("wamid.HBgL"), Endpoint::Messages))
        .chain([(offer, None, marketing)])
        .collect();
    let answers: Vec<_> = messages
        .iter()
        .map(|_| Reply::Json(200, accepted()))
        .collect();
    let server = Server::start(answers).await;
    for (content, reply_to, endpoint) in messages {
        let message = OutgoingMessage {
            recipient: &awa(),
            content,
            reply_to,
            opaque_id: "d1.00ff",
            endpoint,
        };
        let number = "106540352242922".parse().unwrap();
        let timeout = Duration::from_secs(10);
        let report = server
            .api()
            .send_message(&token(), &number, &message, timeout)
            .await;
        assert!(report.wamid.is_some(), "{report:?}");
    }
    for seen in server.seen() {
        let operation = meta.operation(&seen).unwrap();
        let schema = operation
            .pointer("/requestBody/content/application~1json/schema")
            .unwrap();
        let complaints = meta.complaints(schema, &seen.json(), "message");
        assert_eq!(complaints, Vec::<String>::new(), "{}", seen.path);
    }
}

/// Meta's schema of a file has the id only; its examples have the caption and the file name too, which the product
/// sends.
#[tokio::test]
async fn a_file_is_posted_with_the_fields_of_metas_examples() {
    let Some(meta) = Description::load() else {
        return;
    };
    let files = [
        (
            "Document",
            json!({"document": {"id": "1", "caption": "Merci", "filename": "ticket.pdf"}}),
        ),
        ("Image", json!({"image": {"id": "1"}})),
        ("Video", json!({"video": {"id": "1", "caption": "La robe"}})),
    ];
    let answers = files.iter().map(|_| Reply::Json(200, accepted()));
    let server = Server::start(answers.collect::<Vec<_>>()).await;
    for (_, content) in &files {
        let content: FreeForm = serde_json::from_value(content.clone()).unwrap();
        let message = OutgoingMessage {
            recipient: &awa(),
            content: OutgoingContent::FreeForm(&content),
            reply_to: Some("wamid.HBgL"),
            opaque_id: "d1.00ff",
            endpoint: Endpoint::Messages,
        };
        let (number, timeout) = ("106540352242922".parse().unwrap(), Duration::from_secs(10));
        let api = server.api();
        let report = api.send_message(&token(), &number, &message, timeout).await;
        assert!(report.wamid.is_some(), "{report:?}");
    }
    for ((kind, _), seen) in files.iter().zip(server.seen()) {
        let examples = meta.operation(&seen).unwrap();
        let examples = examples.pointer("/requestBody/content/application~1json/examples");
        let example = &examples.unwrap()[format!("Send Reply to {kind} Message by ID")]["value"];
        let mut posted = seen.json();
        for documented in DOCUMENTED_ELSEWHERE {
            posted.as_object_mut().unwrap().remove(documented);
        }
        assert_eq!(fields(&posted), fields(example), "{kind}");
        assert_eq!(posted["type"], example["type"]);
    }
}

/// The pointers of all fields of a value, except the one that Meta declares optional.
fn fields(value: &Value) -> BTreeSet<String> {
    let Some(fields) = value.as_object() else {
        return BTreeSet::from([String::new()]);
    };
    let named = fields.iter().filter(|(name, _)| *name != "recipient_type");
    named
        .flat_map(|(name, value)| {
            let below = self::fields(value).into_iter();
            below.map(move |below| format!("/{name}{below}"))
        })
        .collect()
}

#[expect(
    clippy::disallowed_methods,
    reason = "where a test finds its file is no setting"
)]
fn named() -> Option<PathBuf> {
    std::env::var("DJIGBACHATS_META_OPENAPI")
        .ok()
        .map(PathBuf::from)
}

/// The file in one of the folders beside the checkout, or in one of their subfolders.
fn beside() -> Option<PathBuf> {
    let around = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(3)?;
    let folders = |of: &Path| {
        let entries = std::fs::read_dir(of).into_iter().flatten().flatten();
        entries
            .map(|entry| entry.path())
            .filter(|path| path.is_dir())
            .collect::<Vec<_>>()
    };
    let near = folders(around);
    let nearer = near
        .iter()
        .flat_map(|folder| folders(folder))
        .collect::<Vec<_>>();
    near.iter()
        .chain(&nearer)
        .map(|folder| folder.join(FILE))
        .find(|file| file.is_file())
}
