//! A proxy before the simulated Meta that breaks connections where a network does: before they stand, in their handshake,
//! in the middle of a request, and between Meta's answer and the one who waits for it. It speaks TLS to its clients, because
//! what is broken in a handshake is proven not to have left, and what is broken after it is not.
//!
//! A connection carries one request, so each request meets a fault of its own; the book says which.

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
use identity::{Failure, Identity};

/// A proxy that breaks connections. What it has begun ends with it.
pub struct FaultProxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    authority: PathBuf,
    _folder: TempDir,
    /// Who takes new connections; empty while they are refused.
    listening: JoinSet<()>,
}

/// A connection that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Met {
    /// What happened to it.
    pub fault: Option<ProxyFault>,
    /// The body of its request, if one has come.
    pub body: Option<Vec<u8>>,
}

struct Shared {
    target: SocketAddr,
    identity: Identity,
    planned: Mutex<VecDeque<Option<ProxyFault>>>,
    book: Mutex<Vec<Met>>,
}

impl FaultProxy {
    /// Starts one before the server at this address. Until it is told otherwise it breaks nothing.
    ///
    /// # Errors
    /// When it cannot listen, or has no certificate.
    pub async fn start(target: SocketAddr) -> Result<Self, Failure> {
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
                book: Mutex::default(),
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

    /// The certificate of the authority that a client has to trust, as a PEM file.
    #[must_use]
    pub fn authority(&self) -> PathBuf {
        self.authority.clone()
    }

    /// Plans what happens to the next connections, after those that were planned before; `None` breaks nothing.
    pub fn plan(&self, faults: impl IntoIterator<Item = Option<ProxyFault>>) {
        locked(&self.shared.planned).extend(faults);
    }

    /// How many of the planned connections have not come yet.
    #[must_use]
    pub fn left(&self) -> usize {
        locked(&self.shared.planned).len()
    }

    /// The connections that were taken so far. One whose request is still being read has no body yet.
    #[must_use]
    pub fn book(&self) -> Vec<Met> {
        locked(&self.shared.book).clone()
    }

    /// Has connections refused: nobody listens.
    pub async fn refuse(&mut self) {
        self.listening.shutdown().await;
    }

    /// Listens again.
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
            // It is not cut off with the listener: that would be another fault than the planned one.
            tokio::spawn(async move { shared.serve(tcp).await });
        }
    }
}

impl Shared {
    async fn serve(&self, tcp: TcpStream) {
        let fault = locked(&self.planned).pop_front().flatten();
        let place = self.enter(fault);
        // Whoever breaks connections sees broken ones.
        let _ = self.exchange(tcp, fault, place).await;
    }

    async fn exchange(
        &self,
        tcp: TcpStream,
        fault: Option<ProxyFault>,
        place: usize,
    ) -> std::io::Result<()> {
        let Some(mut client) = exchange::shake_hands(tcp, fault, &self.identity).await? else {
            return Ok(());
        };
        let Some(request) = Request::read(&mut client).await? else {
            return Ok(());
        };
        if let Some(met) = locked(&self.book).get_mut(place) {
            met.body = Some(request.body().to_vec());
        }
        exchange::carry(client, &request, fault, self.target).await
    }

    /// The place of a new connection in the book.
    fn enter(&self, fault: Option<ProxyFault>) -> usize {
        let mut book = locked(&self.book);
        book.push(Met { fault, body: None });
        book.len() - 1
    }
}

fn locked<T>(kept: &Mutex<T>) -> MutexGuard<'_, T> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}
