//! The shop's WhatsApp number and its templates, as Meta has them.

use std::time::Duration;

use serde_json::json;
use tokio::time::{Instant, sleep};

use super::Journey;
use crate::api::{Api, Number, Page, Template, Waba};
use crate::failure::Failure;
use crate::simulator::{PHONE_NUMBER_ID, TOKEN, WABA_ID};

/// How long the shop waits for other services.
pub(super) const LONGEST: Duration = Duration::from_secs(60);
pub(super) const PAUSE: Duration = Duration::from_millis(250);

impl Journey {
    /// Connects the number unless it is.
    pub(super) async fn connect_number(&self, api: &Api) -> Result<(), Failure> {
        self.simulator.verify_webhook().await?;
        let numbers: Page<Number> = api.get("/v1/numbers").await?;
        let ours = |number: &Number| {
            number.phone_number_id == PHONE_NUMBER_ID && number.connection == "connected"
        };
        if let Some(number) = numbers.items.into_iter().find(ours) {
            self.screen.say(format_args!(
                "Number: {}, connected at an earlier start.",
                described(&number)
            ));
            return Ok(());
        }
        let number =
            json!({"waba_id": WABA_ID, "phone_number_id": PHONE_NUMBER_ID, "access_token": TOKEN});
        let number: Number = match api.post("/v1/numbers", &number).await {
            Err(error) if error.is("number_connected_elsewhere") => return Err(self.taken()),
            answer => answer?,
        };
        self.screen.say(format_args!(
            "Number: {} is connected; Meta's webhooks arrive.",
            described(&number)
        ));
        Ok(())
    }

    /// Waits until the templates were read from Meta.
    pub(super) async fn await_templates(&self, api: &Api) -> Result<(), Failure> {
        let since = Instant::now();
        loop {
            let wabas: Page<Waba> = api.get("/v1/wabas").await?;
            let waba = wabas.items.into_iter().find(|waba| waba.waba_id == WABA_ID);
            if waba
                .as_ref()
                .is_some_and(|waba| waba.templates_synced_at.is_some())
            {
                break;
            }
            if since.elapsed() > LONGEST {
                let why = waba
                    .and_then(|waba| waba.templates_sync_error)
                    .unwrap_or_else(|| "no reason is known".to_owned());
                let happened = format!(
                    "the templates were not read within {} s: {why}.",
                    LONGEST.as_secs()
                );
                return Err(Failure::new(happened)
                    .kept("the business and its number.")
                    .advice("read template-sync's log, then start again.")
                    .log(self.state.log("template-sync")));
            }
            sleep(PAUSE).await;
        }
        let templates: Page<Template> = api.get("/v1/templates?limit=200").await?;
        let sendable = templates
            .items
            .iter()
            .filter(|template| template.sendable)
            .count();
        self.screen.say(format_args!(
            "Templates: {} read from Meta, {sendable} of them can be sent.",
            templates.items.len()
        ));
        Ok(())
    }

    fn taken(&self) -> Failure {
        let root = self.state.root().display();
        Failure::new("the simulator's number belongs to a business of an earlier start, whose key is not in the state folder.")
            .kept("that business, its number and its messages.")
            .advice(format!(
                "put the earlier {root}/access.json back, or begin with an empty database (scripts/stop, then delete .local)."
            ))
    }
}

fn described(number: &Number) -> String {
    format!(
        "{} ({}, throughput {}, account {})",
        number.display_phone_number, number.verified_name, number.throughput_level, number.waba_id
    )
}
