//! Every code of sending, onboarding and management is available: in the answer with its HTTP status, in a `failed`
//! status, or in both (Meta, Cloud API error codes).
//!
//! Answers and statuses are checked against Meta's own API description when its file is next to the checkout
//! (`DJIGBACHATS_META_OPENAPI` names it); without it that part is skipped with a message.

use std::path::{Path, PathBuf};

use meta_sim::{Fault, Match, Script, SimConfig, Step, WebhookBehaviour};
use serde_json::Value;

use crate::fixture::{Fixture, receipt};

/// Where Meta reports a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Seen {
    Answer,
    Status,
    Both,
}

use Seen::{Answer, Both, Status};

/// The code, its HTTP status where Meta's table has one, and where it occurs.
type Row = (std::ops::RangeInclusive<i64>, Option<u16>, Seen);

const TABLE: &[Row] = &[
    (0..=0, Some(401), Answer),
    (1..=1, Some(400), Answer),
    (2..=2, Some(503), Answer),
    (3..=3, Some(500), Answer),
    (4..=4, Some(400), Answer),
    (10..=10, Some(403), Answer),
    (17..=17, Some(400), Answer),
    (32..=33, Some(400), Answer),
    (100..=100, Some(400), Answer),
    (102..=102, Some(401), Answer),
    (104..=104, Some(401), Answer),
    (190..=190, Some(401), Answer),
    (192..=192, None, Answer),
    (200..=299, Some(403), Answer),
    (368..=368, Some(403), Answer),
    (613..=613, Some(400), Answer),
    (803..=803, Some(404), Answer),
    (80_007..=80_008, Some(400), Answer),
    (130_403..=130_403, None, Both),
    (130_429..=130_429, Some(400), Both),
    (130_472..=130_472, Some(400), Status),
    (130_497..=130_497, Some(403), Answer),
    (131_000..=131_000, Some(500), Answer),
    (131_005..=131_005, Some(403), Answer),
    (131_008..=131_009, Some(400), Answer),
    (131_014..=131_014, None, Status),
    (131_016..=131_016, Some(500), Answer),
    (131_020..=131_020, None, Both),
    (131_021..=131_021, Some(400), Answer),
    (131_026..=131_026, Some(400), Status),
    (131_030..=131_030, Some(400), Answer),
    (131_031..=131_031, Some(403), Answer),
    (131_035..=131_036, None, Both),
    (131_037..=131_037, Some(400), Answer),
    (131_041..=131_041, None, Both),
    (131_042..=131_042, Some(400), Both),
    (131_044..=131_044, Some(400), Both),
    (131_045..=131_045, Some(500), Answer),
    (131_047..=131_048, Some(400), Both),
    (131_049..=131_050, None, Status),
    (131_051..=131_051, Some(400), Both),
    (131_052..=131_053, None, Status),
    (131_055..=131_055, Some(400), Answer),
    (131_056..=131_056, Some(400), Both),
    (131_057..=131_057, Some(500), Answer),
    (131_059..=131_059, Some(400), Answer),
    (131_060..=131_060, None, Status),
    (131_062..=131_063, Some(400), Answer),
    (131_064..=131_064, None, Both),
    (131_201..=131_215, None, Both),
    (132_000..=132_000, Some(400), Answer),
    (132_001..=132_001, Some(404), Answer),
    (132_005..=132_005, Some(400), Answer),
    (132_007..=132_008, Some(400), Answer),
    (132_012..=132_012, Some(400), Answer),
    (132_015..=132_016, Some(400), Both),
    (132_018..=132_018, Some(400), Answer),
    (132_068..=132_069, Some(400), Answer),
    (133_000..=133_000, None, Answer),
    (133_004..=133_006, None, Answer),
    (133_008..=133_010, None, Answer),
    (133_015..=133_016, None, Answer),
    (134_011..=134_011, Some(400), Answer),
    (134_100..=134_101, Some(400), Answer),
    (134_102..=134_102, Some(500), Answer),
    (135_000..=135_000, Some(400), Answer),
    (136_024..=136_024, None, Answer),
    (137_000..=137_000, Some(400), Answer),
    (139_100..=139_103, Some(400), Answer),
    (141_002..=141_002, None, Answer),
    (147_001..=147_005, None, Answer),
    (200_002..=200_002, None, Answer),
    (200_005..=200_007, None, Answer),
    (1_752_041..=1_752_041, None, Answer),
    (2_388_001..=2_388_001, None, Answer),
    (2_388_012..=2_388_012, None, Answer),
    (2_388_019..=2_388_019, None, Answer),
    (2_388_039..=2_388_040, None, Answer),
    (2_388_047..=2_388_047, None, Answer),
    (2_388_072..=2_388_073, None, Answer),
    (2_388_091..=2_388_091, None, Answer),
    (2_388_093..=2_388_093, None, Answer),
    (2_388_103..=2_388_103, None, Answer),
    (2_388_293..=2_388_293, None, Answer),
    (2_388_299..=2_388_299, None, Answer),
    (2_494_100..=2_494_100, None, Answer),
    (2_494_164..=2_494_179, None, Answer),
    (2_593_079..=2_593_079, None, Answer),
    (2_593_085..=2_593_085, None, Answer),
    (2_593_107..=2_593_109, None, Answer),
];

