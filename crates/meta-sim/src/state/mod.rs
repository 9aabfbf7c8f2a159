//! The state of a simulator, shared by its HTTP threads and its dispatcher.

pub(crate) mod account;
pub(crate) mod accounts;
pub(crate) mod authentication;
pub(crate) mod conversations;
pub(crate) mod locks;
pub(crate) mod media;
pub(crate) mod people;
pub mod sample;
pub(crate) mod template_shape;
pub(crate) mod templates_file;
pub(crate) mod uploads;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, RwLock};

use actix_web::web::Bytes;
use tokio_util::sync::CancellationToken;

use crate::clock::SimClock;
use crate::config::{SimConfig, WebhookBehaviour};
use crate::control::numbers::NumberChange;
use crate::ledger::{Ledger, LedgerFileError};
use crate::limits::Limits;
use crate::limits::management::Budgets;
use crate::limits::messaging::Portfolios;
use crate::limits::pair::Pairs;
use crate::pacing::Pacing;
use crate::script::Scripts;
use crate::stats::{Counters, Stats};
use crate::template_life::{ReviewBehaviour, TemplateLife};
use crate::wamid::Wamids;
use crate::webhook::deliver::Posting;
use crate::webhook::delivery_queue::DeliveryQueue;
use crate::webhook::recent::Recent;
use crate::webhook::sign::Signer;
use account::{Account, Template};
use accounts::{Accounts, StoredTemplate};
use conversations::Conversations;
use locks::{read, write};
use media::Media;
use people::People;
use sample::SampleError;
use uploads::Uploads;

/// The state of a simulator.
pub(crate) struct State {
    pub(crate) config: SimConfig,
    pub(crate) clock: SimClock,
    pub(crate) client: reqwest::Client,
    pub(crate) signer: Signer,
    pub(crate) ledger: Ledger,
    pub(crate) scripts: Scripts,
    pub(crate) conversations: Conversations,
    pub(crate) people: People,
    pub(crate) media: Media,
    pub(crate) uploads: Uploads,
    pub(crate) template_life: TemplateLife,
    pub(crate) budgets: Budgets,
    pub(crate) pacing: Pacing,
    pub(crate) pairs: Pairs,
    pub(crate) portfolios: Portfolios,
    pub(crate) delivery_queue: DeliveryQueue,
    pub(crate) recent: Recent,
    pub(crate) stats: Counters,
    pub(crate) wamids: Wamids,
    pub(crate) stopping: CancellationToken,
    pub(crate) base_url: OnceLock<String>,
    accounts: RwLock<Arc<Accounts>>,
    behaviour: RwLock<Arc<WebhookBehaviour>>,
    limits: RwLock<Arc<Limits>>,
    review: RwLock<Arc<ReviewBehaviour>>,
    webhook: RwLock<Webhook>,
    cursor_generation: AtomicU64,
}

#[derive(Clone)]
struct Webhook {
    url: Option<String>,
    verify_token: String,
}

