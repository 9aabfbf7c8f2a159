//! The fixture of the storage tests: a business in Ouagadougou with a number and a template, and its messages.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use common::ids::{BusinessId, MessageId};
use common::recipient::Recipient;
use common::template::Category;
use sealing::HashDomain;
use storage::businesses::{self, Business};
use storage::idempotency_keys::StoredAnswer;
use storage::messages::TemplateContent;
use storage::{BusinessScope, Store};
use testkit::TestDb;
use worker_storage::accept::{NewMessage, PendingAccept};

/// The number of the shop at Meta.
pub(crate) const NUMBER: &str = "106540352242922";
/// Its template.
pub(crate) const TEMPLATE: &str = "594425479261596";

/// A business with a number and a template.
pub(crate) struct BusinessFixture {
    pub(crate) store: Store,
    pub(crate) scope: BusinessScope,
    pub(crate) id: BusinessId,
}

/// The properties in which the messages of tests differ.
pub(crate) struct Order<'a> {
    pub(crate) key: &'a str,
    pub(crate) body: &'a str,
    pub(crate) recipient: &'a str,
    pub(crate) category: Category,
    pub(crate) reference: Option<&'a str>,
    pub(crate) expires_at: Option<DateTime<Utc>>,
}

impl Default for Order<'_> {
    fn default() -> Self {
        Self {
            key: "ticket 4711",
            body: "{}",
            recipient: "+22670112233",
            category: Category::Utility,
            reference: None,
            expires_at: None,
        }
    }
}

/// The time of the test, which is within a partition.
pub(crate) async fn now(database: &TestDb) -> DateTime<Utc> {
    let row = database
        .admin()
        .await
        .query_one("select date_trunc('milliseconds', now())", &[])
        .await;
    row.unwrap().get(0)
}

impl BusinessFixture {
    pub(crate) async fn open(database: &TestDb) -> Self {
        let store = database.store.clone();
        let created_at = now(database).await;
        let id = BusinessId::new(created_at);
        let business = Business {
            id,
            name: "Boutique Faso".to_owned(),
            country: "BF".to_owned(),
            created_at,
        };
        let mut transaction = store.platform().await.unwrap();
        businesses::insert(&mut transaction, &store, &business)
            .await
            .unwrap();
        transaction.commit().await.unwrap();
        let admin = database.admin().await;
        let id_text = id.to_string();
        // Ids of Meta belong to one business, so those of a second business differ.
        let (waba, number, template) = (
            own("102290129340398", &id_text),
            own(NUMBER, &id_text),
            own(TEMPLATE, &id_text),
        );
        let rows = format!(
            "insert into wabas values ('{id}', '{waba}', now());
             insert into phone_numbers values ('{id}', '{number}', '{waba}', '+226 25 30 00 00', 'Boutique Faso',
                 'GREEN', 'HIGH', 'TIER_UNLIMITED', 1, null, now());
             insert into templates values ('{id}', '{template}', '{waba}', 'ticket', 'fr', 'UTILITY', 'APPROVED',
                 'POSITIONAL', '[]', null, null, now());"
        );
        admin.batch_execute(&rows).await.unwrap();
        Self {
            scope: store.business(id),
            store,
            id,
        }
    }

    pub(crate) fn number(&self) -> String {
        own(NUMBER, &self.id.to_string())
    }

    pub(crate) fn template(&self) -> String {
        own(TEMPLATE, &self.id.to_string())
    }

    /// A call for one message, ready for a batch. Its fingerprint is its body.
    pub(crate) async fn call(&self, at: DateTime<Utc>, order: &Order<'_>) -> PendingAccept {
        self.bulk_call(at, std::slice::from_ref(order)).await
    }

    /// A call for several messages, with the key and the body of the first.
    pub(crate) async fn bulk_call(&self, at: DateTime<Utc>, orders: &[Order<'_>]) -> PendingAccept {
        let keys = self.scope.keys().await.unwrap();
        let messages: Vec<NewMessage> =
            orders.iter().map(|order| self.message(at, order)).collect();
        let key_hash = keys
            .lookup_hash(HashDomain::IdempotencyKey, orders[0].key.as_bytes())
            .bytes;
        let answer = StoredAnswer {
            fingerprint: orders[0].body.as_bytes().to_vec(),
            status: 202,
            body: format!("{{\"id\":\"{}\"}}", messages[0].id).into_bytes(),
        };
        PendingAccept::seal(&keys, &messages, key_hash, answer).unwrap()
    }

    fn message(&self, at: DateTime<Utc>, order: &Order<'_>) -> NewMessage {
        NewMessage {
            id: MessageId::new(at),
            phone_number_id: self.number().parse().unwrap(),
            template_id: Some(self.template().parse().unwrap()),
            category: order.category.clone(),
            recipient: Recipient::from_stored(order.recipient).unwrap(),
            content: TemplateContent {
                template: "ticket".to_owned(),
                language: "fr".to_owned(),
                components: serde_json::json!([{"type": "body", "parameters": [{"type": "text", "text": "482915"}]}]),
            }
            .into(),
            media_ids: Vec::new(),
            reference: order.reference.map(str::to_owned),
            expires_at: order.expires_at,
            offer_ends_at: None,
            accepted_at: at,
        }
    }
}

/// The id of the only message of a call.
pub(crate) fn id_of(call: &PendingAccept) -> MessageId {
    let [message] = call.messages() else {
        panic!("{} messages", call.messages().len())
    };
    message.id()
}

/// The number of rows in each table.
pub(crate) async fn rows(
    database: &TestDb,
    tables: &[&'static str],
) -> BTreeMap<&'static str, i64> {
    let admin = database.admin().await;
    let mut counts = BTreeMap::new();
    for table in tables {
        let row = admin
            .query_one(&format!("select count(*) from {table}"), &[])
            .await
            .unwrap();
        counts.insert(*table, row.get(0));
    }
    counts
}

/// The time `minutes` minutes after `at`.
pub(crate) fn after(at: DateTime<Utc>, minutes: i64) -> DateTime<Utc> {
    at + TimeDelta::minutes(minutes)
}

/// An id of Meta that no other business has.
fn own(id: &str, business: &str) -> String {
    let digits: String = business
        .bytes()
        .rev()
        .filter(u8::is_ascii_digit)
        .map(char::from)
        .take(8)
        .collect();
    format!("{id}{digits}")
}
