//! How each program of the sandbox is started.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::options::Options;
use crate::ports::{Ports, url};
use crate::secrets::Secrets;
use crate::settings_file::{self, address};
use crate::simulator::{APP_ID, BEHAVIOUR};
use crate::state_dir::StateDir;
use crate::supervisor::{Program, SERVICES, SIMULATOR};

const SETTINGS: &str = "settings.toml";
const LEDGER: &str = "ledger.jsonl";
const TEMPLATES: &str = "templates.json";

/// Makes programs.
pub(crate) struct Programs<'a> {
    djigbachats: PathBuf,
    simulator: PathBuf,
    settings: PathBuf,
    ledger: PathBuf,
    templates: PathBuf,
    secrets: &'a Secrets,
    ports: &'a Ports,
}

impl<'a> Programs<'a> {
    /// Writes the settings that they share.
    ///
    /// # Errors
    /// When a program is not there or the settings cannot be written.
    pub(crate) fn prepare(
        options: &Options,
        state: &StateDir,
        secrets: &'a Secrets,
        ports: &'a Ports,
    ) -> Result<Self, Failure> {
        let (djigbachats, simulator) = (
            find(&options.bin_dir, "djigbachats")?,
            find(&options.bin_dir, SIMULATOR)?,
        );
        state.write_text(SETTINGS, &settings_file::text(options, secrets, ports)?)?;
        let (settings, ledger) = (state.path(SETTINGS), state.path(LEDGER));
        Ok(Self {
            djigbachats,
            simulator,
            settings,
            ledger,
            templates: state.path(TEMPLATES),
            secrets,
            ports,
        })
    }

    /// Brings the database to this version.
    pub(crate) fn migrate(&self) -> Program {
        self.djigbachats("migrate", &["migrate"])
    }

    /// Makes a key of the platform and prints it.
    pub(crate) fn platform_key(&self) -> Program {
        self.djigbachats(
            "key",
            &["key", "create", "--platform", "--name", "sample-shop"],
        )
    }

    /// Everything that is kept running.
    pub(crate) fn kept_running(&self) -> Vec<Program> {
        let services = SERVICES.into_iter().zip(self.ports.ops);
        let services = services.map(|(service, port)| self.service(service, port));
        std::iter::once(self.simulator()).chain(services).collect()
    }

    fn service(&self, name: &'static str, ops_port: u16) -> Program {
        let ops = ("DJIGBACHATS__OPS__ADDRESS".to_owned(), address(ops_port));
        Program {
            environment: vec![ops],
            ready_url: format!("{}/readyz", url(ops_port)),
            ..self.djigbachats(name, &["run", name])
        }
    }

    fn djigbachats(&self, name: &'static str, arguments: &[&str]) -> Program {
        let config = [OsString::from("--config"), self.settings.clone().into()];
        Program {
            name,
            executable: self.djigbachats.clone(),
            arguments: config
                .into_iter()
                .chain(arguments.iter().map(OsString::from))
                .collect(),
            environment: Vec::new(),
            ready_url: String::new(),
        }
    }

    fn simulator(&self) -> Program {
        let webhooks = format!("{}/webhooks/meta", url(self.ports.webhooks));
        // Secrets do not belong on a command line, which everybody on the machine can read.
        let environment = [
            ("META_SIM_LISTEN", address(self.ports.simulator)),
            ("META_SIM_WEBHOOK_URL", webhooks),
            ("META_SIM_APP_ID", APP_ID.to_owned()),
            ("META_SIM_APP_SECRET", self.secrets.app_secret.clone()),
            ("META_SIM_VERIFY_TOKEN", self.secrets.verify_token.clone()),
            ("META_SIM_BEHAVIOUR", BEHAVIOUR.to_owned()),
        ];
        Program {
            name: SIMULATOR,
            executable: self.simulator.clone(),
            arguments: vec![
                "--ledger-file".into(),
                self.ledger.clone().into(),
                "--templates-file".into(),
                self.templates.clone().into(),
            ],
            environment: environment
                .map(|(name, value)| (name.to_owned(), value))
                .into(),
            ready_url: format!("{}/sim/stats", url(self.ports.simulator)),
        }
    }
}

fn find(folder: &Path, name: &str) -> Result<PathBuf, Failure> {
    let path = folder.join(name);
    path.canonicalize().map_err(|error| {
        Failure::new(format!("the program {} is not there: {error}.", path.display()))
            .kept("nothing was started.")
            .advice("cargo build -p djigbachats -p meta-sim -p sample-shop, or name its folder with --bin-dir.")
    })
}
