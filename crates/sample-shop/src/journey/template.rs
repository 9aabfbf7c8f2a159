//! The shop's template: written, published and awaited through the API, as any client of it does. The simulated Meta
//! reviews it at once.

use serde_json::{Value, json};
use tokio::time::{Instant, sleep};

use super::Journey;
use super::number::{LONGEST, PAUSE};
use crate::api::{Api, Draft, Page, Publication, Template};
use crate::failure::Failure;
use crate::simulator::WABA_ID;

pub(super) const NAME: &str = "offre_de_la_boutique";
pub(super) const LANGUAGE: &str = "fr";

impl Journey {
    /// Publishes the template unless an earlier start did.
    pub(super) async fn publish_template(&self, api: &Api) -> Result<(), Failure> {
        if self.sendable_template(api).await?.is_some() {
            self.screen.say(format_args!(
                "Template: {NAME} ({LANGUAGE}), published at an earlier start."
            ));
            return Ok(());
        }
        let draft = self.draft(api).await?;
        let publication = self.publication(api, &draft).await?;
        self.await_accepted(api, publication).await?;
        self.simulator.approve(NAME, LANGUAGE).await?;
        let since = Instant::now();
        while self.sendable_template(api).await?.is_none() {
            if since.elapsed() > LONGEST {
                return Err(self.template_late("the template was not approved"));
            }
            sleep(PAUSE).await;
        }
        self.screen.say(format_args!(
            "Template: {NAME} ({LANGUAGE}) was written as a draft, published, and approved by the simulated Meta."
        ));
        Ok(())
    }

    /// The template, if it can be sent.
    pub(super) async fn sendable_template(&self, api: &Api) -> Result<Option<Template>, Failure> {
        let path = format!("/v1/templates?name={NAME}&language={LANGUAGE}");
        let templates: Page<Template> = api.get(&path).await?;
        let mut templates = templates.items.into_iter();
        Ok(templates.find(|template| template.sendable))
    }

    /// The draft of an earlier start that was cut off, or a new one.
    async fn draft(&self, api: &Api) -> Result<Draft, Failure> {
        let path =
            format!("/v1/templates/drafts?waba_id={WABA_ID}&name={NAME}&language={LANGUAGE}");
        let drafts: Page<Draft> = api.get(&path).await?;
        if let Some(draft) = drafts.items.into_iter().next() {
            return Ok(draft);
        }
        let wanted = json!({"waba_id": WABA_ID, "template": definition()});
        Ok(api.post("/v1/templates/drafts", &wanted).await?)
    }

    /// The publication of the draft that is under way or was accepted, or a new one.
    async fn publication(&self, api: &Api, draft: &Draft) -> Result<Publication, Failure> {
        let path = format!("/v1/templates/publications?draft_id={}&limit=1", draft.id);
        let earlier: Page<Publication> = api.get(&path).await?;
        let goes_on =
            |publication: &Publication| ["waiting", "accepted"].contains(&&*publication.state);
        if let Some(publication) = earlier.items.into_iter().find(goes_on) {
            return Ok(publication);
        }
        let path = format!("/v1/templates/drafts/{}/publish", draft.id);
        Ok(api.post(&path, &json!({})).await?)
    }

    async fn await_accepted(&self, api: &Api, mut publication: Publication) -> Result<(), Failure> {
        let path = format!("/v1/templates/publications/{}", publication.id);
        let since = Instant::now();
        while publication.state == "waiting" {
            if since.elapsed() > LONGEST {
                return Err(self.template_late("the template was not published"));
            }
            sleep(PAUSE).await;
            publication = api.get(&path).await?;
        }
        if publication.state == "accepted" {
            return Ok(());
        }
        let why = publication
            .explanation
            .map_or_else(|| "no reason is known.".to_owned(), |text| text.en);
        Err(
            Failure::new(format!("the template was not accepted: {why}"))
                .kept("the business, its number and the draft of the template.")
                .log(self.state.log("template-sync")),
        )
    }

    pub(super) fn template_late(&self, happened: &str) -> Failure {
        Failure::new(format!("{happened} within {} s.", LONGEST.as_secs()))
            .kept("the business, its number and the draft of the template.")
            .advice("read template-sync's log, then start again.")
            .log(self.state.log("template-sync"))
    }
}

fn definition() -> Value {
    json!({
        "name": NAME,
        "language": LANGUAGE,
        "category": "MARKETING",
        "parameter_format": "POSITIONAL",
        "components": [
            {
                "type": "BODY",
                "text": "Bonjour {{1}}, votre code fidélité est {{2}} : présentez-le en caisse avant dimanche.",
                "example": {"body_text": [["Awa", "FASO25"]]},
            },
            {"type": "FOOTER", "text": "Répondez STOP pour ne plus recevoir d'offres"},
            {"type": "BUTTONS", "buttons": [{"type": "QUICK_REPLY", "text": "Stop promotions"}]},
        ],
    })
}
