//! The combined state of all connections: up when each of them is.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::metrics::Metrics;

const NOT_YET: &str = "not reached yet";

/// Called with `Ok` when all connections are up, and with the first reason when one is not.
type Health = dyn Fn(Result<(), String>) + Send + Sync;

/// Collects the states of connections. Cloning is cheap.
#[derive(Clone)]
pub(crate) struct Watch {
    links: Arc<Mutex<Links>>,
    health: Arc<Health>,
}

#[derive(Default)]
struct Links {
    next_id: u64,
    states: BTreeMap<u64, Result<(), String>>,
}

/// The state of one required connection; it counts as down until it is up.
pub(crate) struct LinkState {
    watch: Watch,
    id: u64,
    name: String,
    up: bool,
}

impl Watch {
    pub(crate) fn new(health: Arc<Health>) -> Self {
        Self {
            links: Arc::default(),
            health,
        }
    }

    /// Adds a required connection.
    pub(crate) fn link(&self, name: String) -> LinkState {
        let id = self.change(|links| {
            let id = links.next_id;
            links.next_id += 1;
            links.states.insert(id, Err(format!("{name}: {NOT_YET}")));
            id
        });
        LinkState {
            watch: self.clone(),
            id,
            name,
            up: false,
        }
    }

    /// The callback runs under the lock, so that it receives changes in their order.
    fn change<T>(&self, act: impl FnOnce(&mut Links) -> T) -> T {
        let mut links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        let result = act(&mut links);
        let first_down = links.states.values().find(|state| state.is_err());
        (self.health)(first_down.cloned().unwrap_or(Ok(())));
        result
    }
}

impl LinkState {
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn up(&mut self) {
        self.count(true);
        self.watch
            .change(|links| links.states.insert(self.id, Ok(())));
    }

    pub(crate) fn down(&mut self, reason: &str) {
        self.count(false);
        let reason = format!("{}: {reason}", self.name);
        self.watch
            .change(|links| links.states.insert(self.id, Err(reason)));
    }

    /// The connection was lost and is being reopened.
    pub(crate) fn lost(&mut self, reason: &str) {
        tracing::warn!(link = %self.name, %reason, "lost the connection to rabbitmq");
        let labels = [self.name.as_str()];
        Metrics::get().reconnects.with_label_values(&labels).inc();
        self.down(reason);
    }

    fn count(&mut self, up: bool) {
        let connected = Metrics::get().connected.with_label_values(&[&self.name]);
        connected.add(i64::from(up) - i64::from(self.up));
        self.up = up;
    }
}

impl Drop for LinkState {
    fn drop(&mut self) {
        self.count(false);
        self.watch.change(|links| links.states.remove(&self.id));
    }
}
