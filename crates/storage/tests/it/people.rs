//! People who write to a shop, and the data stored about them.

use chrono::{DateTime, Utc};
use common::contact::IdentifierHash;
use common::recipient::Recipient;
use common::wire::{Identity, InboundContent};
use storage::{BusinessScope, Store, lookup};
use testkit::TestDb;
use tokio_postgres::Client;
use uuid::Uuid;
use worker_storage::project::{InboundMessage, InboundOutcome, apply_inbound};

use crate::fixture::BusinessFixture;

/// A person as identified by one item.
pub(crate) fn shown(wa_id: Option<&str>, user_id: Option<&str>) -> Identity {
    Identity {
        wa_id: wa_id.map(str::to_owned),
        user_id: user_id.map(str::to_owned),
        parent_user_id: None,
    }
}

/// A text message from a person.
pub(crate) fn text(
    shop: &BusinessFixture,
    sender: Identity,
    words: &str,
    at: DateTime<Utc>,
) -> InboundMessage {
    InboundMessage {
        phone_number_id: shop.number().parse().unwrap(),
        message_type: "text".to_owned(),
        occurred_at: at,
        content: InboundContent {
            wamid: format!("wamid.{}", Uuid::new_v4()),
            sender,
            name: Some("Awa".to_owned()),
            words: vec![words.to_owned()],
            message: serde_json::json!({"text": {"body": words}}),
            identity_change: None,
            group_id: None,
            revoked_wamid: None,
            edited_wamid: None,
        },
    }
}

/// The shop receives one message.
pub(crate) async fn receive(shop: &BusinessFixture, message: InboundMessage) -> InboundOutcome {
    let at = message.occurred_at;
    apply_inbound(&shop.store, &[message], at).await.unwrap()
}

/// A person writes a text.
pub(crate) async fn write(
    shop: &BusinessFixture,
    (wa_id, user_id): (Option<&str>, Option<&str>),
    words: &str,
    at: DateTime<Utc>,
) {
    let message = text(shop, shown(wa_id, user_id), words, at);
    let outcome = receive(shop, message).await;
    assert_eq!(outcome.stored, 1);
}

/// The hash by which messages to an identifier are found: a number with or without `+`, or a user id.
pub(crate) async fn hash(scope: &BusinessScope, identifier: &str) -> IdentifierHash {
    let keys = scope.keys().await.unwrap();
    let recipient = Recipient::from_meta(identifier.trim_start_matches('+')).unwrap();
    lookup::hash(&keys, &recipient).bytes
}

/// A superuser's view of the people of a shop.
pub(crate) struct StoredPeople {
    admin: Client,
    scope: BusinessScope,
    shop: BusinessFixture,
}

impl StoredPeople {
    pub(crate) async fn of(database: &TestDb, shop: &BusinessFixture) -> Self {
        Self {
            admin: database.admin().await,
            scope: shop.scope.clone(),
            shop: BusinessFixture {
                store: Store::clone(&shop.store),
                scope: shop.scope.clone(),
                id: shop.id,
            },
        }
    }

    async fn flag(&self, sql: &str, identifier: &str) -> bool {
        let hash = hash(&self.scope, identifier).await;
        let business = self.shop.id.as_uuid();
        let row = self
            .admin
            .query_one(sql, &[&business, &hash.as_slice()])
            .await;
        row.unwrap().get(0)
    }

    /// Whether a claim would suppress an offer to the identifier.
    pub(crate) async fn is_opted_out(&self, identifier: &str) -> bool {
        let sql = "select exists (select from suppressions
            where business_id = $1 and recipient_hash = $2 and is_opted_out)";
        self.flag(sql, identifier).await
    }

    /// Whether the identifier has a window.
    pub(crate) async fn has_window(&self, identifier: &str) -> bool {
        let sql = "select exists (select from service_windows where business_id = $1 and contact_hash = $2)";
        self.flag(sql, identifier).await
    }

    /// The contact of the identifier.
    pub(crate) async fn contact(&self, identifier: &str) -> Option<Uuid> {
        let hash = hash(&self.scope, identifier).await;
        let sql = "select contact_id from contact_identifiers
            where business_id = $1 and hash = $2 and until is null";
        let business = self.shop.id.as_uuid();
        let row = self
            .admin
            .query_opt(sql, &[&business, &hash.as_slice()])
            .await;
        row.unwrap().map(|row| row.get(0))
    }

    /// The number of events of a type in the feed.
    pub(crate) async fn events(&self, event_type: &str) -> i64 {
        let sql = "select count(*) from events where business_id = $1 and type = $2";
        let business = self.shop.id.as_uuid();
        let row = self.admin.query_one(sql, &[&business, &event_type]).await;
        row.unwrap().get(0)
    }
}
