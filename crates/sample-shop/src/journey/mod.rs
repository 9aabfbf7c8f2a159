//! What a shop does: a key, a number, a template, a campaign, and a look at what became of it.

mod access;
mod campaign;
mod closing;
mod follow;
mod number;
mod open_doors;
mod preview;
mod proof;
mod starter_pack;
mod template;

use std::path::PathBuf;
use std::sync::Arc;

use tokio::time::Instant;

use crate::api::Api;
use crate::failure::Failure;
use crate::screen::Screen;
use crate::simulator::Simulator;
use crate::state_dir::StateDir;
use crate::supervisor::Program;

pub(crate) use open_doors::Doors;

/// All that the journey needs.
pub(crate) struct Journey {
    pub(crate) api: Api,
    pub(crate) simulator: Simulator,
    pub(crate) screen: Screen,
    pub(crate) state: Arc<StateDir>,
    /// Makes a key of the platform and prints it.
    pub(crate) key_command: Program,
    /// Where the clients come from, and what the file holds.
    pub(crate) clients: PathBuf,
    pub(crate) file: Vec<u8>,
    /// Whether the simulator's ledger is compared with what the API says.
    pub(crate) prove: bool,
}

impl Journey {
    /// Does all of it; gives the key of the business.
    pub(crate) async fn run(&self) -> Result<String, Failure> {
        let key = self.access().await?;
        let api = self.api.with_key(&key);
        self.connect_number(&api).await?;
        self.await_templates(&api).await?;
        self.publish_template(&api).await?;
        self.install_starter_pack(&api).await?;
        self.finish_earlier(&api).await?;
        let campaign = self.prepare_campaign(&api).await?;
        let before = self.simulator.accepted().await?;
        let started = Instant::now();
        self.start_campaign(&api, &campaign).await?;
        let followed = self.follow(&api, &campaign.id, started).await?;
        self.close(&followed.campaign, &campaign.dry_run)?;
        self.screen.say(followed.speed());
        if self.prove {
            self.prove(&api, &followed.campaign, before).await?;
        }
        Ok(key)
    }
}
