//! The starter pack: the templates with which a shop begins, installed in one call.

use serde_json::json;
use tokio::time::{Instant, sleep};

use super::Journey;
use super::number::{LONGEST, PAUSE};
use crate::api::{Api, Installed, Page, Publication};
use crate::failure::Failure;
use crate::simulator::WABA_ID;

impl Journey {
    /// Installs the templates in French and waits until Meta has those that are new.
    pub(super) async fn install_starter_pack(&self, api: &Api) -> Result<(), Failure> {
        let wanted = json!({"waba_id": WABA_ID, "languages": ["fr"]});
        let installed: Page<Installed> = api
            .post("/v1/templates/starter-pack/install", &wanted)
            .await?;
        let new = installed.items.iter();
        let new = new.filter(|template| template.outcome == "publishing");
        let (new, all) = (new.count(), installed.items.len());
        let path = format!("/v1/templates/publications?waba_id={WABA_ID}&state=waiting&limit=1");
        let since = Instant::now();
        loop {
            let waiting: Page<Publication> = api.get(&path).await?;
            if waiting.items.is_empty() {
                break;
            }
            if since.elapsed() > LONGEST {
                return Err(self.template_late("the starter pack was not published"));
            }
            sleep(PAUSE).await;
        }
        self.screen.say(format_args!(
            "Starter pack: {all} templates in French, {new} of them new and submitted to Meta's review."
        ));
        Ok(())
    }
}
