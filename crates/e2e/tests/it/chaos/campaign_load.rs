//! The campaigns of a scenario. Further ones are started before an injection when little work is left.

use e2e::audit::Acknowledgement;
use serde_json::{Value, json};
use testkit::{CampaignPlan, Shop};

use super::client_log::ClientLog;
use crate::audience::{clients, file};
use crate::sources::Sources;

/// Unreleased rows of running campaigns, and messages that nobody has claimed.
const LEFT: &str = "select (select coalesce(sum(rows_planned - rows_released), 0)::bigint from campaigns where state = 2)
    + (select count(*) from messages where state = 1)";
/// Below this many seconds of work, another campaign is started.
const LITTLE: u64 = 2;
/// Seconds of work in a further campaign.
const FURTHER: u64 = 4;

/// A shop that sends campaigns.
pub(super) struct CampaignLoad {
    shop: Shop,
    log: ClientLog,
    per_second: u64,
}

impl CampaignLoad {
    /// The campaigns of a shop whose number sends about `per_second` messages.
    pub(super) const fn new(shop: Shop, log: ClientLog, per_second: u64) -> Self {
        Self {
            shop,
            log,
            per_second,
        }
    }

    /// Starts another campaign when little work is left.
    pub(super) async fn replenish(&self, sources: &Sources) {
        let left = u64::try_from(sources.number(LEFT).await).unwrap();
        if left < LITTLE * self.per_second {
            let _ = self.start_tickets(FURTHER * self.per_second).await;
        }
    }

    /// Starts a campaign of tickets to `people` recipients; returns its id.
    pub(super) async fn start_tickets(&self, people: u64) -> String {
        let variables = [
            json!({"column": "Prénom"}),
            json!({"column": "Ticket"}),
            json!({"text": "12 500"}),
        ];
        self.start("ticket_de_caisse", &variables, people).await
    }

    /// The same with a marketing template.
    pub(super) async fn start_advertising(&self, people: u64) -> String {
        let variables = [json!({"column": "Prénom"}), json!({"text": "FASO25"})];
        self.start("offre_fidelite", &variables, people).await
    }

    /// Starts it, and logs the acknowledgement: one message for each recipient.
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
            "a recipient was skipped"
        );
        let acknowledgement = Acknowledgement::Campaign {
            business_id: self.shop.business_id.parse().unwrap(),
            campaign_id: campaign.parse().unwrap(),
            planned: people,
        };
        self.log.write(&acknowledgement).await;
        campaign
    }
}
