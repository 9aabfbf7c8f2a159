//! Cutting a client's TCP connection from inside a handler, so that it sees the connection end
//! without an answer, as when a proxy or a machine dies.

use std::any::Any;
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsFd;

use actix_web::dev::Extensions;

/// A second handle of the connection that a request came on.
#[derive(Debug)]
pub(crate) struct Connection(TcpStream);

impl Connection {
    /// Ends the connection in both directions, at once.
    pub(crate) fn cut(&self) {
        // An error means that the client was faster.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

/// Keeps a handle of every connection beside its requests.
pub(crate) fn remember(connection: &dyn Any, kept: &mut Extensions) {
    let stream = connection.downcast_ref::<actix_web::rt::net::TcpStream>();
    if let Some(handle) = stream.and_then(|s| s.as_fd().try_clone_to_owned().ok()) {
        kept.insert(Connection(TcpStream::from(handle)));
    }
}
