//! A business's knowledge of the identifiers of its contacts.

use std::collections::HashSet;

use testkit::TestDb;
use uuid::Uuid;

use crate::fixture::BusinessFixture;

const PHONE: [u8; 1] = [1];
const USER: [u8; 1] = [2];
const RETIRED: [u8; 1] = [3];
const ALONE: [u8; 1] = [4];
const NOBODY: [u8; 1] = [5];

async fn name(
    database: &TestDb,
    shop: &BusinessFixture,
    contact: Uuid,
    hash: &[u8],
    is_live: bool,
) {
    let admin = database.admin().await;
    let contact_row = "insert into contacts values ($1, $2, now(), now()) on conflict do nothing";
    admin
        .execute(contact_row, &[&shop.id.as_uuid(), &contact])
        .await
        .unwrap();
    let sql = "insert into contact_identifiers
            (business_id, hash, hash_version, kind, contact_id, sealed, source, since, until)
        values ($1, $2, 1, 2, $3, '\\x01', 3, now(), case when $4 then null else now() end)";
    admin
        .execute(sql, &[&shop.id.as_uuid(), &hash, &contact, &is_live])
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn identifiers_of_one_contact_are_siblings_and_those_of_another_business_are_not_known() {
    let database = TestDb::start().await;
    let (shop, other) = (
        BusinessFixture::open(&database).await,
        BusinessFixture::open(&database).await,
    );
    let (awa, issa) = (Uuid::now_v7(), Uuid::now_v7());
    for (contact, hash, is_live) in [
        (awa, &PHONE, true),
        (awa, &USER, true),
        (awa, &RETIRED, false),
        (issa, &ALONE, true),
    ] {
        name(&database, &shop, contact, hash, is_live).await;
    }
    let all: Vec<Vec<u8>> = [PHONE, USER, RETIRED, ALONE, NOBODY].map(Vec::from).into();
    let set = |hashes: &[[u8; 1]]| {
        hashes
            .iter()
            .map(|hash| hash.to_vec())
            .collect::<HashSet<_>>()
    };

    let mut transaction = shop.scope.begin().await.unwrap();
    let known = storage::contacts::known_hashes(&mut transaction, &shop.scope, &all).await;
    assert_eq!(known.unwrap(), set(&[PHONE, USER, RETIRED, ALONE]));
    let siblings = storage::contacts::sibling_hashes(&mut transaction, &shop.scope, &all).await;
    let siblings = siblings.unwrap();
    assert_eq!(siblings.len(), 3);
    assert_eq!(siblings[PHONE.as_slice()], set(&[PHONE, USER]));
    assert_eq!(siblings[USER.as_slice()], set(&[PHONE, USER]));
    assert_eq!(siblings[ALONE.as_slice()], set(&[ALONE]));

    let mut transaction = other.scope.begin().await.unwrap();
    let known = storage::contacts::known_hashes(&mut transaction, &other.scope, &all).await;
    assert!(known.unwrap().is_empty());
    let siblings = storage::contacts::sibling_hashes(&mut transaction, &other.scope, &all).await;
    assert!(siblings.unwrap().is_empty());
}
