//! One kept connection of HTTP/1.1.

use std::net::SocketAddr;

use anyhow::{Context as _, Result, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::response;

/// A connection that asks and is answered in turn.
pub(crate) struct Connection {
    stream: TcpStream,
    /// What was read: the last answer, taken away before the next.
    read: Vec<u8>,
    answered: usize,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// When nobody listens.
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)
            .await
            .with_context(|| format!("nobody listens at {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            read: Vec::with_capacity(4 * 1024),
            answered: 0,
        })
    }

    /// Sends a whole request, waits for its whole answer and gives its status.
    ///
    /// # Errors
    /// When the connection breaks or what comes is no answer.
    pub(crate) async fn ask(&mut self, request: &[u8]) -> Result<u16> {
        self.read.drain(..self.answered);
        self.answered = 0;
        self.stream.write_all(request).await?;
        let shape = loop {
            if let Some(shape) = response::shape(&self.read)? {
                break shape;
            }
            if self.stream.read_buf(&mut self.read).await? == 0 {
                bail!("the connection was closed");
            }
        };
        self.answered = shape.head + shape.body;
        Ok(shape.status)
    }
}
