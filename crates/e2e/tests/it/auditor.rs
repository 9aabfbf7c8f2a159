//! The `auditor` as a program: consistent sources, and for each of its figures sources in which only that figure is
//! wrong. A figure without such a test would prove nothing.

use common::ids::{BusinessId, CampaignId, MessageId};
use common::message::{MessageState, OpaqueId, SIGNATURE_BYTES};
use e2e::audit::Acknowledgement;
use meta_sim::{SimConfig, Simulator};
use serde_json::json;
use tempfile::TempDir;
use testkit::TestDb;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::audit_report::AuditReport;

const NUMBER: &str = "106540352242922";
const FOREIGN_NUMBER: &str = "106540352242999";
const GOOD: &str = "accepted 3\nterminal 3\nstuck 0\nlost 0\nphantom 0\nposts 3\ndup_flagged 1\ndup_unflagged 0\n\
                    cross_tenant 0\n";

/// Two businesses with one number each, and three messages of the first: one posted, one posted twice and flagged, one
/// refused.
struct Fixture {
    db: TestDb,
    admin: Client,
    folder: TempDir,
    /// The clients' log.
    acknowledged: Vec<Acknowledgement>,
    /// The ledger.
    posts: Vec<Post>,
    business: BusinessId,
    other: BusinessId,
}

/// A ledger entry: the business and message of its opaque id, and the sending number.
type Post = (BusinessId, MessageId, &'static str);

impl Fixture {
    async fn open() -> Self {
        let db = TestDb::start().await;
        let admin = db.admin().await;
        let [business, other] = [1, 2].map(|number| BusinessId::from_uuid(Uuid::from_u128(number)));
        let mut fixture = Self {
            db,
            admin,
            folder: tempfile::tempdir().unwrap(),
            acknowledged: Vec::new(),
            posts: Vec::new(),
            business,
            other,
        };
        fixture.connect(business, NUMBER).await;
        fixture.connect(other, FOREIGN_NUMBER).await;
        let posted = fixture.accept("a", MessageState::Read, false).await;
        let duplicate = fixture.accept("b", MessageState::Submitted, true).await;
        let _ = fixture.accept("c", MessageState::Rejected, false).await;
        fixture.posts = [posted, duplicate, duplicate]
            .map(|id| (business, id, NUMBER))
            .to_vec();
        fixture
    }

    async fn connect(&self, business: BusinessId, number: &str) {
        let id = business.as_uuid();
        let waba = format!("waba of {number}");
        self.execute(
            "insert into businesses (business_id, name, created_at) values ($1, 'Boutique', now())",
            &[&id],
        )
        .await;
        self.execute(
            "insert into wabas (business_id, waba_id, created_at) values ($1, $2, now())",
            &[&id, &waba],
        )
        .await;
        self.execute(
            "insert into phone_numbers (business_id, phone_number_id, waba_id, display_phone_number, verified_name,
                quality_rating, throughput_level, messaging_limit, connection, connected_at)
             values ($1, $2, $3, '', '', '', '', '', 1, now())",
            &[&id, &number, &waba],
        )
        .await;
    }

    /// Stores a message and acknowledges it.
    async fn accept(&mut self, key: &str, state: MessageState, flagged: bool) -> MessageId {
        let id = self.store(self.business, state, flagged).await;
        self.acknowledge(key, id);
        id
    }

    fn acknowledge(&mut self, key: &str, message_id: MessageId) {
        self.acknowledged.push(Acknowledgement::Message {
            business_id: self.business,
            key: key.to_owned(),
            message_id,
        });
    }

    async fn store(&self, business: BusinessId, state: MessageState, flagged: bool) -> MessageId {
        let id = Uuid::now_v7();
        self.execute(
            "insert into messages (business_id, id, phone_number_id, template_id, category, lane, state,
                possible_duplicate, hash_version, recipient_hash, recipient_sealed)
             values ($1, $2, $3, 't', 2, 2, $4, $5, 1, '', '')",
            &[&business.as_uuid(), &id, &NUMBER, &state.code(), &flagged],
        )
        .await;
        MessageId::from_uuid(id)
    }

    async fn execute(
        &self,
        statement: &str,
        values: &[&(dyn tokio_postgres::types::ToSql + Sync)],
    ) {
        self.admin.execute(statement, values).await.unwrap();
    }

    /// Runs the auditor.
    async fn run_auditor(&self) -> AuditReport {
        let (log, ledger) = (
            self.folder.path().join("log"),
            self.folder.path().join("ledger"),
        );
        let acknowledged = self
            .acknowledged
            .iter()
            .map(|acknowledgement| json!(acknowledgement));
        std::fs::write(&log, lines(acknowledged)).unwrap();
        std::fs::write(&ledger, lines(self.posts.iter().map(entry))).unwrap();
        AuditReport::run(&log, &self.db, &["--ledger", ledger.to_str().unwrap()]).await
    }

    /// Asserts the value of the figure and exit code 1.
    async fn assert_detects(&self, figure: &str, number: u64) {
        let report = self.run_auditor().await;
        report.assert_detects(figure);
        assert_eq!(report.figure(figure), number, "{}", report.lines);
    }
}

