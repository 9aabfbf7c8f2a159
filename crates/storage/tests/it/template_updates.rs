//! Meta's reports about templates, alongside the synchronisation.

use chrono::{DateTime, TimeDelta, Utc};
use common::campaign::{CampaignState, PauseReason};
use common::ids::{CampaignId, TemplateId};
use common::template::{
    Category, ReportOutcome, ReportedComponents, StatusReport, TemplateAspect, TemplateStatus,
};
use serde_json::{Value, json};
use storage::templates::Template;
use testkit::TestDb;
use worker_storage::project::{TemplateOutcome, TemplateUpdate, apply_templates};
use worker_storage::template_sync::{self, Account, SyncChanges};

use crate::fixture::{BusinessFixture, now};

/// All that reports may change.
const STORED: &str = "select to_jsonb(t) - 'synced_at' from templates t where template_id = $1";

/// A shop whose template was synchronised an hour ago.
struct Synced {
    database: TestDb,
    shop: BusinessFixture,
    account: Account,
    at: DateTime<Utc>,
}

impl Synced {
    async fn start() -> Self {
        let database = TestDb::start().await;
        let shop = BusinessFixture::open(&database).await;
        let admin = database.admin().await;
        let sql =
            "update templates set synced_at = synced_at - interval '1 hour' returning waba_id";
        let row = admin.query_one(sql, &[]).await.unwrap();
        let account = Account {
            business_id: shop.id,
            waba_id: row.get::<_, &str>(0).parse().unwrap(),
        };
        let at = now(&database).await;
        Self {
            database,
            shop,
            account,
            at,
        }
    }

    fn later(&self, seconds: i64) -> DateTime<Utc> {
        self.at + TimeDelta::seconds(seconds)
    }

    fn update(&self, aspect: TemplateAspect, seconds: i64) -> TemplateUpdate {
        TemplateUpdate {
            waba_id: self.account.waba_id.clone(),
            template_id: Some(self.shop.template().parse().unwrap()),
            name: String::new(),
            language: String::new(),
            aspect,
            occurred_at: self.later(seconds),
        }
    }

    fn status(&self, event: &str, seconds: i64) -> TemplateUpdate {
        self.update(status(event), seconds)
    }

    async fn apply(&self, updates: &[TemplateUpdate]) -> TemplateOutcome {
        let applied = apply_templates(&self.shop.store, updates, self.at).await;
        applied.unwrap()
    }

    async fn value(&self, sql: &str) -> Value {
        let admin = self.database.admin().await;
        let row = admin.query_one(sql, &[&self.shop.template()]).await;
        row.unwrap().get(0)
    }

    async fn sql(&self, sql: &str) {
        self.database
            .admin()
            .await
            .batch_execute(sql)
            .await
            .unwrap();
    }

    async fn stored_status(&self) -> Value {
        self.value(STORED).await["status"].clone()
    }

    async fn event_types(&self) -> Vec<String> {
        let admin = self.database.admin().await;
        let rows = admin.query("select type from events order by number", &[]);
        rows.await.unwrap().iter().map(|row| row.get(0)).collect()
    }

    /// A run that reads the template as it was before every report.
    async fn synchronise(&self, run: &template_sync::SyncRun) {
        let listed = Template {
            template_id: self.shop.template().parse().unwrap(),
            waba_id: self.account.waba_id.clone(),
            name: "ticket".to_owned(),
            language: "fr".to_owned(),
            category: Category::Utility,
            status: TemplateStatus::Approved,
            parameter_format: "POSITIONAL".to_owned(),
            components: json!([]),
            quality_score: Some("GREEN".to_owned()),
            rejected_reason: None,
            status_note: None,
            status_until: None,
            detected_category: None,
            synced_at: self.at,
        };
        let changes = |_: &[template_sync::KnownTemplate]| SyncChanges {
            listed: vec![listed],
            ..SyncChanges::default()
        };
        let written = template_sync::write(&self.shop.store, run, self.at, changes).await;
        assert!(written.unwrap());
    }

    async fn begin(&self, seconds: i64) -> template_sync::SyncRun {
        let at = self.later(seconds);
        let begun = template_sync::begin(&self.shop.store, &self.account, at).await;
        begun.unwrap().unwrap()
    }

    /// A campaign that was paused for a reason.
    async fn paused_campaign(&self, reason: Option<PauseReason>) -> CampaignId {
        let campaign = CampaignId::new(self.at);
        let insert = format!(
            "insert into campaigns (business_id, campaign_id, name, phone_number_id, template_id, state, created_at,
                 pause_reason)
             values ('{}', '{campaign}', '', '{}', '{}', {}, now(), {})",
            self.shop.id,
            self.shop.number(),
            self.shop.template(),
            CampaignState::Paused.code(),
            reason.map_or("null".to_owned(), |reason| reason.code().to_string()),
        );
        self.sql(&insert).await;
        campaign
    }

    async fn campaign_state(&self, campaign: CampaignId) -> i16 {
        let admin = self.database.admin().await;
        let sql = "select state from campaigns where campaign_id = $1";
        let row = admin.query_one(sql, &[&campaign.as_uuid()]).await;
        row.unwrap().get(0)
    }
}

