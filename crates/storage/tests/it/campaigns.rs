//! Campaigns: the import of an audience, and the effect of pause, resume and cancel on messages.

use chrono::{DateTime, TimeDelta, Utc};
use common::campaign::{CampaignState, CampaignTransition, RecipientState, SkipReason};
use common::ids::{AudienceId, CampaignId, MessageId};
use common::message::{DueKind, HeldReason, MessageState};
use common::phone::E164;
use common::template::{TemplateStatus, Variables};
use sealing::HashDomain;
use serde_json::json;
use storage::campaign_recipients::{
    FileForm, Import, ImportedRow, SealedRecipient, skipped_recipients,
};
use storage::campaigns::{self, Campaign, NewCampaign};
use storage::{StorageError, audiences, events};
use testkit::TestDb;
use worker_storage::campaign_breaker::{self, JudgedCampaign, VerdictCount};
use worker_storage::discarded_audiences;

use crate::fixture::{BusinessFixture, now};

/// The numbers of the rows from the second on, counted as in a spreadsheet; the last one occurs twice.
const NUMBERS: [&str; 4] = [
    "+22670000001",
    "+22670000002",
    "+22670000003",
    "+22670000001",
];

#[tokio::test(flavor = "multi_thread")]
async fn campaign_variables_are_sealed_for_their_campaign() {
    let database = TestDb::start().await;
    let (shop, campaign) = draft(&database).await;
    let keys = shop.scope.keys().await.unwrap();
    let variables = json!({"1": {"column": "Prénom"}});
    assert_eq!(campaign.variables(&keys).unwrap(), variables);
    let admin = database.admin().await;
    let read = "select c::text, c.variables_sealed from campaigns c";
    let row = admin.query_one(read, &[]).await.unwrap();
    let (text, sealed): (String, Vec<u8>) = (row.get(0), row.get(1));
    assert!(!text.contains("column"), "{text}");
    assert!(!String::from_utf8_lossy(&sealed).contains("column"));
    // Neither another business nor the same one for another campaign can decrypt them.
    let (other, _) = draft(&database).await;
    let foreign = other.scope.keys().await.unwrap();
    assert!(campaign.variables(&foreign).is_err());
    let moved = "update campaigns set variables_sealed = $1";
    admin.execute(moved, &[&sealed]).await.unwrap();
    let mut transaction = other.scope.begin().await.unwrap();
    let found = campaigns::list(&mut transaction, &other.scope, None, 1).await;
    assert!(found.unwrap()[0].variables(&foreign).is_err());
    // A campaign created before variables were sealed has none.
    let before = "update campaigns set variables_sealed = null";
    admin.execute(before, &[]).await.unwrap();
    let variables = self::read(&shop, &campaign).await.variables(&keys);
    assert_eq!(variables.unwrap(), json!({}));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_row_is_planned_or_skipped_for_one_reason() {
    let database = TestDb::start().await;
    let (shop, campaign) = draft(&database).await;
    suppress(&database, &shop, "+22670000003").await;
    let nonsense = ImportedRow::Skipped {
        row_number: 6,
        reason: SkipReason::NotANumber,
    };
    import(&shop, &campaign, &NUMBERS, vec![nonsense]).await;
    let campaign = read(&shop, &campaign).await;
    assert_eq!(
        (
            campaign.rows.read,
            campaign.rows.planned,
            campaign.rows.skipped
        ),
        (5, 2, 3)
    );
    let audience_id = campaign.audience_id.unwrap();
    let report = campaign.audience.unwrap();
    let reasons: Vec<_> = report
        .skipped_recipients()
        .map(|(reason, rows)| (reason, rows.rows.clone()))
        .collect();
    assert_eq!(
        reasons,
        [
            (SkipReason::NotANumber, vec![6]),
            (SkipReason::Duplicate, vec![5]),
            (SkipReason::Suppressed, vec![4])
        ]
    );
    let mut transaction = shop.scope.begin().await.unwrap();
    let listed = skipped_recipients(&mut transaction, &shop.scope, audience_id, None, 4, 10)
        .await
        .unwrap();
    assert_eq!(
        listed,
        [(5, SkipReason::Duplicate), (6, SkipReason::NotANumber)]
    );
    let reason = Some(SkipReason::Suppressed);
    let listed = skipped_recipients(&mut transaction, &shop.scope, audience_id, reason, 0, 10)
        .await
        .unwrap();
    assert_eq!(listed, [(4, SkipReason::Suppressed)]);
}

/// Benin's numbers before and since 2024, a Mexican mobile as it is dialled and as WhatsApp normalises it.
#[tokio::test(flavor = "multi_thread")]
async fn two_spellings_of_one_number_are_one_recipient() {
    let database = TestDb::start().await;
    let (shop, campaign) = draft(&database).await;
    let numbers = [
        "+2290197123456",
        "+5215512345678",
        "+22997123456",
        "+525512345678",
    ];
    import(&shop, &campaign, &numbers, Vec::new()).await;
    let campaign = read(&shop, &campaign).await;
    let report = campaign.audience.unwrap();
    let reasons: Vec<_> = report
        .skipped_recipients()
        .map(|(reason, rows)| (reason, rows.rows.clone()))
        .collect();
    assert_eq!(reasons, [(SkipReason::Duplicate, vec![4, 5])]);
    assert_eq!(campaign.rows.planned, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_skipped_row_stores_nothing_about_the_person() {
    let database = TestDb::start().await;
    let (shop, campaign) = draft(&database).await;
    suppress(&database, &shop, "+22670000003").await;
    import(&shop, &campaign, &NUMBERS, Vec::new()).await;
    let sql = "select count(*) from campaign_recipients where state = $1
        and (recipient_sealed is not null or recipient_hash is not null or variables_sealed is not null)";
    let admin = database.admin().await;
    let kept = admin
        .query_one(sql, &[&RecipientState::Skipped.code()])
        .await
        .unwrap();
    assert_eq!(kept.get::<_, i64>(0), 0);
    let kept = admin
        .query_one(sql, &[&RecipientState::Planned.code()])
        .await
        .unwrap();
    assert_eq!(kept.get::<_, i64>(0), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_import_replaces_the_first_and_a_failed_one_does_not() {
    let database = TestDb::start().await;
    let (shop, campaign) = draft(&database).await;
    import(&shop, &campaign, &NUMBERS, Vec::new()).await;
    import(&shop, &campaign, &NUMBERS[..2], Vec::new()).await;
    assert_eq!(read(&shop, &campaign).await.rows.planned, 2);
    // One that is never finished.
    let mut import = begin(&shop, &campaign).await;
    let first = rows(&shop, &import, &NUMBERS[..1]).await;
    import.add(first).await.unwrap();
    assert_eq!(planned(&database, &shop, &campaign).await, 2);
    assert_eq!(read(&shop, &campaign).await.rows.planned, 2);
    // One that fails at its end.
    let mut transaction = shop.scope.begin().await.unwrap();
    import
        .finish(&mut transaction, form(), now(&database).await)
        .await
        .unwrap();
    drop(transaction);
    assert_eq!(planned(&database, &shop, &campaign).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_janitor_deletes_replaced_and_unfinished_audiences() {
    let database = TestDb::start().await;
    let (shop, campaign) = draft(&database).await;
    import(&shop, &campaign, &NUMBERS, Vec::new()).await;
    import(&shop, &campaign, &NUMBERS[..2], Vec::new()).await;
    let mut killed = begin(&shop, &campaign).await;
    let its_rows = rows(&shop, &killed, &NUMBERS[..1]).await;
    killed.add(its_rows).await.unwrap();
    let failed = begin(&shop, &campaign).await.audience_id();
    let now = now(&database).await;
    audiences::discard(&shop.scope, failed, now).await.unwrap();
    // Four rows of the first, three of which are planned.
    assert_eq!(
        discarded_audiences::purge(&shop.store, now).await.unwrap(),
        4
    );
    assert_eq!(audience_ids(&database).await.len(), 2);
    let later = now + TimeDelta::minutes(61);
    assert_eq!(
        discarded_audiences::purge(&shop.store, later)
            .await
            .unwrap(),
        1
    );
    let in_place = read(&shop, &campaign).await.audience_id.unwrap();
    assert_eq!(audience_ids(&database).await, [in_place]);
    assert_eq!(planned(&database, &shop, &campaign).await, 2);
    // The import was not killed, but suspended for an hour.
    let mut transaction = shop.scope.begin().await.unwrap();
    campaigns::lock(&mut transaction, &shop.scope, campaign.id)
        .await
        .unwrap();
    let late = killed.finish(&mut transaction, form(), later).await;
    assert!(matches!(late, Err(StorageError::NotFound)), "{late:?}");
    drop(transaction);
    // An adopted audience is not discarded by mistake.
    audiences::discard(&shop.scope, in_place, later)
        .await
        .unwrap();
    assert_eq!(
        discarded_audiences::purge(&shop.store, later)
            .await
            .unwrap(),
        0
    );
    assert_eq!(planned(&database, &shop, &campaign).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_import_does_not_block_its_campaign() {
    let database = TestDb::start().await;
    let (shop, campaign) = draft(&database).await;
    let mut import = begin(&shop, &campaign).await;
    let first = rows(&shop, &import, &NUMBERS).await;
    import.add(first).await.unwrap();
    let mut transaction = shop.scope.begin().await.unwrap();
    campaigns::lock(&mut transaction, &shop.scope, campaign.id)
        .await
        .unwrap();
    let more = rows(&shop, &import, &NUMBERS).await;
    let more = more.into_iter().map(|row| match row {
        ImportedRow::Planned(_) => ImportedRow::Skipped {
            row_number: 7,
            reason: SkipReason::NotANumber,
        },
        skipped => skipped,
    });
    import.add(more.take(1).collect()).await.unwrap();
}

/// The planned rows of the adopted audience.
async fn planned(database: &TestDb, shop: &BusinessFixture, campaign: &Campaign) -> i64 {
    let audience = read(shop, campaign).await.audience_id.unwrap().as_uuid();
    let counted = "select count(*) from campaign_recipients where state = 1 and audience_id = $1";
    let admin = database.admin().await;
    admin.query_one(counted, &[&audience]).await.unwrap().get(0)
}

async fn audience_ids(database: &TestDb) -> Vec<AudienceId> {
    let admin = database.admin().await;
    let rows = admin.query("select audience_id from audiences", &[]).await;
    let ids = rows.unwrap().into_iter();
    ids.map(|row| AudienceId::from_uuid(row.get(0))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_row_exists_without_its_campaign() {
    let database = TestDb::start().await;
    let (shop, campaign) = draft(&database).await;
    import(&shop, &campaign, &NUMBERS, Vec::new()).await;
    let (_, foreign) = draft(&database).await;
    let nobodys = CampaignId::new(now(&database).await);
    for id in [foreign.id, nobodys] {
        let import = Import::begin(&shop.scope, id, true, now(&database).await).await;
        import.map(drop).unwrap_err();
    }
    // Its audience is deleted before its rows are inserted.
    let mut import = begin(&shop, &campaign).await;
    let its_rows = rows(&shop, &import, &NUMBERS).await;
    let admin = database.admin().await;
    let gone = "delete from audiences where audience_id = $1";
    let id = import.audience_id().as_uuid();
    admin.execute(gone, &[&id]).await.unwrap();
    import.add(its_rows).await.unwrap_err();
    let left = async || {
        let counted = "select count(*) from campaign_recipients";
        admin
            .query_one(counted, &[])
            .await
            .unwrap()
            .get::<_, i64>(0)
    };
    assert_eq!(left().await, 4);
    let delete = "delete from campaigns where campaign_id = $1";
    admin
        .execute(delete, &[&campaign.id.as_uuid()])
        .await
        .unwrap();
    assert_eq!(left().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_holds_unclaimed_messages_and_a_resume_releases_them() {
    let database = TestDb::start().await;
    let (shop, campaign) = draft(&database).await;
    let at = now(&database).await;
    let states = [
        MessageState::Accepted,
        MessageState::Sending,
        MessageState::Submitted,
        MessageState::Accepted,
    ];
    let ids = release(&database, &shop, &campaign, &states).await;

    change(&shop, &campaign, CampaignTransition::Start, at).await;
    change(&shop, &campaign, CampaignTransition::Pause(None), at).await;
    assert_eq!(read(&shop, &campaign).await.state, CampaignState::Paused);
    let held = (
        MessageState::Held.code(),
        Some(HeldReason::CampaignPaused.code()),
    );
    assert_eq!(
        states_of(&database, &ids).await,
        [
            held,
            (MessageState::Sending.code(), None),
            (MessageState::Submitted.code(), None),
            held
        ]
    );
    assert_eq!(waiting(&database, DueKind::Held).await, 2);

    let mut freed = change(&shop, &campaign, CampaignTransition::Resume, at).await;
    freed.sort_unstable();
    assert_eq!(freed, [ids[0], ids[3]]);
    assert_eq!(
        states_of(&database, &ids).await[0],
        (MessageState::Accepted.code(), None)
    );
    // They are republished if their jobs get lost.
    let kinds = [DueKind::Held, DueKind::Publish];
    assert_eq!(
        [
            waiting(&database, kinds[0]).await,
            waiting(&database, kinds[1]).await
        ],
        [0, 2]
    );
    assert_eq!(
        event_types(&shop).await,
        [
            "campaign.started",
            "campaign.paused",
            "message.held",
            "message.held",
            "campaign.resumed"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_cancels_unsent_messages() {
    let database = TestDb::start().await;
    let (shop, campaign) = draft(&database).await;
    let at = now(&database).await;
    let states = [
        MessageState::Accepted,
        MessageState::RetryWait,
        MessageState::Held,
        MessageState::Sending,
        MessageState::Unknown,
        MessageState::Read,
    ];
    let ids = release(&database, &shop, &campaign, &states).await;
    change(&shop, &campaign, CampaignTransition::Cancel, at).await;
    let cancelled = read(&shop, &campaign).await;
    assert_eq!(
        (cancelled.state, cancelled.ended_at),
        (CampaignState::Cancelled, Some(at))
    );
    let after: Vec<i16> = states_of(&database, &ids)
        .await
        .into_iter()
        .map(|(state, _)| state)
        .collect();
    let expected = [
        MessageState::Cancelled,
        MessageState::Cancelled,
        MessageState::Cancelled,
        MessageState::Sending,
        MessageState::Unknown,
        MessageState::Read,
    ];
    assert_eq!(after, expected.map(MessageState::code));
    assert_eq!(event_types(&shop).await.len(), 4);
    let mut transaction = shop.scope.begin().await.unwrap();
    let counts = campaigns::progress(&mut transaction, &shop.scope, &cancelled)
        .await
        .unwrap();
    assert_eq!(counts.iter().map(|count| count.messages).sum::<i64>(), 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_unreadable_rows_the_first_are_reported_and_all_are_counted() {
    let database = TestDb::start().await;
    let (shop, campaign) = draft(&database).await;
    let malformed = |row_number| ImportedRow::Skipped {
        row_number,
        reason: SkipReason::MalformedRow,
    };
    let no_number = ImportedRow::Skipped {
        row_number: 11_002,
        reason: SkipReason::NoNumber,
    };
    let rows = (2..11_002).map(malformed).chain([no_number]).collect();
    import(&shop, &campaign, &[], rows).await;
    let campaign = read(&shop, &campaign).await;
    assert_eq!(
        (campaign.rows.read, campaign.rows.skipped),
        (11_001, 11_001)
    );
    let report = campaign.audience.unwrap();
    let counts: Vec<_> = report
        .skipped_recipients()
        .map(|(reason, rows)| (reason, rows.count))
        .collect();
    assert_eq!(
        counts,
        [
            (SkipReason::NoNumber, 1),
            (SkipReason::MalformedRow, 11_000)
        ]
    );
    let kept =
        "select count(*), max(row_number) filter (where skip_reason = 50) from campaign_recipients";
    let kept = database.admin().await.query_one(kept, &[]).await.unwrap();
    assert_eq!(
        (kept.get::<_, i64>(0), kept.get::<_, i32>(1)),
        (10_001, 10_001)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn waiting_for_a_locked_campaign_fails_within_seconds() {
    let database = TestDb::start().await;
    let (shop, campaign) = draft(&database).await;
    let mut import = shop.scope.begin().await.unwrap();
    campaigns::lock(&mut import, &shop.scope, campaign.id)
        .await
        .unwrap();
    let mut other = shop.scope.begin().await.unwrap();
    let waiting = campaigns::lock(&mut other, &shop.scope, campaign.id);
    let reported = tokio::time::timeout(std::time::Duration::from_secs(15), waiting)
        .await
        .expect("no call waits for the whole import");
    assert!(
        matches!(reported, Err(StorageError::Locked(_))),
        "{reported:?}"
    );
    drop(other);
    import.commit().await.unwrap();
    let mut next = shop.scope.begin().await.unwrap();
    campaigns::lock(&mut next, &shop.scope, campaign.id)
        .await
        .unwrap();
}

async fn draft(database: &TestDb) -> (BusinessFixture, Campaign) {
    let shop = BusinessFixture::open(database).await;
    let created_at = now(database).await;
    let id = CampaignId::new(created_at);
    let variables = json!({"1": {"column": "Prénom"}});
    let campaign = NewCampaign {
        id,
        name: "Rentrée",
        phone_number_id: &shop.number(),
        template_id: &shop.template(),
        variables: &variables,
        created_at,
    };
    let keys = shop.scope.keys().await.unwrap();
    let mut transaction = shop.scope.begin().await.unwrap();
    campaigns::insert(&mut transaction, &shop.scope, &keys, &campaign)
        .await
        .unwrap();
    let campaign = campaigns::lock(&mut transaction, &shop.scope, id)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(campaign.state, CampaignState::Draft);
    (shop, campaign)
}

async fn read(shop: &BusinessFixture, campaign: &Campaign) -> Campaign {
    let mut transaction = shop.scope.begin().await.unwrap();
    campaigns::find(&mut transaction, &shop.scope, campaign.id)
        .await
        .unwrap()
}

async fn import(
    shop: &BusinessFixture,
    campaign: &Campaign,
    numbers: &[&str],
    more: Vec<ImportedRow>,
) {
    let mut import = begin(shop, campaign).await;
    let planned = rows(shop, &import, numbers).await;
    for chunk in [planned, more] {
        import.add(chunk).await.unwrap();
    }
    let mut transaction = shop.scope.begin().await.unwrap();
    campaigns::lock(&mut transaction, &shop.scope, campaign.id)
        .await
        .unwrap();
    import
        .finish(&mut transaction, form(), campaign.created_at)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
}

async fn begin(shop: &BusinessFixture, campaign: &Campaign) -> Import {
    Import::begin(&shop.scope, campaign.id, true, campaign.created_at)
        .await
        .unwrap()
}

fn form() -> FileForm {
    FileForm {
        encoding: "utf-8".to_owned(),
        delimiter: ';',
    }
}

/// Planned rows, starting with number 2: the header is row 1.
async fn rows(shop: &BusinessFixture, import: &Import, numbers: &[&str]) -> Vec<ImportedRow> {
    let keys = shop.scope.keys().await.unwrap();
    let variables = Variables::from([("1".to_owned(), "Awa".to_owned())]);
    let row = |(row_number, number): (i32, &&str)| {
        let recipient = E164::parse_strict(number).unwrap();
        let row = (shop.id, import.audience_id(), row_number);
        ImportedRow::Planned(
            SealedRecipient::seal(&keys, row, &recipient, &variables, Vec::new()).unwrap(),
        )
    };
    (2..).zip(numbers).map(row).collect()
}

async fn suppress(database: &TestDb, shop: &BusinessFixture, number: &str) {
    let keys = shop.scope.keys().await.unwrap();
    let hash = keys.lookup_hash(HashDomain::Phone, number.as_bytes());
    let sql = "insert into suppressions values ($1, $2, $3, '', 'keyword', now(), null)";
    let hash_bytes = hash.bytes.as_slice();
    let admin = database.admin().await;
    admin
        .execute(sql, &[&shop.id.as_uuid(), &hash_bytes, &hash.version])
        .await
        .unwrap();
}

/// Messages of the campaign in the given states, ordered by id, each with its released row.
async fn release(
    database: &TestDb,
    shop: &BusinessFixture,
    campaign: &Campaign,
    states: &[MessageState],
) -> Vec<MessageId> {
    let admin = database.admin().await;
    let mut ids: Vec<MessageId> = states
        .iter()
        .map(|_| MessageId::new(campaign.created_at))
        .collect();
    ids.sort_unstable();
    let sql = "with message as (
            insert into messages (business_id, id, phone_number_id, campaign_id, template_id, category, lane, state,
                hash_version, recipient_hash, recipient_sealed)
            values ($1, $2, $3, $4, $5, 3, 3, $6, 1, '\\x01', '\\x01') returning *)
        insert into due_messages (business_id, message_id, phone_number_id, campaign_id, lane, kind)
        select business_id, id, phone_number_id, campaign_id, lane, case state when 2 then 1 else 2 end from message
        where state < 10";
    for (id, state) in ids.iter().zip(states) {
        let (business, campaign) = (shop.id.as_uuid(), campaign.id.as_uuid());
        admin
            .execute(
                sql,
                &[
                    &business,
                    &id.as_uuid(),
                    &shop.number(),
                    &campaign,
                    &shop.template(),
                    &state.code(),
                ],
            )
            .await
            .unwrap();
    }
    ids
}

async fn states_of(database: &TestDb, ids: &[MessageId]) -> Vec<(i16, Option<i16>)> {
    let ids: Vec<uuid::Uuid> = ids.iter().map(MessageId::as_uuid).collect();
    let sql = "select state, held_reason from messages where id = any($1) order by id";
    let rows = database.admin().await.query(sql, &[&ids]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

async fn waiting(database: &TestDb, kind: DueKind) -> i64 {
    let sql = "select count(*) from due_messages where kind = $1";
    let admin = database.admin().await;
    admin.query_one(sql, &[&kind.code()]).await.unwrap().get(0)
}

async fn event_types(shop: &BusinessFixture) -> Vec<String> {
    let mut transaction = shop.scope.begin().await.unwrap();
    let events = events::list(&mut transaction, &shop.scope, 0, 100)
        .await
        .unwrap();
    events.into_iter().map(|event| event.event_type).collect()
}

/// A fast number has sent thousands more before Meta reports on the first.
#[tokio::test(flavor = "multi_thread")]
async fn outcomes_are_found_behind_thousands_without_a_status() {
    const SENT: &str = "
        insert into messages (business_id, campaign_id, id, phone_number_id, template_id, category, lane, hash_version,
            recipient_hash, recipient_sealed, state)
        select $1, $2, first_uuid_at($3::timestamptz + n * interval '1 millisecond'), '1', '1', 3, 3, 1, '\\x01', '\\x01',
            case when n <= 100 then $4::smallint else $5::smallint end
        from generate_series(1, 10000) n";
    let database = TestDb::start().await;
    let (shop, campaign) = draft(&database).await;
    let at = now(&database).await;
    let of = [shop.id.as_uuid(), campaign.id.as_uuid()];
    let [failed, submitted] =
        [MessageState::Failed, MessageState::Submitted].map(MessageState::code);
    let admin = database.admin().await;
    let sent = admin
        .execute(SENT, &[&of[0], &of[1], &at, &failed, &submitted])
        .await;
    assert_eq!(sent.unwrap(), 10_000);
    let judged = JudgedCampaign {
        business_id: shop.id,
        campaign_id: campaign.id,
        evaluated_from: at,
        overruled: None,
        quality_rating: "GREEN".to_owned(),
        template_status: TemplateStatus::Approved,
    };
    let verdicts = campaign_breaker::verdicts(&shop.store, &judged, 50)
        .await
        .unwrap();
    let expected = VerdictCount {
        state: MessageState::Failed,
        error_code: None,
        messages: 50,
    };
    assert_eq!(verdicts, [expected]);
}

/// Changes the campaign as a request does; returns the messages that it released.
async fn change(
    shop: &BusinessFixture,
    campaign: &Campaign,
    transition: CampaignTransition,
    at: DateTime<Utc>,
) -> Vec<MessageId> {
    let mut transaction = shop.scope.begin().await.unwrap();
    let locked = campaigns::lock(&mut transaction, &shop.scope, campaign.id)
        .await
        .unwrap();
    let change = locked.state.after(transition).unwrap().unwrap();
    let released = campaigns::apply(&mut transaction, &shop.scope, &locked, &change, at)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    released
}
