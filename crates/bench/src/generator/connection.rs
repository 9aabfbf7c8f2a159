//! One keep-alive connection of HTTP/1.1.

use std::net::SocketAddr;

use anyhow::{Context as _, Result, bail};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::response;

/// A connection with one request at a time.
pub(crate) struct Connection {
    stream: TcpStream,
    /// Bytes read so far; the last answer is removed before the next request.
    read: Vec<u8>,
    answered: usize,
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// When the connection is refused.
    pub(crate) async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)
            .await
            .with_context(|| format!("cannot connect to {address}"))?;
        stream.set_nodelay(true)?;
        Ok(Self {
            stream,
            read: Vec::with_capacity(4 * 1024),
            answered: 0,
        })
    }

    /// Sends a complete request, waits for the complete answer and returns its status.
    ///
    /// # Errors
    /// When the connection breaks or the answer is not HTTP.
    pub(crate) async fn send(&mut self, request: &[u8]) -> Result<u16> {
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
