//! A proxy in front of the simulated Meta that breaks connections as a network does: before they are established, in
//! their handshake, in the middle of a request, and between Meta's answer and the client. It uses TLS, because after a
//! failed handshake the request is proven not to have been sent, while after a later failure it is not.
//!
//! A connection carries one request, so each request has a fault of its own; the proxy records which.

mod exchange;
mod fault;
mod identity;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::processes::free_addresses;
use exchange::Request;
pub use fault::ProxyFault;
use identity::{Identity, SetupError};

/// A proxy that breaks connections. Dropping it stops its listener.
pub struct FaultProxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    authority: PathBuf,
    _folder: TempDir,
    /// The task that accepts connections; empty while they are refused.
    listening: JoinSet<()>,
}

/// An accepted connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProxiedConnection {
    /// The fault that was injected.
    pub fault: Option<ProxyFault>,
    /// The body of its request, if one was received.
    pub body: Option<Vec<u8>>,
}

struct Shared {
    target: SocketAddr,
    identity: Identity,
    planned: Mutex<VecDeque<Option<ProxyFault>>>,
    connections: Mutex<Vec<ProxiedConnection>>,
}

impl FaultProxy {
    /// Starts a proxy for the server at this address. Without planned faults it breaks nothing.
    ///
    /// # Errors
    /// When it cannot listen or create certificates.
    pub async fn start(target: SocketAddr) -> Result<Self, SetupError> {
        let identity = Identity::make()?;
        let folder = tempfile::tempdir()?;
        let authority = folder.path().join("authority.pem");
        std::fs::write(&authority, &identity.authority)?;
        let mut proxy = Self {
            address: free_addresses().next().ok_or("no port is free")?,
            shared: Arc::new(Shared {
                target,
                identity,
                planned: Mutex::default(),
                connections: Mutex::default(),
            }),
            authority,
            _folder: folder,
            listening: JoinSet::new(),
        };
        proxy.listen().await?;
        Ok(proxy)
    }

    /// `https://127.0.0.1:PORT`.
    #[must_use]
    pub fn base_url(&self) -> String {
        format!("https://{}", self.address)
    }

    /// The PEM file with the certificate of the authority that a client has to trust.
    #[must_use]
    pub fn authority(&self) -> PathBuf {
        self.authority.clone()
    }

    /// Plans the faults of the next connections, after those already planned; `None` breaks nothing.
    pub fn plan(&self, faults: impl IntoIterator<Item = Option<ProxyFault>>) {
        locked(&self.shared.planned).extend(faults);
    }

    /// The number of planned faults that no connection has used yet.
    #[must_use]
    pub fn pending_faults(&self) -> usize {
        locked(&self.shared.planned).len()
    }

    /// The connections accepted so far. One whose request is still being read has no body yet.
    #[must_use]
    pub fn connections(&self) -> Vec<ProxiedConnection> {
        locked(&self.shared.connections).clone()
    }

    /// Refuses connections from now on.
    pub async fn refuse(&mut self) {
        self.listening.shutdown().await;
    }

    /// Accepts connections again.
    ///
    /// # Errors
    /// When it cannot.
    pub async fn listen(&mut self) -> std::io::Result<()> {
        let listener = TcpListener::bind(self.address).await?;
        let shared = Arc::clone(&self.shared);
        self.listening.spawn(take_all(listener, shared));
        Ok(())
    }
}

async fn take_all(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        if let Ok((tcp, _)) = listener.accept().await {
            let shared = Arc::clone(&shared);
            // Closing the listener does not end the connection: that would be another fault than the planned one.
            tokio::spawn(async move { shared.serve(tcp).await });
        }
    }
}

impl Shared {
    async fn serve(&self, tcp: TcpStream) {
        let fault = locked(&self.planned).pop_front().flatten();
        let index = self.record(fault);
        // Errors are the effect of the injected faults.
        let _ = self.exchange(tcp, fault, index).await;
    }

    async fn exchange(
        &self,
        tcp: TcpStream,
        fault: Option<ProxyFault>,
        index: usize,
    ) -> std::io::Result<()> {
        let Some(mut client) = exchange::handshake(tcp, fault, &self.identity).await? else {
            return Ok(());
        };
        let Some(request) = Request::read(&mut client).await? else {
            return Ok(());
        };
        if let Some(connection) = locked(&self.connections).get_mut(index) {
            connection.body = Some(request.body().to_vec());
        }
        exchange::forward(client, &request, fault, self.target).await
    }

    /// Records a new connection; returns its index.
    fn record(&self, fault: Option<ProxyFault>) -> usize {
        let mut connections = locked(&self.connections);
        connections.push(ProxiedConnection { fault, body: None });
        connections.len() - 1
    }
}

fn locked<T>(kept: &Mutex<T>) -> MutexGuard<'_, T> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}
