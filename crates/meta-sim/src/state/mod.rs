//! Everything a simulator knows, shared by its HTTP threads and its dispatcher.

pub(crate) mod account;
pub(crate) mod authentication;
pub(crate) mod locks;
pub(crate) mod media;
pub(crate) mod people;
pub(crate) mod relations;
pub mod sample;
pub(crate) mod template_shape;
pub(crate) mod world;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, RwLock};

use actix_web::web::Bytes;
use tokio_util::sync::CancellationToken;

use crate::config::{SimConfig, WebhookBehaviour};
use crate::control::numbers::NumberChange;
use crate::ledger::{Ledger, LedgerFileError};
use crate::limits::Limits;
use crate::limits::messaging::Portfolios;
use crate::limits::pair::Pairs;
use crate::pacing::Pacing;
use crate::script::Scripts;
use crate::stats::{Counters, Stats};
use crate::wamid::Wamids;
use crate::webhook::deliver::Posting;
use crate::webhook::recent::Recent;
use crate::webhook::schedule::Schedule;
use crate::webhook::sign::Signer;
use account::Account;
use locks::{read, write};
use media::Media;
use people::People;
use relations::Relations;
use sample::SampleError;
use world::World;

/// Everything a simulator knows.
pub(crate) struct State {
    pub(crate) config: SimConfig,
    pub(crate) client: reqwest::Client,
    pub(crate) signer: Signer,
    pub(crate) ledger: Ledger,
    pub(crate) scripts: Scripts,
    pub(crate) relations: Relations,
    pub(crate) people: People,
    pub(crate) media: Media,
    pub(crate) pacing: Pacing,
    pub(crate) pairs: Pairs,
    pub(crate) portfolios: Portfolios,
    pub(crate) schedule: Schedule,
    pub(crate) recent: Recent,
    pub(crate) stats: Counters,
    pub(crate) wamids: Wamids,
    pub(crate) stopping: CancellationToken,
    pub(crate) base_url: OnceLock<String>,
    world: RwLock<Arc<World>>,
    behaviour: RwLock<Arc<WebhookBehaviour>>,
    limits: RwLock<Arc<Limits>>,
    webhook: RwLock<Webhook>,
    cursor_generation: AtomicU64,
}

#[derive(Clone)]
struct Webhook {
    url: Option<String>,
    verify_token: String,
}

