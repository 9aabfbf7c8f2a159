//! One connection, which carries one request: reading the request, forwarding it, and breaking the connection.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::fault::ProxyFault;
use super::identity::Identity;

const END_OF_HEAD: &[u8] = b"\r\n\r\n";
/// Keeps both sides from reusing the connection for another request, which would have no fault of its own.
const LAST_REQUEST: &[u8] = b"Connection: close\r\n";
/// An answer to a handshake that is not TLS.
const GARBAGE: &[u8] = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";

/// A request as received.
pub(super) struct Request {
    bytes: Vec<u8>,
    /// Where its body begins.
    body: usize,
}

impl Request {
    /// Reads a complete request; `None` when the client disconnects before its end.
    pub(super) async fn read(client: &mut (impl AsyncRead + Unpin)) -> io::Result<Option<Self>> {
        let mut bytes = Vec::new();
        loop {
            let body = bytes
                .windows(END_OF_HEAD.len())
                .position(|window| window == END_OF_HEAD)
                .map(|head| head + END_OF_HEAD.len());
            if let Some(body) = body
                && bytes.len() >= body + content_length(&bytes[..body])
            {
                return Ok(Some(Self { bytes, body }));
            }
            if client.read_buf(&mut bytes).await? == 0 {
                return Ok(None);
            }
        }
    }

    pub(super) fn body(&self) -> &[u8] {
        &self.bytes[self.body..]
    }

    /// The same request with `Connection: close`.
    fn as_last(&self) -> Vec<u8> {
        let line = self.bytes.windows(2).position(|window| window == b"\r\n");
        let (line, rest) = self.bytes.split_at(line.map_or(0, |end| end + 2));
        [line, LAST_REQUEST, rest].concat()
    }
}

/// Does the handshake, or the fault in its place; `None` when no request can follow.
pub(super) async fn handshake(
    mut tcp: TcpStream,
    fault: Option<ProxyFault>,
    identity: &Identity,
) -> io::Result<Option<TlsStream<TcpStream>>> {
    match fault {
        Some(ProxyFault::Reset) => reset(&tcp)?,
        Some(ProxyFault::Garbage) => {
            tcp.write_all(GARBAGE).await?;
            until_disconnected(&mut tcp).await;
        }
        Some(ProxyFault::Untrusted) => {
            // The client disconnects, which is an error here.
            let _ = identity.untrusted.accept(tcp).await;
        }
        Some(ProxyFault::Mute) => until_disconnected(&mut tcp).await,
        _ => return Ok(Some(identity.trusted.accept(tcp).await?)),
    }
    Ok(None)
}

/// Forwards a request, or applies its fault.
pub(super) async fn forward(
    mut client: TlsStream<TcpStream>,
    request: &Request,
    fault: Option<ProxyFault>,
    target: SocketAddr,
) -> io::Result<()> {
    let whole = request.as_last();
    let half = whole.get(..whole.len() / 2).unwrap_or_default();
    match fault {
        Some(ProxyFault::HalfRequest) => {
            let mut meta = TcpStream::connect(target).await?;
            meta.write_all(half).await?;
            drop(meta);
            reset(client.get_ref().0)
        }
        Some(ProxyFault::HeldRequest) => {
            until_disconnected(&mut client).await;
            Ok(())
        }
        Some(ProxyFault::NoAnswer) => {
            answer(&whole, target).await?;
            reset(client.get_ref().0)
        }
        Some(ProxyFault::HalfAnswer) => {
            let answer = answer(&whole, target).await?;
            let half = answer.get(..answer.len() / 2).unwrap_or_default();
            client.write_all(half).await?;
            client.flush().await?;
            reset(client.get_ref().0)
        }
        Some(ProxyFault::HeldAnswer) => {
            answer(&whole, target).await?;
            until_disconnected(&mut client).await;
            Ok(())
        }
        _ => {
            client.write_all(&answer(&whole, target).await?).await?;
            client.shutdown().await
        }
    }
}

/// Forwards a request; returns the complete answer.
async fn answer(request: &[u8], target: SocketAddr) -> io::Result<Vec<u8>> {
    let mut meta = TcpStream::connect(target).await?;
    meta.write_all(request).await?;
    let mut answer = Vec::new();
    meta.read_to_end(&mut answer).await?;
    Ok(answer)
}

/// Makes the connection be reset instead of closed when it is dropped.
fn reset(tcp: &TcpStream) -> io::Result<()> {
    tcp.set_zero_linger()
}

/// Sends nothing until the client has disconnected.
async fn until_disconnected(client: &mut (impl AsyncRead + AsyncWrite + Unpin)) {
    // How it ends is irrelevant.
    let _ = tokio::io::copy(client, &mut tokio::io::sink()).await;
}

fn content_length(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head);
    let mut values = head.lines().filter_map(|line| {
        let (name, value) = line.split_once(':')?;
        let is_length = name.eq_ignore_ascii_case("content-length");
        value.trim().parse().ok().filter(|_| is_length)
    });
    values.next_back().unwrap_or(0)
}
