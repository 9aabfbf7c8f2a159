//! The parts of a running gateway, and the order in which they start and stop.

use std::any::Any;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::http::KeepAlive;
use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web};
use bootstrap::Context;
use bootstrap::health_check;
use bootstrap::http::serve_until_shutdown;
use bootstrap::service::ServiceTasks;
use bootstrap::shutdown::{DRAIN, Shutdown};
use broker::Publisher;
use cloud_api::CloudApi;
use rustix::net::sockopt::set_tcp_user_timeout;
use storage::Store;
use tokio::net::TcpStream;

use crate::accept::{self, Accepting, LookupCache};
use crate::access_log::access_log;
use crate::auth::ApiKeys;
use crate::cors::{cors, forget_strangers};
use crate::limits::Limits;
use crate::registration;
use crate::settings::Settings;
use crate::state::AppState;

/// How long the head of a connection's first request may take to arrive; then the connection is answered 408 and
/// closed. Similar to the time for which clients keep connections in their pools, because unused ones are closed by
/// this too.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// How long a connection without requests stays open.
const IDLE_CONNECTION: Duration = Duration::from_secs(75);
/// How long a client may leave a response unread.
const READ_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a connection may take to close.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(5);

/// A gateway that is listening on its port.
pub struct Gateway {
    address: SocketAddr,
    server: Server,
    accepting: Accepting,
    tasks: ServiceTasks,
    shutdown: Shutdown,
}

/// Why the gateway cannot run.
#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// The API's address is in use, or not an address of this machine.
    #[error("gateway.address {address} cannot be listened on: {source}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// The cause.
        source: io::Error,
    },
    /// Meta's settings are invalid.
    #[error(transparent)]
    CloudApi(#[from] cloud_api::NewError),
    /// The server failed.
    #[error("the server failed: {0}")]
    Server(#[source] io::Error),
}

impl Gateway {
    /// Binds the API's port and starts; needs a tokio runtime.
    ///
    /// # Errors
    /// When a setting is invalid or the port cannot be bound.
    pub fn start(
        settings: Settings,
        store: Store,
        publisher: Publisher,
        context: Context,
    ) -> Result<Self, GatewayError> {
        let address = settings.gateway.address;
        let listen = |source| GatewayError::Listen { address, source };
        let listener = TcpListener::bind(address).map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let workers = settings.gateway.workers;
        let (acceptor, accepting) = accept::start(&store, &publisher, &context.clock);
        let mut tasks = ServiceTasks::new("gateway", &context);
        watch_postgres(&mut tasks, &store, &context);
        let state = web::Data::new(AppState {
            store,
            clock: context.clock,
            cloud_api: CloudApi::new(&settings.cloud_api)?,
            app_id: settings.cloud_api.app_id,
            publisher,
            acceptor,
            lookup_cache: LookupCache::default(),
            limits: Limits::new(&settings.gateway),
            api_keys: ApiKeys::new(),
            settings: settings.gateway,
        });
        let server = serve(listener, workers, state).map_err(listen)?;
        Ok(Self {
            address,
            server,
            accepting,
            tasks,
            shutdown: context.shutdown,
        })
    }

    /// The address of the API.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until the process is asked to stop. First the requests in progress are answered, then their messages are
    /// committed and published.
    ///
    /// # Errors
    /// When the server fails.
    pub async fn wait(self) -> Result<(), GatewayError> {
        let served = serve_until_shutdown(self.server, self.shutdown.clone()).await;
        // A server that failed stops the rest of the gateway.
        self.shutdown.trigger();
        self.accepting.stop().await;
        self.tasks.wait().await;
        served.map_err(GatewayError::Server)
    }
}

/// Reports on Postgres until the process stops.
fn watch_postgres(tasks: &mut ServiceTasks, store: &Store, context: &Context) {
    let postgres = context.health.dependency("postgres");
    let state = (store.clone(), postgres, context.shutdown.clone());
    tasks.start(
        "gateway.postgres",
        state,
        |(store, postgres, shutdown)| async move {
            health_check::watch(&postgres, &shutdown, || store.ping()).await;
        },
    );
}

/// Closes connections whose client does not read: unread responses take memory. TCP detects that its peer reads
/// nothing.
fn give_up_on_who_does_not_read(connection: &dyn Any) {
    if let Some(socket) = connection.downcast_ref::<TcpStream>() {
        let timeout = u32::try_from(READ_TIMEOUT.as_millis()).unwrap_or(u32::MAX);
        // Setting an option fails only on a broken socket, and that shows when it is used.
        let _ = set_tcp_user_timeout(socket, timeout);
    }
}

fn serve(
    listener: TcpListener,
    workers: Option<usize>,
    state: web::Data<AppState>,
) -> io::Result<Server> {
    let mut server = HttpServer::new(move || {
        App::new()
            .app_data(state.clone())
            .configure(registration::public_routes)
            .wrap(cors(&state.settings.cors_origins))
            .wrap(from_fn(forget_strangers))
            .wrap(from_fn(access_log))
    })
    .client_request_timeout(HEAD_TIMEOUT)
    .client_disconnect_timeout(CLOSE_TIMEOUT)
    // A client that has disconnected needs no response: its handler is dropped.
    .h1_allow_half_closed(false)
    .on_connect(|connection, _| give_up_on_who_does_not_read(connection))
    .keep_alive(KeepAlive::Timeout(IDLE_CONNECTION))
    .disable_signals()
    .shutdown_timeout(DRAIN.as_secs());
    if let Some(workers) = workers {
        server = server.workers(workers);
    }
    Ok(server.listen(listener)?.run())
}