fn entry((business_id, message_id, number): &Post) -> serde_json::Value {
    let opaque = OpaqueId {
        business_id: *business_id,
        message_id: *message_id,
        attempt: 1,
        signature: [7; SIGNATURE_BYTES],
    };
    json!({"biz_opaque_callback_data": opaque.to_string(), "phone_number_id": number, "wamid": "wamid.x"})
}

fn lines(values: impl Iterator<Item = serde_json::Value>) -> String {
    values.map(|value| format!("{value}\n")).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn consistent_sources_are_nine_lines_and_no_finding() {
    let report = Fixture::open().await.run_auditor().await;
    assert_eq!((report.lines.as_str(), report.exit_code), (GOOD, 0));
    assert_eq!(report.findings, "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_accepted_message_that_is_missing_is_lost() {
    let mut fixture = Fixture::open().await;
    fixture.acknowledge("d", MessageId::from_uuid(Uuid::now_v7()));
    fixture.assert_detects("lost", 1).await;
    // Two calls were answered with the same message: one of them lost its own.
    let mut fixture = Fixture::open().await;
    let another = fixture.posts[0].1;
    fixture.acknowledge("d", another);
    fixture.assert_detects("lost", 1).await;
    // Recorded as read, but it never reached Meta.
    let mut fixture = Fixture::open().await;
    let _ = fixture.posts.remove(0);
    fixture.assert_detects("lost", 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_in_no_terminal_state_is_stuck() {
    let mut fixture = Fixture::open().await;
    let _ = fixture.accept("d", MessageState::Sending, false).await;
    fixture.assert_detects("stuck", 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_never_accepted_is_a_phantom() {
    let fixture = Fixture::open().await;
    let _ = fixture
        .store(fixture.business, MessageState::Expired, false)
        .await;
    fixture.assert_detects("phantom", 1).await;
    // A POST of a message that the database does not contain.
    let mut fixture = Fixture::open().await;
    let unknown = MessageId::from_uuid(Uuid::now_v7());
    fixture.posts.push((fixture.business, unknown, NUMBER));
    fixture.assert_detects("phantom", 1).await;
    // A POST of a message recorded as never posted.
    let mut fixture = Fixture::open().await;
    let expired = fixture.accept("d", MessageState::Expired, false).await;
    fixture.posts.push((fixture.business, expired, NUMBER));
    fixture.assert_detects("phantom", 1).await;
    // A repeated call that created another message.
    let mut fixture = Fixture::open().await;
    let _ = fixture.accept("c", MessageState::Rejected, false).await;
    fixture.assert_detects("phantom", 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_post_without_the_flag_is_an_unflagged_duplicate() {
    let mut fixture = Fixture::open().await;
    let again = fixture.posts[0];
    fixture.posts.push(again);
    fixture.assert_detects("dup_unflagged", 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cross_tenant_data_is_detected() {
    // Posted from another business's number.
    let mut fixture = Fixture::open().await;
    fixture.posts[0].2 = FOREIGN_NUMBER;
    fixture.assert_detects("cross_tenant", 1).await;
    // Posted under another business's name.
    let mut fixture = Fixture::open().await;
    fixture.posts[0].0 = fixture.other;
    fixture.assert_detects("cross_tenant", 1).await;
    // Stored for another business.
    let mut fixture = Fixture::open().await;
    let foreign = fixture
        .store(fixture.other, MessageState::Rejected, false)
        .await;
    fixture.acknowledge("d", foreign);
    fixture.assert_detects("cross_tenant", 1).await;
    // Reported to another business.
    let fixture = Fixture::open().await;
    fixture
        .execute(
            "insert into events (business_id, id, number, type, message_id, data, occurred_at)
         values ($1, $2, 1, 'message.read', $3, '{}', now())",
            &[
                &fixture.other.as_uuid(),
                &Uuid::now_v7(),
                &fixture.posts[0].1.as_uuid(),
            ],
        )
        .await;
    fixture.assert_detects("cross_tenant", 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_planned_rows_of_a_campaign_are_accepted() {
    let mut fixture = Fixture::open().await;
    let campaign_id = CampaignId::from_uuid(Uuid::now_v7());
    fixture.acknowledged.push(Acknowledgement::Campaign {
        business_id: fixture.business,
        campaign_id,
        planned: 40,
    });
    let report = fixture.run_auditor().await;
    report.assert_detects("lost");
    assert_eq!((report.figure("lost"), report.figure("accepted")), (40, 43));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_ledger_is_read_over_http_and_an_unreadable_source_is_an_error() {
    let fixture = Fixture::open().await;
    let meta = Simulator::start(SimConfig::default()).await.unwrap();
    let _ = fixture.run_auditor().await;
    let (log, address) = (fixture.folder.path().join("log"), meta.base_url());
    let report = AuditReport::run(&log, &fixture.db, &["--simulator", &address]).await;
    // Nothing was posted, although the database records two messages as posted.
    report.assert_detects("lost");
    assert_eq!((report.figure("lost"), report.figure("posts")), (2, 0));
    meta.stop().await;
    let report = AuditReport::run(&log, &fixture.db, &["--simulator", &address]).await;
    assert_eq!((report.exit_code, report.lines.as_str()), (2, ""));
}