fn status(event: &str) -> TemplateAspect {
    TemplateAspect::Status(StatusReport {
        event: event.to_owned(),
        note: Some(format!("{event}_NOTE")),
        category: None,
    })
}

fn edit(body: &str) -> TemplateAspect {
    TemplateAspect::Components(ReportedComponents {
        header: None,
        body: body.to_owned(),
        footer: None,
    })
}

fn announced(category: Category) -> TemplateAspect {
    TemplateAspect::DetectedCategory {
        category,
        changes_at: None,
    }
}

fn reports(aspect: &'static str, outcome: ReportOutcome) -> TemplateOutcome {
    TemplateOutcome {
        reports: [((aspect, Some(outcome)), 1)].into(),
        ..TemplateOutcome::default()
    }
}

/// Every order of `0..count`.
fn permutations(count: usize) -> Vec<Vec<usize>> {
    let Some(last) = count.checked_sub(1) else {
        return vec![Vec::new()];
    };
    let shorter = permutations(last);
    let longer = shorter.iter().flat_map(|order| {
        (0..count).map(|place| {
            let mut order = order.clone();
            order.insert(place, last);
            order
        })
    });
    longer.collect()
}

/// Applies these reports in every order to the same template, one batch for each report; the one row that comes of it.
async fn row_after_every_order(synced: &Synced, updates: &[TemplateUpdate]) -> Value {
    synced
        .sql("create table before as select * from templates")
        .await;
    let mut rows: Vec<Value> = Vec::new();
    for order in permutations(updates.len()) {
        for index in &order {
            let _ = synced.apply(std::slice::from_ref(&updates[*index])).await;
        }
        let row = synced.value(STORED).await;
        if let Some(first) = rows.first() {
            assert_eq!(&row, first, "{order:?}");
        }
        rows.push(row);
        synced
            .sql(
                "update templates t set status = b.status, status_reported_at = b.status_reported_at,
                     status_note = b.status_note, status_until = b.status_until, category = b.category,
                     category_reported_at = b.category_reported_at, detected_category = b.detected_category,
                     category_detected_at = b.category_detected_at, category_changes_at = b.category_changes_at,
                     quality_score = b.quality_score, quality_reported_at = b.quality_reported_at,
                     components = b.components, components_reported_at = b.components_reported_at
                 from before b",
            )
            .await;
    }
    rows.swap_remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_of_every_aspect_end_in_the_same_row_in_every_order() {
    let synced = Synced::start().await;
    let updates = [
        synced.status("PAUSED", 1),
        synced.status("APPROVED", 2),
        synced.update(TemplateAspect::Category(Category::Marketing), 2),
        synced.update(announced(Category::Marketing), 1),
        synced.update(TemplateAspect::Quality("RED".to_owned()), 1),
    ];
    let row = row_after_every_order(&synced, &updates).await;
    assert_eq!(row["status"], "APPROVED");
    assert_eq!(row["status_note"], "APPROVED_NOTE");
    assert_eq!(row["category"], "MARKETING");
    assert_eq!(row["detected_category"], Value::Null);
    assert_eq!(row["quality_score"], "RED");
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_of_the_same_second_end_in_the_same_row_in_every_order() {
    let synced = Synced::start().await;
    let updates = [
        synced.status("APPROVED", 1),
        synced.status("PAUSED", 1),
        synced.update(TemplateAspect::Category(Category::Marketing), 1),
        synced.update(TemplateAspect::Category(Category::Utility), 1),
        synced.update(edit("a"), 1),
    ];
    let row = row_after_every_order(&synced, &updates).await;
    assert_eq!(row["status"], "PAUSED");
    assert_eq!(row["category"], "MARKETING");
    assert_eq!(row["components"], json!([{"type": "BODY", "text": "a"}]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_approval_changes_nothing_and_returns_what_may_still_wait() {
    let synced = Synced::start().await;
    let template_id: TemplateId = synced.shop.template().parse().unwrap();
    let sendable = [(synced.account.clone(), template_id)];
    assert!(
        synced
            .apply(&[synced.status("PAUSED", 1)])
            .await
            .sendable
            .is_empty()
    );
    assert_eq!(synced.stored_status().await, "PAUSED");
    let approved = [synced.status("APPROVED", 2)];
    assert_eq!(synced.apply(&approved).await.sendable, sendable);
    let repeated = synced.apply(&approved).await;
    assert_eq!(repeated.sendable, sendable);
    assert_eq!(
        repeated.reports,
        reports("status", ReportOutcome::Repeated).reports
    );
    let outdated = synced.apply(&[synced.status("PAUSED", 1)]).await;
    assert_eq!(
        outdated.reports,
        reports("status", ReportOutcome::Outdated).reports
    );
    assert_eq!(
        synced.event_types().await,
        ["template.status_changed", "template.status_changed"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_changed_aspect_has_its_event_once() {
    let synced = Synced::start().await;
    let updates = [
        synced.status("PAUSED", 1),
        synced.update(announced(Category::Marketing), 1),
        synced.update(TemplateAspect::Quality("RED".to_owned()), 1),
        synced.update(edit("Bonsoir"), 1),
    ];
    let first = synced.apply(&updates).await;
    assert_eq!(first.to_sync, 1);
    let repeated = synced.apply(&updates).await;
    assert_eq!(repeated.to_sync, 0);
    let completed = synced.update(TemplateAspect::Category(Category::Marketing), 2);
    let _ = synced.apply(&[completed]).await;
    assert_eq!(
        synced.event_types().await,
        [
            "template.status_changed",
            "template.category_detected",
            "template.quality_changed",
            "template.components_changed",
            "template.category_changed",
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_is_known_by_its_name_and_an_unknown_one_has_its_account_synchronised() {
    let synced = Synced::start().await;
    let by_name = TemplateUpdate {
        template_id: None,
        name: "ticket".to_owned(),
        language: "fr".to_owned(),
        ..synced.status("DISABLED", 1)
    };
    let of_another_account = TemplateUpdate {
        waba_id: "1".parse().unwrap(),
        ..by_name.clone()
    };
    let outcome = synced.apply(&[of_another_account, by_name.clone()]).await;
    assert_eq!(
        (outcome.reports[&("status", None)], outcome.to_sync),
        (1, 0)
    );
    assert_eq!(synced.stored_status().await, "DISABLED");
    let run = synced.begin(-120).await;
    let interval = TimeDelta::hours(1);
    let due = async |seconds| {
        let at = synced.later(seconds);
        let due = template_sync::claim_due(&synced.shop.store, at, interval, 10).await;
        due.unwrap().len()
    };
    synced.synchronise(&run).await;
    assert_eq!(due(0).await, 0);
    let created_elsewhere = TemplateUpdate {
        name: "nouveau".to_owned(),
        ..by_name
    };
    let outcome = synced.apply(&[created_elsewhere]).await;
    assert_eq!(
        (outcome.reports[&("status", None)], outcome.to_sync),
        (1, 1)
    );
    assert_eq!(due(1).await, 1);
    assert_eq!(due(90).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_report_of_last_week_reopens_nothing() {
    let synced = Synced::start().await;
    for word in ["APPROVED", "PAUSED"] {
        let old = synced.status(word, -6 * 86_400);
        let outcome = synced.apply(&[old]).await;
        assert_eq!(
            outcome,
            reports("status", ReportOutcome::Outdated),
            "{word}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_synchronisation_that_began_before_the_reports_does_not_undo_them() {
    let synced = Synced::start().await;
    let run = synced.begin(0).await;
    let updates = [
        synced.status("PAUSED", 1),
        synced.update(TemplateAspect::Category(Category::Marketing), 1),
        synced.update(TemplateAspect::Quality("RED".to_owned()), 1),
        synced.update(edit("Bonsoir"), 1),
    ];
    let _ = synced.apply(&updates).await;
    let reported = synced.value(STORED).await;
    synced.synchronise(&run).await;
    assert_eq!(synced.value(STORED).await, reported);
    let later = synced.begin(3).await;
    synced.synchronise(&later).await;
    let row = synced.value(STORED).await;
    assert_eq!(row["status"], "APPROVED");
    assert_eq!(
        (&row["status_note"], &row["status_until"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(row["category"], "UTILITY");
    assert_eq!(row["quality_score"], "GREEN");
    assert_eq!(row["components"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn campaigns_that_were_paused_for_the_template_go_on_when_it_is_approved() {
    for by_webhook in [true, false] {
        let synced = Synced::start().await;
        let _ = synced.apply(&[synced.status("PAUSED", 1)]).await;
        let for_template = synced
            .paused_campaign(Some(PauseReason::TemplateRefused))
            .await;
        let others = [
            synced.paused_campaign(None).await,
            synced.paused_campaign(Some(PauseReason::FailedShare)).await,
        ];
        if by_webhook {
            let outcome = synced.apply(&[synced.status("UNPAUSED", 2)]).await;
            assert_eq!(outcome.resumed_campaigns, 1);
        } else {
            synced.synchronise(&synced.begin(3).await).await;
        }
        let running = CampaignState::Running.code();
        assert_eq!(synced.campaign_state(for_template).await, running);
        for other in others {
            let paused = CampaignState::Paused.code();
            assert_eq!(synced.campaign_state(other).await, paused);
        }
        assert!(
            synced
                .event_types()
                .await
                .contains(&"campaign.resumed".to_owned())
        );
    }
}
