//! Ports on 127.0.0.1: chosen free once and remembered, so that addresses stay the same from start to start.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::net::{Ipv4Addr, TcpListener};

use serde::{Deserialize, Serialize};

use crate::failure::Failure;
use crate::state_dir::StateDir;

const FILE: &str = "ports.json";
const LOWEST: u16 = 20_000;
/// Linux hands out the ports from here on to outgoing connections.
const HIGHEST: u16 = 32_767;

/// The ports of this sandbox.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Ports {
    /// The gateway's API.
    pub(crate) api: u16,
    /// webhook-ingest's listener for Meta.
    pub(crate) webhooks: u16,
    /// The simulated Meta.
    pub(crate) simulator: u16,
    /// The operations listeners, in the order of [`SERVICES`](crate::supervisor::SERVICES).
    pub(crate) ops: [u16; 5],
}

/// Finds ports, none of them twice.
struct Search<F> {
    is_free: F,
    next: u16,
    taken: HashSet<u16>,
}

impl Ports {
    /// Those of the last start where they are free, and new ones.
    ///
    /// # Errors
    /// When they cannot be kept.
    pub(crate) fn keep(state: &StateDir) -> Result<Self, Failure> {
        let mut hasher = DefaultHasher::new();
        state.root().hash(&mut hasher);
        // Two sandboxes on one machine begin to search at different places.
        let first = u16::try_from(hasher.finish() % 10_000).unwrap_or_default() + LOWEST;
        let ports = Self::choose(state.read(FILE)?, Search::new(first, is_free));
        state.write(FILE, &ports)?;
        Ok(ports)
    }

    fn choose<F: Fn(u16) -> bool>(before: Option<Self>, mut search: Search<F>) -> Self {
        let before = before.unwrap_or(Self {
            api: 0,
            webhooks: 0,
            simulator: 0,
            ops: [0; 5],
        });
        Self {
            api: search.like(before.api),
            webhooks: search.like(before.webhooks),
            simulator: search.like(before.simulator),
            ops: before.ops.map(|port| search.like(port)),
        }
    }
}

impl<F: Fn(u16) -> bool> Search<F> {
    fn new(next: u16, is_free: F) -> Self {
        Self {
            is_free,
            next,
            taken: HashSet::new(),
        }
    }

    /// The preferred port if it can be had, else the next one that can.
    fn like(&mut self, preferred: u16) -> u16 {
        let mut port = preferred;
        while port == 0 || self.taken.contains(&port) || !(self.is_free)(port) {
            port = self.next;
            self.next = if self.next >= HIGHEST {
                LOWEST
            } else {
                self.next + 1
            };
        }
        self.taken.insert(port);
        port
    }
}

/// `http://127.0.0.1:port`.
pub(crate) fn url(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(ports: &Ports) -> Vec<u16> {
        [ports.api, ports.webhooks, ports.simulator]
            .into_iter()
            .chain(ports.ops)
            .collect()
    }

    #[test]
    fn remembered_ports_stay_unless_they_are_taken() {
        let first = Ports::choose(None, Search::new(25_000, |_| true));
        assert_eq!(all(&first), (25_000..25_008).collect::<Vec<_>>());
        let again = Ports::choose(Some(first.clone()), Search::new(30_000, |_| true));
        assert_eq!(all(&again), all(&first));
        let moved = Ports::choose(Some(first), Search::new(25_000, |port| port != 25_001));
        assert_eq!(moved.api, 25_000);
        assert_eq!(all(&moved).into_iter().collect::<HashSet<_>>().len(), 8);
        assert!(!all(&moved).contains(&25_001));
    }

    #[test]
    fn the_search_goes_round_at_the_end_of_the_range() {
        let ports = Ports::choose(None, Search::new(HIGHEST, |_| true));
        assert_eq!((ports.api, ports.webhooks), (HIGHEST, LOWEST));
    }
}
