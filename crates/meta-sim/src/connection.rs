//! Cuts a client's TCP connection from inside a handler, so that the connection ends without an answer, as when a proxy
//! or a machine fails.

use std::any::Any;
use std::net::{Shutdown, TcpStream};
use std::os::fd::AsFd;

use actix_web::dev::Extensions;

/// A second handle of the connection that a request arrived on.
#[derive(Debug)]
pub(crate) struct Connection(TcpStream);

impl Connection {
    /// Closes the connection in both directions immediately.
    pub(crate) fn cut(&self) {
        // An error means that the client closed it first.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

/// Stores a handle of every connection in its request extensions.
pub(crate) fn remember(connection: &dyn Any, kept: &mut Extensions) {
    let stream = connection.downcast_ref::<actix_web::rt::net::TcpStream>();
    if let Some(handle) = stream.and_then(|s| s.as_fd().try_clone_to_owned().ok()) {
        kept.insert(Connection(TcpStream::from(handle)));
    }
}