/// A simulator cannot begin.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StateError {
    #[error(transparent)]
    Ledger(#[from] LedgerFileError),
    #[error(transparent)]
    Sample(#[from] SampleError),
}

impl State {
    pub(crate) fn new(config: SimConfig, client: reqwest::Client) -> Result<Self, StateError> {
        let webhook = Webhook {
            url: config.webhook_url.clone(),
            verify_token: config.verify_token.clone(),
        };
        Ok(Self {
            client,
            signer: Signer::new(&config.app_secret),
            ledger: Ledger::open(config.ledger_file.as_deref())?,
            world: RwLock::new(Arc::new(first_world(&config.app_id)?)),
            behaviour: RwLock::new(Arc::new(config.behaviour.clone())),
            limits: RwLock::new(Arc::new(config.limits.clone())),
            webhook: RwLock::new(webhook),
            scripts: Scripts::default(),
            relations: Relations::default(),
            people: People::default(),
            media: Media::default(),
            pacing: Pacing::default(),
            pairs: Pairs::default(),
            portfolios: Portfolios::default(),
            schedule: Schedule::default(),
            recent: Recent::default(),
            stats: Counters::default(),
            wamids: Wamids::default(),
            stopping: CancellationToken::new(),
            base_url: OnceLock::new(),
            cursor_generation: AtomicU64::new(1),
            config,
        })
    }

    /// The accounts as they are now.
    pub(crate) fn world(&self) -> Arc<World> {
        Arc::clone(&read(&self.world))
    }

    /// Merges an account in.
    pub(crate) fn put_account(&self, account: Account) -> Result<Account, SampleError> {
        let mut place = write(&self.world);
        let mut world = World::clone(&place);
        let account = world.merge(account, &self.config.app_id)?;
        *place = Arc::new(world);
        Ok(account)
    }

    /// Changes what a number may do, and with the messaging limit that of its whole portfolio.
    pub(crate) fn change_number(&self, change: &NumberChange) {
        let mut place = write(&self.world);
        let mut world = World::clone(&place);
        world.change_number(change);
        *place = Arc::new(world);
    }

    /// Deletes templates of an account.
    pub(crate) fn delete_templates(&self, waba_id: &str, ids: &[String]) {
        let mut place = write(&self.world);
        let mut world = World::clone(&place);
        world.delete_templates(waba_id, ids);
        *place = Arc::new(world);
    }

    /// Subscribes an app to an account's webhooks, or ends that.
    pub(crate) fn subscribe(&self, waba_id: &str, app_id: &str, subscribed: bool) {
        let mut place = write(&self.world);
        let mut world = World::clone(&place);
        world.subscribe(waba_id, app_id, subscribed);
        *place = Arc::new(world);
    }

    /// Whether the simulated app gets this account's webhooks, and has an address for them.
    pub(crate) fn is_heard(&self, waba_id: &str) -> bool {
        let world = self.world();
        let waba = world.wabas.get(waba_id);
        read(&self.webhook).url.is_some()
            && waba.is_some_and(|waba| waba.subscribed_apps.contains(&self.config.app_id))
    }

    pub(crate) fn behaviour(&self) -> Arc<WebhookBehaviour> {
        Arc::clone(&read(&self.behaviour))
    }

    pub(crate) fn set_behaviour(&self, behaviour: WebhookBehaviour) {
        *write(&self.behaviour) = Arc::new(behaviour);
    }

    pub(crate) fn limits(&self) -> Arc<Limits> {
        Arc::clone(&read(&self.limits))
    }

    pub(crate) fn set_limits(&self, limits: Limits) {
        *write(&self.limits) = Arc::new(limits);
    }

    pub(crate) fn webhook_url(&self) -> Option<String> {
        read(&self.webhook).url.clone()
    }

    pub(crate) fn verify_token(&self) -> String {
        read(&self.webhook).verify_token.clone()
    }

    pub(crate) fn set_webhook(&self, url: Option<String>, verify_token: Option<String>) {
        let mut webhook = write(&self.webhook);
        webhook.url = url;
        if let Some(verify_token) = verify_token {
            webhook.verify_token = verify_token;
        }
    }

    /// A finished body, signed, not yet tried.
    pub(crate) fn posting(&self, body: impl Into<Bytes>, updates: u64) -> Posting {
        let body = body.into();
        let signature = self.signer.header(&body);
        Posting {
            body,
            signature,
            updates,
            attempt: 0,
            waiting: Vec::new(),
        }
    }

    /// Counts with what other parts keep.
    pub(crate) fn read_stats(&self) -> Stats {
        let world = self.world();
        let peaks = world
            .numbers
            .iter()
            .map(|(id, number)| (id.clone(), number.traffic.peak()));
        Stats {
            peak_per_second: peaks.filter(|(_, peak)| *peak > 0).collect(),
            webhook_updates_outstanding: self.schedule.outstanding(),
            ..self.stats.read()
        }
    }

    /// Which cursors are still good.
    pub(crate) fn cursor_generation(&self) -> u64 {
        self.cursor_generation.load(Ordering::Relaxed)
    }

    /// Makes every cursor given out so far expire.
    pub(crate) fn expire_cursors(&self) {
        self.cursor_generation.fetch_add(1, Ordering::Relaxed);
    }

    /// Back to the sample account and an empty ledger; configuration, webhook address,
    /// behaviour and limits stay.
    pub(crate) fn reset(&self) -> Result<(), StateError> {
        self.scripts.clear();
        self.schedule.clear();
        self.ledger.clear()?;
        self.relations.clear();
        self.people.clear();
        self.media.clear();
        self.pacing.clear();
        self.pairs.clear();
        self.portfolios.clear();
        self.recent.clear();
        self.stats.reset();
        *write(&self.world) = Arc::new(first_world(&self.config.app_id)?);
        Ok(())
    }
}

fn first_world(app_id: &str) -> Result<World, SampleError> {
    let mut world = World::default();
    world.merge(sample::account(app_id)?, app_id)?;
    Ok(world)
}
