//! The fixture: a shop of Ouagadougou with one connected account, and the content of its database.

use std::sync::Arc;

use bootstrap::clock::SystemClock;
use chrono::{DateTime, Utc};
use cloud_api::{CloudApi, CloudApiSettings};
use common::clock::{Clock, SharedClock};
use common::ids::{BusinessId, MessageId, WabaId};
use common::number::Connection;
use common::secret::{AccessToken, AppSecret};
use meta_sim::{
    Account as SimAccount, Endpoint, Fault, Match, Script, SimConfig, Simulator, Template, sample,
};
use serde_json::Value;
use storage::access_tokens::{self, ConfirmedToken};
use storage::businesses::{self, Business};
use storage::phone_numbers::{self, PhoneNumber};
use storage::{Login, Store, wabas};
use template_sync::Synchroniser;
use testkit::{ManualClock, TestDb};
use tokio_postgres::Client;
use worker_storage::template_sync::Account;

pub(crate) struct Fixture {
    pub(crate) database: TestDb,
    pub(crate) admin: Client,
    pub(crate) sim: Simulator,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) account: Account,
}

impl Fixture {
    /// A connected shop, never synchronised.
    pub(crate) async fn open() -> Self {
        let database = TestDb::start().await;
        let clock = Arc::new(ManualClock::at(SystemClock.now()));
        let business_id = new_business(&database.store, clock.now()).await;
        let account = Account {
            business_id,
            waba_id: sample::WABA_ID.parse().unwrap(),
        };
        let fixture = Self {
            admin: database.admin().await,
            sim: Simulator::start(SimConfig::default()).await.unwrap(),
            database,
            clock,
            account,
        };
        fixture.connect(sample::TOKEN).await;
        fixture
    }

    /// Connects the account's first number with a token.
    pub(crate) async fn connect(&self, token: &str) {
        connect(&self.database.store, &self.account, token, self.clock.now()).await;
    }

    /// The store of the service, under its own login.
    pub(crate) fn store(&self) -> Store {
        self.database.store_of(Login::TemplateSync)
    }

    pub(crate) fn cloud_api(&self) -> CloudApi {
        let settings = CloudApiSettings {
            base_url: self.sim.base_url(),
            api_version: "v25.0".to_owned(),
            app_id: sample::APP_ID.parse().unwrap(),
            app_secret: AppSecret::new(sample::APP_SECRET.to_owned()),
            appsecret_proof: true,
            connect_timeout_ms: 2_000,
            request_timeout_ms: 10_000,
        };
        CloudApi::new(&settings).unwrap()
    }

    pub(crate) fn synchroniser(&self) -> Synchroniser {
        Synchroniser::new(self.store(), self.cloud_api(), self.shared_clock())
    }

    pub(crate) fn shared_clock(&self) -> SharedClock {
        self.clock.clone()
    }

    /// Adds a template at Meta, or changes the one of that name.
    pub(crate) fn put_template(&self, name: &str, status: &str) {
        let template = Template {
            name: name.to_owned(),
            status: status.to_owned(),
            ..Template::default()
        };
        let account = SimAccount {
            waba_id: sample::WABA_ID.to_owned(),
            templates: vec![template],
            ..SimAccount::default()
        };
        self.sim.put_account(account).unwrap();
    }

    /// Meta answers each call for templates with an error from now on.
    pub(crate) fn refuse_templates(&self, code: i64) {
        self.sim.script(Script {
            matching: Match {
                endpoint: Endpoint::MessageTemplates,
                ..Match::default()
            },
            fault: Fault::Error {
                code,
                http_status: None,
                details: None,
            },
            times: None,
        });
    }

