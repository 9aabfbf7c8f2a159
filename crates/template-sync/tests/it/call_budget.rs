//! How many calls synchronisations take of the accounts' budgets at Meta.

use chrono::TimeDelta;
use common::clock::Clock;
use meta_sim::{Account as SimAccount, Endpoint, Fault, Match, Script, Template, Token};
use worker_storage::template_sync::{Account, claim_due};

use crate::fixture::{Fixture, connect, new_business};

const ACCOUNTS: u64 = 50;
const TEMPLATES: usize = 100;
const HOURS: u64 = 3;
/// Meta's budget for an account without a number, an hour.
const BUDGET: u64 = 200;
const FIRST_ACCOUNT: u64 = 900_000;

impl Fixture {
    /// Connects an account with many templates to a business of its own; the number of the script that counts its calls.
    async fn add_account(&self, waba_id: &str) -> u64 {
        let token = format!("token-{waba_id}");
        let template = |number| Template {
            name: format!("modele_{number}"),
            ..Template::default()
        };
        let account = SimAccount {
            waba_id: waba_id.to_owned(),
            tokens: vec![Token {
                token: token.clone(),
                ..Token::default()
            }],
            templates: (0..TEMPLATES).map(template).collect(),
            ..SimAccount::default()
        };
        self.sim.put_account(account).unwrap();
        let store = &self.database.store;
        let account = Account {
            business_id: new_business(store, self.clock.now()).await,
            waba_id: waba_id.parse().unwrap(),
        };
        connect(store, &account, &token, self.clock.now()).await;
        // A script that never applies counts the calls that it matches.
        let calls = Match {
            endpoint: Endpoint::MessageTemplates,
            object_id: Some(waba_id.to_owned()),
            nth: Some(u64::MAX),
            ..Match::default()
        };
        self.sim
            .script(Script::always(Fault::TruncatedJson).matching(calls))
    }

    async fn synchronise_due(&self) -> usize {
        let interval = TimeDelta::hours(1);
        let (store, synchroniser, mut count) = (self.store(), self.synchroniser(), 0);
        loop {
            let runs = claim_due(&store, self.clock.now(), interval, 10)
                .await
                .unwrap();
            if runs.is_empty() {
                return count;
            }
            for run in runs {
                synchroniser.carry_out(&run).await.unwrap();
                count += 1;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn five_thousand_templates_of_fifty_businesses_take_little_of_the_budgets() {
    let fixture = Fixture::open().await;
    let mut scripts = Vec::new();
    for number in 0..ACCOUNTS {
        let waba_id = (FIRST_ACCOUNT + number).to_string();
        scripts.push(fixture.add_account(&waba_id).await);
    }
    let accounts = usize::try_from(ACCOUNTS).unwrap() + 1;
    assert_eq!(fixture.synchronise_due().await, accounts);
    let sql = "select count(*) from templates where name like 'modele\\_%' and status = 'APPROVED'";
    let stored: i64 = fixture.admin.query_one(sql, &[]).await.unwrap().get(0);
    assert_eq!(usize::try_from(stored).unwrap(), 50 * TEMPLATES);

    // Some hours of scheduled runs.
    for _ in 0..HOURS {
        fixture.clock.advance(TimeDelta::hours(1));
        fixture.synchronise_due().await;
    }
    let reports = fixture.sim.scripts();
    for script in scripts {
        let calls = reports
            .iter()
            .find(|report| report.id == script)
            .unwrap()
            .seen;
        assert!(
            (1..=2 * (HOURS + 1)).contains(&calls),
            "{calls} calls in {HOURS} hours; the budget of an hour is {BUDGET}"
        );
    }
}
