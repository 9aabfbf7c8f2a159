//! The campaigns of a scenario. They do not run out: whoever is about to strike has more started when little is left.

use e2e::audit::Promise;
use serde_json::{Value, json};
use testkit::{CampaignPlan, Shop};

use super::client_log::ClientLog;
use crate::audience::{clients, file};
use crate::books::Books;

/// Rows of running campaigns that are not released yet, and messages that nobody has claimed.
const LEFT: &str = "select (select coalesce(sum(rows_planned - rows_released), 0)::bigint from campaigns where state = 2)
    + (select count(*) from messages where state = 1)";
/// Little is less than work for so many seconds.
const LITTLE: u64 = 2;
/// A further campaign is work for so many.
const FURTHER: u64 = 4;

/// A shop that sends campaigns.
pub(super) struct Job {
    shop: Shop,
    log: ClientLog,
    per_second: u64,
}

impl Job {
    /// The campaigns of a shop whose number sends about so many messages a second.
    pub(super) const fn new(shop: Shop, log: ClientLog, per_second: u64) -> Self {
        Self {
            shop,
            log,
            per_second,
        }
    }

    /// Starts another campaign when little is left.
    pub(super) async fn provide(&self, books: &Books) {
        let left = u64::try_from(books.number(LEFT).await).unwrap();
        if left < LITTLE * self.per_second {
            let _ = self.start_tickets(FURTHER * self.per_second).await;
        }
    }

    /// Starts a campaign of tickets to so many people, and gives its id.
    pub(super) async fn start_tickets(&self, people: u64) -> String {
        let variables = [
            json!({"column": "Prénom"}),
            json!({"column": "Ticket"}),
            json!({"text": "12 500"}),
        ];
        self.start("ticket_de_caisse", &variables, people).await
    }

    /// The same with an advertisement.
    pub(super) async fn start_advertising(&self, people: u64) -> String {
        let variables = [json!({"column": "Prénom"}), json!({"text": "FASO25"})];
        self.start("offre_fidelite", &variables, people).await
    }

    /// Starts it, and writes down what was promised: a message to each of these people.
    async fn start(&self, template: &str, variables: &[Value], people: u64) -> String {
        let list = clients(usize::try_from(people).unwrap());
        let plan = CampaignPlan {
            name: "Novembre",
            template,
            variables,
            file: file(&list),
        };
        let (campaign, report) = self.shop.plan_campaign(plan).await;
        let _ = self.shop.steer_campaign(&campaign, "start").await.ok();
        assert_eq!(
            report["planned"].as_u64(),
            Some(people),
            "somebody was left out"
        );
        let promise = Promise::Campaign {
            business_id: self.shop.business_id.parse().unwrap(),
            campaign_id: campaign.parse().unwrap(),
            planned: people,
        };
        self.log.write(&promise).await;
        campaign
    }
}