    /// The stored status of the templates of a name, the oldest id first.
    pub(crate) async fn statuses(&self, name: &str) -> Vec<String> {
        let sql = "select status from templates where name = $1 order by length(template_id), template_id";
        let rows = self.admin.query(sql, &[&name]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }

    pub(crate) async fn template_id(&self, name: &str) -> String {
        let sql = "select template_id from templates where name = $1 and status <> 'DELETED'";
        self.admin.query_one(sql, &[&name]).await.unwrap().get(0)
    }

    pub(crate) async fn synced_at(&self) -> Option<DateTime<Utc>> {
        self.admin
            .query_one("select templates_synced_at from wabas", &[])
            .await
            .unwrap()
            .get(0)
    }

    pub(crate) async fn sync_error(&self) -> Option<String> {
        self.admin
            .query_one("select templates_sync_error from wabas", &[])
            .await
            .unwrap()
            .get(0)
    }

    /// Connection and reason of the first number.
    pub(crate) async fn number(&self) -> (i16, Option<String>) {
        let sql = "select connection, stopped_reason from phone_numbers";
        let row = self.admin.query_one(sql, &[]).await.unwrap();
        (row.get(0), row.get(1))
    }

    /// The data of all events of a type, ordered by number.
    pub(crate) async fn events(&self, event_type: &str) -> Vec<Value> {
        let sql = "select data from events where type = $1 order by number";
        let rows = self.admin.query(sql, &[&event_type]).await.unwrap();
        rows.iter().map(|row| row.get(0)).collect()
    }

    /// A message of the template that is held for the given reason.
    pub(crate) async fn hold_message(&self, template_id: &str, held_reason: i16) -> MessageId {
        let id = MessageId::new(self.clock.now());
        let business_id = self.account.business_id.as_uuid();
        let message = "insert into messages (business_id, id, phone_number_id, template_id, category, lane, state,
            held_reason, hash_version, recipient_hash, recipient_sealed)
            values ($1, $2, $3, $4, 2, 2, 4, $5, 1, '\\x01', '\\x01')";
        let number = sample::PHONE_NUMBER_ID;
        self.admin
            .execute(
                message,
                &[
                    &business_id,
                    &id.as_uuid(),
                    &number,
                    &template_id,
                    &held_reason,
                ],
            )
            .await
            .unwrap();
        let due = "insert into due_messages (business_id, message_id, phone_number_id, lane, kind, held_reason)
            values ($1, $2, $3, 2, 4, $4)";
        self.admin
            .execute(due, &[&business_id, &id.as_uuid(), &number, &held_reason])
            .await
            .unwrap();
        id
    }

    /// State and timer kind of a message, and whether it is due.
    pub(crate) async fn message(&self, id: MessageId) -> (i16, i16, bool) {
        let sql = "select m.state, d.kind, d.due_at is not null from messages m
            join due_messages d on d.message_id = m.id where m.id = $1";
        let row = self.admin.query_one(sql, &[&id.as_uuid()]).await.unwrap();
        (row.get(0), row.get(1), row.get(2))
    }
}

pub(crate) async fn new_business(store: &Store, now: DateTime<Utc>) -> BusinessId {
    let business = Business {
        id: BusinessId::new(now),
        name: "Boutique Faso".to_owned(),
        country: "BF".to_owned(),
        created_at: now,
    };
    let mut transaction = store.platform().await.unwrap();
    businesses::insert(&mut transaction, store, &business)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    business.id
}

pub(crate) async fn connect(store: &Store, account: &Account, token: &str, now: DateTime<Utc>) {
    let scope = store.business(account.business_id);
    let keys = scope.keys().await.unwrap();
    let mut transaction = scope.begin().await.unwrap();
    wabas::insert(&mut transaction, &scope, &account.waba_id, now)
        .await
        .unwrap();
    let token = ConfirmedToken {
        waba_id: account.waba_id.clone(),
        token: AccessToken::new(token.to_owned()),
        expires_at: None,
        confirmed_at: now,
    };
    access_tokens::put(&mut transaction, &scope, &keys, &token)
        .await
        .unwrap();
    phone_numbers::put(&mut transaction, &scope, &number(&account.waba_id, now))
        .await
        .unwrap();
    transaction.commit().await.unwrap();
}

/// The number contains the account's digits, so that each account has one of its own.
fn number(waba_id: &WabaId, now: DateTime<Utc>) -> PhoneNumber {
    let phone_number_id = if waba_id.as_str() == sample::WABA_ID {
        sample::PHONE_NUMBER_ID
    } else {
        waba_id.as_str()
    };
    PhoneNumber {
        phone_number_id: phone_number_id.parse().unwrap(),
        waba_id: waba_id.clone(),
        display_phone_number: "+226 25 30 61 00".to_owned(),
        verified_name: "Boutique Faso".to_owned(),
        quality_rating: "GREEN".to_owned(),
        throughput_level: "STANDARD".to_owned(),
        messaging_limit: "TIER_2K".to_owned(),
        connection: Connection::Connected,
        stopped_reason: None,
        breaker: None,
        connected_at: now,
    }
}
