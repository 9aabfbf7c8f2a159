//! The `auditor` as a program: good books, and for each of its figures books in which that figure alone is wrong. A
//! figure that could not become wrong would say nothing.

use common::ids::{BusinessId, CampaignId, MessageId};
use common::message::{MessageState, OpaqueId, SIGNATURE_BYTES};
use e2e::audit::Promise;
use meta_sim::{SimConfig, Simulator};
use serde_json::json;
use tempfile::TempDir;
use testkit::TestDb;
use tokio_postgres::Client;
use uuid::Uuid;

use crate::judge::Judged;

const NUMBER: &str = "106540352242922";
const FOREIGN_NUMBER: &str = "106540352242999";
const GOOD: &str = "accepted 3\nterminal 3\nstuck 0\nlost 0\nphantom 0\nposts 3\ndup_flagged 1\ndup_unflagged 0\n\
                    cross_tenant 0\n";

/// Two businesses with a number each, and three messages of the first one: posted, posted twice with the flag, and
/// refused.
struct Desk {
    db: TestDb,
    admin: Client,
    folder: TempDir,
    /// The clients' log.
    promises: Vec<Promise>,
    /// The ledger.
    posts: Vec<Post>,
    business: BusinessId,
    other: BusinessId,
}

/// An entry of the ledger: the business and the message of its opaque id, and the number that it came from.
type Post = (BusinessId, MessageId, &'static str);

impl Desk {
    async fn open() -> Self {
        let db = TestDb::start().await;
        let admin = db.admin().await;
        let [business, other] = [1, 2].map(|number| BusinessId::from_uuid(Uuid::from_u128(number)));
        let mut desk = Self {
            db,
            admin,
            folder: tempfile::tempdir().unwrap(),
            promises: Vec::new(),
            posts: Vec::new(),
            business,
            other,
        };
        desk.connect(business, NUMBER).await;
        desk.connect(other, FOREIGN_NUMBER).await;
        let posted = desk.accept("a", MessageState::Read, false).await;
        let twin = desk.accept("b", MessageState::Submitted, true).await;
        let _ = desk.accept("c", MessageState::Rejected, false).await;
        desk.posts = [posted, twin, twin]
            .map(|id| (business, id, NUMBER))
            .to_vec();
        desk
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

    /// Stores a message and promises it.
    async fn accept(&mut self, key: &str, state: MessageState, flagged: bool) -> MessageId {
        let id = self.store(self.business, state, flagged).await;
        self.promise(key, id);
        id
    }

    fn promise(&mut self, key: &str, message_id: MessageId) {
        self.promises.push(Promise::Message {
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

    /// What the auditor makes of it.
    async fn judge(&self) -> Judged {
        let (log, ledger) = (
            self.folder.path().join("log"),
            self.folder.path().join("ledger"),
        );
        let promises = self.promises.iter().map(|promise| json!(promise));
        std::fs::write(&log, lines(promises)).unwrap();
        std::fs::write(&ledger, lines(self.posts.iter().map(entry))).unwrap();
        Judged::ask(&log, &self.db, &["--ledger", ledger.to_str().unwrap()]).await
    }

    /// The figure is so high, and the auditor ends with 1.
    async fn assert_sees(&self, figure: &str, number: u64) {
        let judged = self.judge().await;
        judged.assert_sees(figure);
        assert_eq!(judged.figure(figure), number, "{}", judged.lines);
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
async fn good_books_are_nine_lines_and_no_finding() {
    let judged = Desk::open().await.judge().await;
    assert_eq!((judged.lines.as_str(), judged.exit_code), (GOOD, 0));
    assert_eq!(judged.findings, "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_accepted_message_that_is_gone_is_lost() {
    let mut desk = Desk::open().await;
    desk.promise("d", MessageId::from_uuid(Uuid::now_v7()));
    desk.assert_sees("lost", 1).await;
    // A client that was answered with another call's message has lost its own.
    let mut desk = Desk::open().await;
    let another = desk.posts[0].1;
    desk.promise("d", another);
    desk.assert_sees("lost", 1).await;
    // What is said to have been read and never reached Meta.
    let mut desk = Desk::open().await;
    let _ = desk.posts.remove(0);
    desk.assert_sees("lost", 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_without_an_end_is_stuck() {
    let mut desk = Desk::open().await;
    let _ = desk.accept("d", MessageState::Sending, false).await;
    desk.assert_sees("stuck", 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_nobody_asked_for_is_a_phantom() {
    let desk = Desk::open().await;
    let _ = desk
        .store(desk.business, MessageState::Expired, false)
        .await;
    desk.assert_sees("phantom", 1).await;
    // A post that the database knows nothing of.
    let mut desk = Desk::open().await;
    let unknown = MessageId::from_uuid(Uuid::now_v7());
    desk.posts.push((desk.business, unknown, NUMBER));
    desk.assert_sees("phantom", 1).await;
    // A post of a message that is said never to have left.
    let mut desk = Desk::open().await;
    let expired = desk.accept("d", MessageState::Expired, false).await;
    desk.posts.push((desk.business, expired, NUMBER));
    desk.assert_sees("phantom", 1).await;
    // A repeated call that made another message.
    let mut desk = Desk::open().await;
    let _ = desk.accept("c", MessageState::Rejected, false).await;
    desk.assert_sees("phantom", 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_second_post_without_the_flag_is_an_unflagged_duplicate() {
    let mut desk = Desk::open().await;
    let again = desk.posts[0];
    desk.posts.push(again);
    desk.assert_sees("dup_unflagged", 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_strays_to_another_business_is_seen() {
    // From another's number.
    let mut desk = Desk::open().await;
    desk.posts[0].2 = FOREIGN_NUMBER;
    desk.assert_sees("cross_tenant", 1).await;
    // Under another's name.
    let mut desk = Desk::open().await;
    desk.posts[0].0 = desk.other;
    desk.assert_sees("cross_tenant", 1).await;
    // Stored for another.
    let mut desk = Desk::open().await;
    let foreign = desk.store(desk.other, MessageState::Rejected, false).await;
    desk.promise("d", foreign);
    desk.assert_sees("cross_tenant", 1).await;
    // Told to another.
    let desk = Desk::open().await;
    desk.execute(
        "insert into events (business_id, id, number, type, message_id, data, occurred_at)
         values ($1, $2, 1, 'message.read', $3, '{}', now())",
        &[
            &desk.other.as_uuid(),
            &Uuid::now_v7(),
            &desk.posts[0].1.as_uuid(),
        ],
    )
    .await;
    desk.assert_sees("cross_tenant", 1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_rows_of_a_campaign_are_promised_as_well() {
    let mut desk = Desk::open().await;
    let campaign_id = CampaignId::from_uuid(Uuid::now_v7());
    desk.promises.push(Promise::Campaign {
        business_id: desk.business,
        campaign_id,
        planned: 40,
    });
    let judged = desk.judge().await;
    judged.assert_sees("lost");
    assert_eq!((judged.figure("lost"), judged.figure("accepted")), (40, 43));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_ledger_may_be_asked_for_and_a_book_that_cannot_be_read_is_no_verdict() {
    let desk = Desk::open().await;
    let meta = Simulator::start(SimConfig::default()).await.unwrap();
    let _ = desk.judge().await;
    let (log, address) = (desk.folder.path().join("log"), meta.base_url());
    let judged = Judged::ask(&log, &desk.db, &["--simulator", &address]).await;
    // Nothing was posted, and the database says that two messages were.
    judged.assert_sees("lost");
    assert_eq!((judged.figure("lost"), judged.figure("posts")), (2, 0));
    meta.stop().await;
    let judged = Judged::ask(&log, &desk.db, &["--simulator", &address]).await;
    assert_eq!((judged.exit_code, judged.lines.as_str()), (2, ""));
}