/// Fields missing from Meta's file, but in Meta's documentation (error codes).
const DOCUMENTED_ELSEWHERE: [&str; 1] = ["error_data"];

fn codes(wanted: impl Fn(Seen) -> bool) -> impl Iterator<Item = (i64, Option<u16>)> {
    let rows = TABLE.iter().filter(move |(_, _, seen)| wanted(*seen));
    rows.flat_map(|(codes, status, _)| codes.clone().map(move |code| (code, *status)))
}

/// A script for the message of this code only.
fn only(code: i64, fault: Fault) -> Script {
    Script::always(fault).matching(Match {
        biz_opaque_callback_data: Some(code.to_string()),
        ..Match::default()
    })
}

async fn fixture() -> Fixture {
    Fixture::with(SimConfig {
        behaviour: WebhookBehaviour::quick(),
        limits: meta_sim::Limits::none(),
        ..SimConfig::default()
    })
    .await
}

#[tokio::test]
async fn every_code_is_answered_with_its_status_and_shape() {
    let (fixture, meta) = (fixture().await, Description::load());
    for (code, http_status) in codes(|seen| seen != Status) {
        let fault = Fault::Error {
            code,
            http_status: None,
            details: None,
        };
        fixture.sim.script(only(code, fault));
        let (status, body) = fixture
            .send(&receipt("+22670000001", &code.to_string()))
            .await;
        let error = &body["error"];
        assert_eq!(error["code"], code);
        assert!((400..600).contains(&status), "{code}: {status}");
        assert_eq!(status, http_status.unwrap_or(status), "{code}");
        assert_eq!(error["type"], "OAuthException", "{code}");
        let message = error["message"].as_str().unwrap();
        assert!(message.starts_with(&format!("(#{code}) ")), "{message}");
        assert_eq!(error["error_data"]["messaging_product"], "whatsapp");
        assert!(!error["error_data"]["details"].as_str().unwrap().is_empty());
        assert!(error["fbtrace_id"].is_string());
        if let Some(meta) = &meta {
            assert_eq!(
                meta.complaints("GraphAPIError", &body),
                Vec::<String>::new()
            );
        }
    }
    assert_eq!(fixture.sim.summary().accepted, 0);
    fixture.stop().await;
}