/// Why a simulator cannot start.
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
            accounts: RwLock::new(Arc::new(initial_accounts(&config)?)),
            behaviour: RwLock::new(Arc::new(config.behaviour.clone())),
            limits: RwLock::new(Arc::new(config.limits.clone())),
            review: RwLock::new(Arc::new(config.review.clone())),
            webhook: RwLock::new(webhook),
            clock: SimClock::default(),
            uploads: Uploads::default(),
            template_life: TemplateLife::default(),
            budgets: Budgets::default(),
            scripts: Scripts::default(),
            conversations: Conversations::default(),
            people: People::default(),
            media: Media::default(),
            pacing: Pacing::default(),
            pairs: Pairs::default(),
            portfolios: Portfolios::default(),
            delivery_queue: DeliveryQueue::default(),
            recent: Recent::default(),
            stats: Counters::default(),
            wamids: Wamids::default(),
            stopping: CancellationToken::new(),
            base_url: OnceLock::new(),
            cursor_generation: AtomicU64::new(1),
            config,
        })
    }

    /// The current accounts.
    pub(crate) fn accounts(&self) -> Arc<Accounts> {
        Arc::clone(&read(&self.accounts))
    }

    /// Merges an account in.
    pub(crate) fn put_account(&self, account: Account) -> Result<Account, SampleError> {
        let mut current = write(&self.accounts);
        let mut accounts = Accounts::clone(&current);
        let account = accounts.merge(account, &self.config.app_id)?;
        *current = Arc::new(accounts);
        Ok(account)
    }

    /// Stores a template of an account.
    pub(crate) fn put_template(&self, waba_id: &str, template: Template) -> StoredTemplate {
        let mut current = write(&self.accounts);
        let mut accounts = Accounts::clone(&current);
        let stored = accounts.put_template(waba_id, template);
        self.keep_templates(waba_id, &accounts);
        *current = Arc::new(accounts);
        stored
    }

    /// Changes the limits of a number; a messaging limit applies to its whole portfolio.
    pub(crate) fn change_number(&self, change: &NumberChange) {
        let mut current = write(&self.accounts);
        let mut accounts = Accounts::clone(&current);
        accounts.change_number(change);
        *current = Arc::new(accounts);
    }

    /// Deletes templates of an account.
    pub(crate) fn delete_templates(&self, waba_id: &str, ids: &[String]) {
        let mut current = write(&self.accounts);
        let mut accounts = Accounts::clone(&current);
        accounts.delete_templates(waba_id, ids);
        self.keep_templates(waba_id, &accounts);
        *current = Arc::new(accounts);
    }

    /// Writes the templates of the sample account to their file, if there is one.
    fn keep_templates(&self, waba_id: &str, accounts: &Accounts) {
        let (Some(path), Some(waba)) = (&self.config.templates_file, accounts.wabas.get(waba_id))
        else {
            return;
        };
        if waba_id != sample::WABA_ID {
            return;
        }
        if let Err(error) = templates_file::write(path, waba) {
            tracing::error!(%error, path = %path.display(), "the templates could not be kept");
        }
    }

    /// Subscribes an app to an account's webhooks, or unsubscribes it.
    pub(crate) fn subscribe(&self, waba_id: &str, app_id: &str, subscribed: bool) {
        let mut current = write(&self.accounts);
        let mut accounts = Accounts::clone(&current);
        accounts.subscribe(waba_id, app_id, subscribed);
        *current = Arc::new(accounts);
    }

    /// Whether webhooks of this account can be delivered: the app is subscribed and a URL is set.
    pub(crate) fn delivers_webhooks(&self, waba_id: &str) -> bool {
        let accounts = self.accounts();
        let waba = accounts.wabas.get(waba_id);
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

    pub(crate) fn review_behaviour(&self) -> Arc<ReviewBehaviour> {
        Arc::clone(&read(&self.review))
    }

    pub(crate) fn set_review_behaviour(&self, review: ReviewBehaviour) {
        *write(&self.review) = Arc::new(review);
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

    /// A complete body, signed, not yet attempted.
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

    /// The counters, including those of other components.
    pub(crate) fn read_stats(&self) -> Stats {
        let accounts = self.accounts();
        let peaks = accounts
            .numbers
            .iter()
            .map(|(id, number)| (id.clone(), number.traffic.peak()));
        Stats {
            peak_per_second: peaks.filter(|(_, peak)| *peak > 0).collect(),
            management_calls: self.budgets.counts(),
            webhook_updates_outstanding: self.delivery_queue.outstanding(),
            ..self.stats.read()
        }
    }

    /// The generation of valid cursors.
    pub(crate) fn cursor_generation(&self) -> u64 {
        self.cursor_generation.load(Ordering::Relaxed)
    }

    /// Expires every cursor returned so far.
    pub(crate) fn expire_cursors(&self) {
        self.cursor_generation.fetch_add(1, Ordering::Relaxed);
    }

    /// Resets to the sample account and an empty ledger; configuration, webhook URL, behaviour and limits stay.
    pub(crate) fn reset(&self) -> Result<(), StateError> {
        self.scripts.clear();
        self.delivery_queue.clear();
        self.ledger.clear()?;
        self.conversations.clear();
        self.people.clear();
        self.media.clear();
        self.uploads.clear();
        self.template_life.clear();
        self.budgets.clear();
        self.clock.reset();
        self.pacing.clear();
        self.pairs.clear();
        self.portfolios.clear();
        self.recent.clear();
        self.stats.reset();
        *write(&self.accounts) = Arc::new(initial_accounts(&self.config)?);
        Ok(())
    }
}

fn initial_accounts(config: &SimConfig) -> Result<Accounts, SampleError> {
    let mut accounts = Accounts::default();
    let mut sample = sample::account(&config.app_id)?;
    if let Some(templates) = &config.templates {
        sample.templates.clone_from(templates);
    }
    accounts.merge(sample, &config.app_id)?;
    Ok(accounts)
}
