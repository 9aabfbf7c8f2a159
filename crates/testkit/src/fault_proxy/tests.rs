use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use reqwest::{Certificate, Client};
use tokio::io::AsyncWriteExt as _;

use super::*;

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 40\r\nConnection: close\r\n\r\n0123456789012345678901234567890123456789";
/// Time limits of a handshake and of a whole request: the silent faults last for that long.
const CONNECT: Duration = Duration::from_secs(2);
const ALL: Duration = Duration::from_secs(4);

/// Counts and answers complete requests.
struct Target {
    address: SocketAddr,
    taken: Arc<AtomicUsize>,
}

impl Target {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, taken) = (listener.local_addr().unwrap(), Arc::default());
        let counts = Arc::clone(&taken);
        tokio::spawn(async move {
            loop {
                let (mut client, _) = listener.accept().await.unwrap();
                let counts: Arc<AtomicUsize> = Arc::clone(&counts);
                tokio::spawn(async move {
                    if Request::read(&mut client).await.unwrap().is_some() {
                        counts.fetch_add(1, Ordering::SeqCst);
                        client.write_all(ANSWER).await.unwrap();
                    }
                });
            }
        });
        Self { address, taken }
    }

    fn taken(&self) -> usize {
        self.taken.load(Ordering::SeqCst)
    }
}

/// A client that trusts the proxy's authority.
fn client(proxy: &FaultProxy) -> Client {
    let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
    let authority = std::fs::read(proxy.authority()).unwrap();
    Client::builder()
        .tls_certs_only([Certificate::from_pem(&authority).unwrap()])
        .no_proxy()
        .retry(reqwest::retry::never())
        .connect_timeout(CONNECT)
        .timeout(ALL)
        .build()
        .unwrap()
}

async fn ask(proxy: &FaultProxy, client: &Client) -> reqwest::Result<usize> {
    let asked = client.post(proxy.base_url()).body("Awa, Oumar").send();
    Ok(asked.await?.bytes().await?.len())
}

#[tokio::test]
async fn without_a_fault_each_connection_carries_one_request() {
    let target = Target::start().await;
    let proxy = FaultProxy::start(target.address).await.unwrap();
    let client = client(&proxy);
    for _ in 0..2 {
        assert_eq!(ask(&proxy, &client).await.unwrap(), 40);
    }
    let connection = ProxiedConnection {
        fault: None,
        body: Some(b"Awa, Oumar".to_vec()),
    };
    assert_eq!(proxy.connections(), [connection.clone(), connection]);
    assert_eq!(target.taken(), 2);
}

#[tokio::test]
async fn faults_before_the_request_are_provably_unsent_and_later_ones_are_not() {
    join_all(ProxyFault::ALL.map(async |fault| {
        let target = Target::start().await;
        let proxy = FaultProxy::start(target.address).await.unwrap();
        proxy.plan([Some(fault)]);
        let error = ask(&proxy, &client(&proxy)).await.unwrap_err();
        let is_before = fault.is_before_request();
        assert_eq!(error.is_connect(), is_before, "{fault:?}: {error:?}");
        let [connection] = &proxy.connections()[..] else {
            panic!("{fault:?} was injected into several connections")
        };
        assert_eq!(connection.fault, Some(fault));
        assert_eq!(connection.body.is_none(), is_before, "{fault:?}");
        let is_whole = matches!(
            fault,
            ProxyFault::NoAnswer | ProxyFault::HalfAnswer | ProxyFault::HeldAnswer
        );
        assert_eq!(target.taken(), usize::from(is_whole), "{fault:?}");
    }))
    .await;
}

#[tokio::test]
async fn faults_are_injected_in_the_planned_order() {
    let target = Target::start().await;
    let proxy = FaultProxy::start(target.address).await.unwrap();
    let client = client(&proxy);
    proxy.plan([Some(ProxyFault::Reset), None, Some(ProxyFault::NoAnswer)]);
    let mut fared = Vec::new();
    for left in (0..3).rev() {
        fared.push(ask(&proxy, &client).await.is_ok());
        assert_eq!(proxy.pending_faults(), left);
    }
    assert_eq!(fared, [false, true, false]);
    assert!(
        ask(&proxy, &client).await.is_ok(),
        "the planned faults are used up"
    );
}

#[tokio::test]
async fn connections_are_refused_until_it_listens_again() {
    let target = Target::start().await;
    let mut proxy = FaultProxy::start(target.address).await.unwrap();
    let client = client(&proxy);
    proxy.refuse().await;
    assert!(ask(&proxy, &client).await.unwrap_err().is_connect());
    assert_eq!(proxy.connections(), []);
    proxy.listen().await.unwrap();
    assert!(ask(&proxy, &client).await.is_ok());
}