#[tokio::test]
async fn every_code_of_statuses_is_reported_for_an_accepted_message() {
    let (fixture, meta) = (fixture().await, Description::load());
    let reported: Vec<i64> = codes(|seen| seen != Answer).map(|(code, _)| code).collect();
    for code in &reported {
        let steps = vec![Step::Failed(*code)];
        fixture.sim.script(only(*code, Fault::Statuses { steps }));
        fixture
            .accepted(&receipt("+22670000001", &code.to_string()))
            .await;
    }
    fixture.settled().await;
    let statuses = fixture.inbox.statuses().await;
    assert_eq!(statuses.len(), reported.len());
    for status in &statuses {
        let [error] = status["errors"].as_array().unwrap().as_slice() else {
            panic!("not one error: {status}");
        };
        assert_eq!(status["status"], "failed");
        assert_eq!(
            status["biz_opaque_callback_data"],
            error["code"].to_string()
        );
        assert_eq!(error["title"], error["message"]);
        assert!(error["error_data"]["details"].is_string());
        assert!(error["href"].is_string());
        if let Some(meta) = &meta {
            assert_eq!(meta.complaints("StatusError", error), Vec::<String>::new());
        }
    }
    fixture.stop().await;
}

#[test]
fn a_wrong_answer_does_not_fit_metas_description() {
    let Some(meta) = Description::load() else {
        return;
    };
    let wrong = serde_json::json!({"error": {"message": "x", "code": "190", "datum": 1}});
    assert_eq!(meta.complaints("GraphAPIError", &wrong).len(), 3);
}

/// The name of the file with Meta's description.
const FILE: &str = "meta-business-messaging-api_v23.0.yaml";

struct Description(Value);

impl Description {
    fn load() -> Option<Self> {
        let Some(path) = named().or_else(beside) else {
            #[expect(clippy::print_stderr, reason = "a skipped test has to say so")]
            {
                eprintln!("skipped: {FILE} is not beside the checkout");
            }
            return None;
        };
        let text = std::fs::read_to_string(path).unwrap();
        Some(Self(serde_yaml_ng::from_str(&text).unwrap()))
    }

    /// The violations of the schema of this name.
    fn complaints(&self, name: &str, value: &Value) -> Vec<String> {
        let schema = &self.0["components"]["schemas"][name];
        assert!(schema.is_object(), "{name} is not in the description");
        let mut complaints = Vec::new();
        self.compare(schema, value, name, &mut complaints);
        complaints
    }

    fn compare(&self, schema: &Value, value: &Value, at: &str, complaints: &mut Vec<String>) {
        if let Some(reference) = schema["$ref"].as_str() {
            let schema = self.0.pointer(reference.trim_start_matches('#')).unwrap();
            return self.compare(schema, value, at, complaints);
        }
        let fits = match schema["type"].as_str() {
            Some("string") => value.is_string(),
            Some("integer") => value.is_i64(),
            Some("boolean") => value.is_boolean(),
            Some("object") => value.is_object(),
            other => panic!("{at}: type {other:?} is not compared"),
        };
        if !fits {
            complaints.push(format!("{at}: {value}"));
        }
        for (name, field) in value.as_object().into_iter().flatten() {
            match schema["properties"].get(name) {
                Some(schema) => self.compare(schema, field, &format!("{at}.{name}"), complaints),
                None if DOCUMENTED_ELSEWHERE.contains(&name.as_str()) => {}
                None => complaints.push(format!("{at}.{name} is unknown")),
            }
        }
        let required = schema["required"].as_array().into_iter().flatten();
        for name in required.filter_map(Value::as_str) {
            if value.get(name).is_none() {
                complaints.push(format!("{at}.{name} is missing"));
            }
        }
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the path of a test's file is not a setting"
)]
fn named() -> Option<PathBuf> {
    std::env::var("DJIGBACHATS_META_OPENAPI")
        .ok()
        .map(PathBuf::from)
}

/// The file in one of the folders next to the checkout, or in one of their subfolders.
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
    let nearer: Vec<PathBuf> = near.iter().flat_map(|folder| folders(folder)).collect();
    let mut files = near.iter().chain(&nearer).map(|folder| folder.join(FILE));
    files.find(|file| file.is_file())
}
