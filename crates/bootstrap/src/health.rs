//! The dependencies of the process, and whether they are reachable.
//!
//! A dependency exists as long as one of its handles does, and is missing until it was reached for the first time.
//! Several parts of a process may report on one name, each with a handle of its own: it is missing when one of them
//! reports that. Reasons are redacted like log lines, since `/readyz` shows them.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use common::clock::SharedClock;
use serde::Serialize;

use crate::logs::redact;
use crate::metrics::Metrics;

const NOT_YET: &str = "not reached yet";

/// The dependencies of a process. Cloning is cheap.
#[derive(Clone)]
pub struct Health(Arc<Registry>);

struct Registry {
    clock: SharedClock,
    reports: Mutex<Reports>,
}

#[derive(Default)]
struct Reports {
    next_id: u64,
    states: BTreeMap<(String, u64), Option<Missing>>,
}

struct Missing {
    since: DateTime<Utc>,
    reason: String,
}

/// Reports on one dependency. Clones are one reporter.
#[derive(Clone)]
pub struct DependencyHandle(Arc<Reporter>);

struct Reporter {
    registry: Arc<Registry>,
    name: String,
    id: u64,
}

/// Whether the process is ready: the body of `/readyz`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Whether nothing is missing.
    pub ready: bool,
    /// The missing dependencies, by name.
    pub missing: Vec<MissingDependency>,
}

/// A dependency that is not reachable.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MissingDependency {
    /// Its name, such as `postgres`.
    pub dependency: String,
    /// Since when.
    pub since: DateTime<Utc>,
    /// The reason, without secrets.
    pub reason: String,
}

impl Health {
    /// A registry without dependencies: ready.
    #[must_use]
    pub fn new(clock: SharedClock) -> Self {
        Self(Arc::new(Registry {
            clock,
            reports: Mutex::default(),
        }))
    }

    /// A handle of a dependency, which is missing until the handle reports otherwise.
    #[must_use]
    pub fn dependency(&self, name: impl Into<String>) -> DependencyHandle {
        let name = name.into();
        let missing = Missing {
            since: self.0.clock.now(),
            reason: NOT_YET.to_owned(),
        };
        let id = self.0.change(&name, |reports| {
            let id = reports.next_id;
            reports.next_id += 1;
            reports.states.insert((name.clone(), id), Some(missing));
            id
        });
        DependencyHandle(Arc::new(Reporter {
            registry: Arc::clone(&self.0),
            name,
            id,
        }))
    }

    /// Whether the process is ready, and which dependencies are missing: for each name the oldest report.
    #[must_use]
    pub fn check(&self) -> Check {
        let reports = self.0.lock();
        let mut missing: Vec<MissingDependency> = Vec::new();
        for ((name, _), state) in &reports.states {
            let Some(state) = state else {
                continue;
            };
            let told = MissingDependency {
                dependency: name.clone(),
                since: state.since,
                reason: state.reason.clone(),
            };
            match missing.last_mut().filter(|last| last.dependency == *name) {
                Some(last) if last.since <= told.since => {}
                Some(last) => *last = told,
                None => missing.push(told),
            }
        }
        Check {
            ready: missing.is_empty(),
            missing,
        }
    }
}

impl DependencyHandle {
    /// Reports that the dependency is reachable.
    pub fn ok(&self) {
        let before = self.0.put(|_| None);
        if let Some(missing) = before {
            let seconds = (self.0.registry.clock.now() - missing.since).num_seconds();
            tracing::info!(dependency = %self.0.name, missing_seconds = seconds, "dependency reached");
        }
    }

    /// Reports that the dependency is not reachable. Logged when it was reachable before or the reason changed.
    pub fn missing(&self, reason: impl AsRef<str>) {
        let reason = redact(reason.as_ref()).into_owned();
        let now = self.0.registry.clock.now();
        let before = self.0.put(|before| {
            Some(Missing {
                since: before.map_or(now, |missing| missing.since),
                reason: reason.clone(),
            })
        });
        if before.is_none_or(|missing| missing.reason != reason) {
            tracing::warn!(dependency = %self.0.name, %reason, "dependency missing");
        }
    }

    /// Reports that the dependency is reachable, or not for the given reason.
    pub fn report(&self, state: Result<(), String>) {
        match state {
            Ok(()) => self.ok(),
            Err(reason) => self.missing(reason),
        }
    }
}

impl Reporter {
    /// Replaces the state and returns the previous one.
    fn put(&self, next: impl FnOnce(Option<&Missing>) -> Option<Missing>) -> Option<Missing> {
        self.registry.change(&self.name, |reports| {
            let state = reports.states.entry((self.name.clone(), self.id));
            let state = state.or_default();
            let next = next(state.as_ref());
            std::mem::replace(state, next)
        })
    }
}

impl Drop for Reporter {
    fn drop(&mut self) {
        self.registry.change(&self.name, |reports| {
            reports.states.remove(&(self.name.clone(), self.id));
        });
    }
}

impl Registry {
    fn lock(&self) -> std::sync::MutexGuard<'_, Reports> {
        self.reports.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the reports on a dependency, and updates its gauge.
    fn change<T>(&self, name: &str, act: impl FnOnce(&mut Reports) -> T) -> T {
        let mut reports = self.lock();
        let result = act(&mut reports);
        let of_name = |((other, _), state): (&(String, u64), &Option<Missing>)| {
            (other == name).then_some(state.is_none())
        };
        let up = reports.states.iter().filter_map(of_name).all(|up| up);
        let gauge = Metrics::get().dependency_up.with_label_values(&[name]);
        gauge.set(i64::from(up));
        result
    }
}

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.check().fmt(f)
    }
}

impl fmt::Debug for DependencyHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DependencyHandle({})", self.0.name)
    }
}
