//! The release of campaigns: one chunk at a time, stopped by a pause, ended by a cancel, each row once.

use common::campaign::CampaignTransition;
use common::campaign::{CampaignState, PauseReason, RecipientState, SkipReason};
use common::ids::{CampaignId, MessageId};
use common::message::{HeldReason, MessageState};
use common::phone::E164;
use common::template::Variables;
use meta_sim::{Fault, Match, Script, sample};
use sender::SenderSettings;
use storage::BusinessScope;
use storage::campaign_recipients::{FileForm, Import, ImportedRow, SealedRecipient};
use storage::campaigns::{self, Campaign, NewCampaign};
use testkit::eventually;
use worker_storage::dispatch;

use crate::fixture::{Fixture, TIMEOUT, quick};

/// The marketing template of the simulated account.
const OFFER: &str = "1689556908129803";

#[tokio::test(flavor = "multi_thread")]
async fn every_planned_row_gets_its_message_once_and_the_campaign_completes() {
    let fixture = Fixture::start().await;
    let campaign = draft(&fixture, 60).await;
    start(&fixture, &campaign).await;
    let senders = [fixture.send(quick()), fixture.send(quick())];
    eventually("the campaign is completed", TIMEOUT, async || {
        (read(&fixture, &campaign).await.state == CampaignState::Completed).then_some(())
    })
    .await;
    let ids = released(&fixture).await;
    assert_eq!(ids.len(), 60);
    for id in &ids {
        fixture.until(*id, MessageState::Submitted).await;
        assert_eq!(fixture.copies(*id), 1);
    }
    for sender in senders {
        sender.stop().await;
    }
    let campaign = read(&fixture, &campaign).await;
    assert_eq!((campaign.rows.planned, campaign.rows.released), (60, 60));
    assert!(campaign.ended_at.is_some());
    let accepted = "select sum(accepted)::bigint from accepted_counts";
    assert_eq!(
        fixture
            .admin
            .query_one(accepted, &[])
            .await
            .unwrap()
            .get::<_, i64>(0),
        60
    );
    let completed = "select count(*) from events where type = 'campaign.completed'";
    assert_eq!(
        fixture
            .admin
            .query_one(completed, &[])
            .await
            .unwrap()
            .get::<_, i64>(0),
        1
    );
    assert_eq!(fixture.due_rows().await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_window_is_outstanding_and_a_pause_holds_it() {
    let fixture = Fixture::start().await;
    let campaign = draft(&fixture, 300).await;
    start(&fixture, &campaign).await;
    let mut settings = quick();
    settings.dispatch.window_ms = 500;
    let sender = fixture.send(settings.clone());
    eventually("some are sent", TIMEOUT, async || {
        (fixture.meta.summary().accepted > 20).then_some(())
    })
    .await;
    change(&fixture, &campaign, CampaignTransition::Pause(None)).await;
    eventually("nothing is in progress", TIMEOUT, async || {
        (in_progress(&fixture).await == 0).then_some(())
    })
    .await;
    let sent = fixture.meta.summary().accepted;
    let rows = read(&fixture, &campaign).await.rows;
    // The horizon of half a second holds 32 messages; one more chunk may be released.
    let outstanding = u64::try_from(rows.released).unwrap() - sent;
    assert!(outstanding <= 64, "{outstanding} messages were outstanding");
    assert!(rows.released < rows.planned);
    resume(&fixture, &campaign).await;
    eventually("all are sent", TIMEOUT, async || {
        (fixture.meta.summary().accepted == 300).then_some(())
    })
    .await;
    sender.stop().await;
    assert_eq!(fixture.meta.summary().repeated_opaque_ids, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cancel_cancels_unsent_messages() {
    let fixture = Fixture::start().await;
    let campaign = draft(&fixture, 300).await;
    start(&fixture, &campaign).await;
    let sender = fixture.send(quick());
    eventually("some are sent", TIMEOUT, async || {
        (fixture.meta.summary().accepted > 5).then_some(())
    })
    .await;
    change(&fixture, &campaign, CampaignTransition::Cancel).await;
    eventually("nothing is in progress", TIMEOUT, async || {
        (in_progress(&fixture).await == 0).then_some(())
    })
    .await;
    sender.stop().await;
    let rows = read(&fixture, &campaign).await.rows;
    assert!(rows.released < 300);
    let sql = "select count(*) filter (where state = 20), count(*) filter (where state = 11), count(*) from messages";
    let row = fixture.admin.query_one(sql, &[]).await.unwrap();
    let (sent, cancelled, all): (i64, i64, i64) = (row.get(0), row.get(1), row.get(2));
    assert!(
        cancelled > 0 && sent + cancelled == all,
        "{sent} sent, {cancelled} cancelled of {all}"
    );
    assert_eq!(
        u64::try_from(sent).unwrap(),
        fixture.meta.summary().accepted
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_that_no_longer_fits_the_template_is_skipped() {
    let fixture = Fixture::start().await;
    let campaign = draft(&fixture, 3).await;
    start(&fixture, &campaign).await;
    let body = "[{\"type\": \"BODY\", \"text\": \"Bonjour {{1}}, {{2}} et {{3}}\"}]";
    fixture
        .sql(&format!(
            "update templates set components = '{body}' where template_id = '{OFFER}'"
        ))
        .await;
    let sender = fixture.send(quick());
    eventually("the campaign is completed", TIMEOUT, async || {
        (read(&fixture, &campaign).await.state == CampaignState::Completed).then_some(())
    })
    .await;
    sender.stop().await;
    let rows = read(&fixture, &campaign).await.rows;
    assert_eq!((rows.planned, rows.skipped, rows.released), (0, 3, 0));
    let sql = "select distinct state, skip_reason from campaign_recipients";
    let row = fixture.admin.query_one(sql, &[]).await.unwrap();
    assert_eq!(row.get::<_, i16>(0), RecipientState::Skipped.code());
    assert_eq!(row.get::<_, i16>(1), SkipReason::MissingVariable.code());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_held_by_a_refusal_after_the_cancel_is_cancelled() {
    let fixture = Fixture::start().await;
    let campaign = draft(&fixture, 1).await;
    start(&fixture, &campaign).await;
    fixture.meta.script(
        Script::always(Fault::Error {
            code: 132_015,
            http_status: None,
            details: None,
        })
        .times(1),
    );
    let sender = fixture.send(quick());
    let id = eventually("the message is released", TIMEOUT, async || {
        released(&fixture).await.pop()
    })
    .await;
    fixture
        .until_held(id, HeldReason::TemplateNotApproved)
        .await;
    // As a cancel does that committed before the refusal.
    let cancelled = CampaignState::Cancelled.code();
    fixture
        .sql(&format!("update campaigns set state = {cancelled}"))
        .await;
    fixture.until(id, MessageState::Cancelled).await;
    sender.stop().await;
    assert_eq!((fixture.copies(id), fixture.due_rows().await), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_held_for_a_template_do_not_block_other_campaigns() {
    let fixture = Fixture::start().await;
    let campaign = draft(&fixture, 1).await;
    start(&fixture, &campaign).await;
    for (reason, outstanding) in [
        (HeldReason::TemplateNotApproved, 0),
        (HeldReason::NumberStopped, 0),
        (HeldReason::ConsentLag, 1),
    ] {
        let (business, number, reason) =
            (fixture.business_id, sample::PHONE_NUMBER_ID, reason.code());
        fixture
            .sql(&format!(
                "delete from due_messages;
                 insert into due_messages values ('{business}', '{business}', '{number}', null, 3, 4, {reason}, null)"
            ))
            .await;
        let running = dispatch::running(&fixture.db.store).await.unwrap();
        assert_eq!(running[0].outstanding, outstanding);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_whose_template_meta_refuses_is_paused_until_it_is_resumed() {
    let fixture = Fixture::start().await;
    let refused = Fault::Error {
        code: 132_000,
        http_status: None,
        details: None,
    };
    fixture.meta.script(Script::always(refused).times(1));
    let campaign = draft(&fixture, 100).await;
    start(&fixture, &campaign).await;
    let sender = fixture.send(breaker_settings());
    until_paused(&fixture, &campaign, PauseReason::TemplateRefused).await;
    let sql = "select data ->> 'reason' from events where type = 'campaign.paused'";
    let reason: String = fixture.admin.query_one(sql, &[]).await.unwrap().get(0);
    assert_eq!(reason, "template_refused");
    resume(&fixture, &campaign).await;
    eventually("the campaign is completed", TIMEOUT, async || {
        (read(&fixture, &campaign).await.state == CampaignState::Completed).then_some(())
    })
    .await;
    assert_eq!(read(&fixture, &campaign).await.pause_reason, None);
    sender.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_campaign_is_paused_when_most_of_its_messages_fail_and_not_for_a_few() {
    for (failing, is_paused) in [(0.9, true), (0.1, false)] {
        let fixture = Fixture::start().await;
        let unreachable = Fault::Error {
            code: 131_026,
            http_status: None,
            details: None,
        };
        fixture
            .meta
            .script(Script::always(unreachable).matching(Match {
                share: Some(failing),
                ..Match::default()
            }));
        let campaign = draft(&fixture, 200).await;
        start(&fixture, &campaign).await;
        let sender = fixture.send(breaker_settings());
        if is_paused {
            until_paused(&fixture, &campaign, PauseReason::FailedShare).await;
            let left = read(&fixture, &campaign).await.rows;
            assert!(left.released < left.planned);
        } else {
            eventually("the campaign is completed", TIMEOUT, async || {
                (read(&fixture, &campaign).await.state == CampaignState::Completed).then_some(())
            })
            .await;
        }
        sender.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_of_low_quality_pauses_its_campaign_once() {
    let fixture = Fixture::start().await;
    fixture
        .sql("update phone_numbers set quality_rating = 'RED'")
        .await;
    let campaign = draft(&fixture, 100).await;
    start(&fixture, &campaign).await;
    let sender = fixture.send(breaker_settings());
    until_paused(&fixture, &campaign, PauseReason::QualityRed).await;
    resume(&fixture, &campaign).await;
    eventually("the campaign is completed", TIMEOUT, async || {
        (read(&fixture, &campaign).await.state == CampaignState::Completed).then_some(())
    })
    .await;
    sender.stop().await;
}

/// Settings with which the campaign breaker is evaluated constantly, and messages are released gradually.
fn breaker_settings() -> SenderSettings {
    let mut settings = quick();
    settings.campaign_breaker.results = 50;
    settings.campaign_breaker.every_ms = 20;
    settings.dispatch.window_ms = 1_000;
    settings.dispatch.every_ms = 200;
    settings
}

async fn until_paused(fixture: &Fixture, campaign: &Campaign, reason: PauseReason) {
    eventually("the campaign is paused", TIMEOUT, async || {
        let campaign = read(fixture, campaign).await;
        (campaign.state == CampaignState::Paused).then_some(())
    })
    .await;
    assert_eq!(read(fixture, campaign).await.pause_reason, Some(reason));
}

/// A campaign with this many planned rows.
async fn draft(fixture: &Fixture, rows: i32) -> Campaign {
    let numbers: Vec<String> = (1..=rows).map(|row| format!("+2267044{row:04}")).collect();
    draft_to(fixture, &numbers).await
}

/// A campaign with a row for each number.
pub(crate) async fn draft_to(fixture: &Fixture, numbers: &[String]) -> Campaign {
    let variables = Variables::from([
        ("1".to_owned(), "Awa".to_owned()),
        ("2".to_owned(), "FASO25".to_owned()),
    ]);
    draft_with(fixture, OFFER, numbers, &variables).await
}

/// A campaign with a template, and a row with these variables for each number.
pub(crate) async fn draft_with(
    fixture: &Fixture,
    template_id: &str,
    numbers: &[String],
    variables: &Variables,
) -> Campaign {
    let scope = fixture.db.store.business(fixture.business_id);
    let (id, keys) = (CampaignId::new(fixture.now()), scope.keys().await.unwrap());
    let mut transaction = scope.begin().await.unwrap();
    let campaign = NewCampaign {
        id,
        name: "Fidélité",
        phone_number_id: sample::PHONE_NUMBER_ID,
        template_id,
        variables: &serde_json::json!({"1": {"column": "Prénom"}, "2": {"text": "FASO25"}}),
        created_at: fixture.now(),
    };
    campaigns::insert(&mut transaction, &scope, &keys, &campaign)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    let mut import = Import::begin(&scope, id, true, fixture.now())
        .await
        .unwrap();
    let audience_id = import.audience_id();
    let planned = (1..).zip(numbers).map(|(row, number)| {
        let number = E164::parse_strict(number).unwrap();
        let row = (fixture.business_id, audience_id, row + 1);
        ImportedRow::Planned(
            SealedRecipient::seal(&keys, row, &number, variables, Vec::new()).unwrap(),
        )
    });
    let planned = planned.collect();
    import.add(planned).await.unwrap();
    let form = FileForm {
        encoding: "utf-8".to_owned(),
        delimiter: ';',
    };
    let mut transaction = scope.begin().await.unwrap();
    import
        .finish(&mut transaction, form, fixture.now())
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    find(&scope, id).await
}

pub(crate) async fn start(fixture: &Fixture, campaign: &Campaign) {
    change(fixture, campaign, CampaignTransition::Start).await;
}

/// Changes the campaign as a request does, without publishing the messages that it releases.
async fn change(fixture: &Fixture, campaign: &Campaign, transition: CampaignTransition) {
    let scope = fixture.db.store.business(fixture.business_id);
    let mut transaction = scope.begin().await.unwrap();
    let locked = campaigns::lock(&mut transaction, &scope, campaign.id)
        .await
        .unwrap();
    let change = locked.state.after(transition).unwrap().unwrap();
    campaigns::apply(&mut transaction, &scope, &locked, &change, fixture.now())
        .await
        .unwrap();
    transaction.commit().await.unwrap();
}

/// Resumes without publishing the released messages: the reaper has to find them.
async fn resume(fixture: &Fixture, campaign: &Campaign) {
    change(fixture, campaign, CampaignTransition::Resume).await;
    fixture
        .sql("update due_messages set due_at = now() where kind = 2")
        .await;
}

async fn read(fixture: &Fixture, campaign: &Campaign) -> Campaign {
    find(&fixture.db.store.business(fixture.business_id), campaign.id).await
}

async fn find(scope: &BusinessScope, id: CampaignId) -> Campaign {
    let mut transaction = scope.begin().await.unwrap();
    campaigns::find(&mut transaction, scope, id).await.unwrap()
}

pub(crate) async fn released(fixture: &Fixture) -> Vec<MessageId> {
    let rows = fixture
        .admin
        .query(
            "select message_id from campaign_recipients where state = 3",
            &[],
        )
        .await
        .unwrap();
    rows.iter()
        .map(|row| MessageId::from_uuid(row.get(0)))
        .collect()
}

/// Messages that are accepted, being sent, or due again.
async fn in_progress(fixture: &Fixture) -> i64 {
    let sql = "select count(*) from messages where state in (1, 2, 3)";
    fixture.admin.query_one(sql, &[]).await.unwrap().get(0)
}
