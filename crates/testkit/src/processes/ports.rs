//! Ports that stay the same across restarts of a process.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};

use uuid::Uuid;

use super::{Process, Service};

/// Below the ephemeral ports of Linux, one of which could be assigned while a process is down.
const LOWEST: u16 = 20_000;
const SPAN: u16 = 12_000;

/// The listening addresses of the processes, on 127.0.0.1.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ports {
    pub(super) gateway: SocketAddr,
    pub(super) ingest: SocketAddr,
    ops: [[SocketAddr; Process::MOST]; Service::ALL.len()],
}

impl Ports {
    /// Chooses unused ports.
    pub(super) fn choose() -> Self {
        let mut free = free();
        let mut next = || free.next().expect("there are free ports");
        Self {
            gateway: next(),
            ingest: next(),
            ops: std::array::from_fn(|_| std::array::from_fn(|_| next())),
        }
    }

    /// The public listener of a service.
    pub(super) fn public(&self, service: Service) -> SocketAddr {
        match service {
            Service::Gateway => self.gateway,
            Service::WebhookIngest => self.ingest,
            _ => panic!("{} has no public listener", service.name()),
        }
    }

    /// The operations listener of a process.
    pub(super) fn ops(&self, process: Process) -> SocketAddr {
        let place = Service::ALL
            .iter()
            .position(|other| *other == process.service);
        place
            .and_then(|place| self.ops.get(place)?.get(process.number))
            .copied()
            .expect("each process has one")
    }
}

/// Addresses without a listener. The search begins at a random port, so that parallel tests do not collide.
pub(crate) fn free() -> impl Iterator<Item = SocketAddr> {
    let anywhere = u16::from_be_bytes([Uuid::new_v4().as_bytes()[0], Uuid::new_v4().as_bytes()[1]]);
    let ports = (0..SPAN).map(move |step| LOWEST + (anywhere % SPAN + step) % SPAN);
    ports
        .map(local)
        .filter(|address| TcpListener::bind(address).is_ok())
}

fn local(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}
