//! A RabbitMQ virtual host per test, and the operations of a broker operator.
//!
//! Created and deleted through the management HTTP API, which takes 35 ms where rabbitmqctl takes most of a second.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use broker::{Broker, BrokerSettings, Queue};
use common::clock::SharedClock;
use reqwest::{Client, Method, Response};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::environment;

const DEFAULT_URL: &str = "amqp://guest:guest@127.0.0.1:5672/%2f";
const DEFAULT_MANAGEMENT_URL: &str = "http://guest:guest@127.0.0.1:15672";

/// The virtual host of one test; deleted on drop.
pub struct TestBroker {
    /// The AMQP URL of the virtual host.
    pub url: String,
    vhost: String,
    management: Management,
}

/// The management HTTP API.
#[derive(Clone)]
struct Management {
    url: String,
    user: String,
    password: String,
}

impl TestBroker {
    /// Creates a virtual host.
    ///
    /// # Panics
    /// When RabbitMQ is not available: `scripts/test` sets it up.
    pub async fn start() -> Self {
        let amqp =
            environment("DJIGBACHATS_TEST_AMQP_URL").unwrap_or_else(|| DEFAULT_URL.to_owned());
        let management = Management::new(
            &environment("DJIGBACHATS_TEST_AMQP_MANAGEMENT_URL")
                .unwrap_or_else(|| DEFAULT_MANAGEMENT_URL.to_owned()),
        );
        let vhost = format!("djigbachats_test_{}", Uuid::new_v4().simple());
        let (server, _) = amqp.rsplit_once('/').expect("the URL names a virtual host");
        let made = Self {
            url: format!("{server}/{vhost}"),
            vhost,
            management,
        };
        made.make().await;
        made
    }

    /// Creates the virtual host again, after the broker has lost its data.
    ///
    /// # Panics
    /// When RabbitMQ is not available.
    pub async fn make(&self) {
        let path = format!("vhosts/{}", self.vhost);
        self.management.call(Method::PUT, &path, &json!({})).await;
        let all = json!({"configure": ".*", "write": ".*", "read": ".*"});
        let path = format!("permissions/{}/{}", self.vhost, self.management.user);
        self.management.call(Method::PUT, &path, &all).await;
    }

    /// The settings that connect to the virtual host.
    #[must_use]
    pub fn settings(&self) -> BrokerSettings {
        BrokerSettings::new(self.url.clone().into())
    }

    /// Connects to the virtual host, without a health check.
    ///
    /// # Panics
    /// Never with the settings of a virtual host that [`TestBroker::start`] made.
    #[must_use]
    pub fn connect(&self, clock: SharedClock) -> Broker {
        Broker::connect(&self.settings(), "test", clock, |_| {})
            .expect("the test broker's URL is valid")
    }

    /// Closes all connections to the virtual host, as an operator or a stopping broker does; returns how many there
    /// were.
    ///
    /// # Panics
    /// When RabbitMQ is not available.
    pub async fn close_connections(&self) -> usize {
        let path = format!("vhosts/{}/connections", self.vhost);
        let listed = self.management.call(Method::GET, &path, &Value::Null).await;
        let listed: Vec<Value> = listed.json().await.expect("a list of connections");
        for connection in &listed {
            let name = connection["name"]
                .as_str()
                .expect("a connection has a name");
            let mut url = self.management.endpoint("connections");
            url.path_segments_mut().expect("an http URL").push(name);
            // A connection that ended meanwhile is fine.
            drop(
                self.management
                    .send(Method::DELETE, url, &Value::Null)
                    .await,
            );
        }
        listed.len()
    }

    /// Deletes a queue.
    ///
    /// # Panics
    /// When there is no such queue.
    pub async fn delete_queue(&self, queue: Queue) {
        let path = format!("queues/{}/{}", self.vhost, queue.name());
        self.management
            .call(Method::DELETE, &path, &Value::Null)
            .await;
    }

    /// Publishes raw bytes.
    ///
    /// # Panics
    /// When the queue does not accept them.
    pub async fn publish_bytes(&self, queue: Queue, bytes: &[u8]) {
        let path = format!("exchanges/{}/amq.default/publish", self.vhost);
        let body = json!({
            "properties": {"delivery_mode": 2},
            "routing_key": queue.name(),
            "payload": BASE64.encode(bytes),
            "payload_encoding": "base64",
        });
        let answer = self.management.call(Method::POST, &path, &body).await;
        let answered: Value = answer.json().await.expect("the routing result");
        assert_eq!(
            answered["routed"],
            true,
            "there is no queue {}",
            queue.name()
        );
    }

    /// The number of messages in a queue, as of some seconds ago.
    ///
    /// # Panics
    /// When there is no such queue.
    pub async fn depth(&self, queue: Queue) -> u64 {
        let path = format!("queues/{}/{}", self.vhost, queue.name());
        let answer = self.management.call(Method::GET, &path, &Value::Null).await;
        let answered: Value = answer.json().await.expect("a queue");
        // Absent until the first statistics.
        answered["messages"].as_u64().unwrap_or_default()
    }

    /// Limits the length of a queue.
    ///
    /// # Panics
    /// When the management API refuses.
    pub async fn limit(&self, queue: Queue, messages: u64) {
        let path = format!("policies/{}/limit", self.vhost);
        let pattern = format!("^{}$", queue.name().replace('.', "\\."));
        let limit = json!({
            "pattern": pattern,
            "definition": {"max-length": messages},
            "apply-to": "queues",
        });
        self.management.call(Method::PUT, &path, &limit).await;
    }

    /// Declares a queue with other arguments than the product, as an older version may have done.
    ///
    /// # Panics
    /// When the queue exists already.
    pub async fn declare_classic(&self, queue: Queue) {
        let path = format!("queues/{}/{}", self.vhost, queue.name());
        let classic = json!({"durable": true, "auto_delete": false, "arguments": {}});
        self.management.call(Method::PUT, &path, &classic).await;
    }
}

impl Drop for TestBroker {
    fn drop(&mut self) {
        let management = self.management.clone();
        let url = management.endpoint(&format!("vhosts/{}", self.vhost));
        // On a thread of its own, because a test's runtime may be single-threaded and about to end.
        let deleting = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            let answer = management.send(Method::DELETE, url, &Value::Null);
            drop(runtime.block_on(answer));
            Ok::<(), std::io::Error>(())
        });
        drop(deleting.join());
    }
}

impl Management {
    fn new(url: &str) -> Self {
        let mut url = reqwest::Url::parse(url).expect("the management URL is valid");
        let user = url.username().to_owned();
        let password = url.password().unwrap_or_default().to_owned();
        url.set_username("").expect("an http URL");
        url.set_password(None).expect("an http URL");
        Self {
            url: url.as_str().trim_end_matches('/').to_owned(),
            user,
            password,
        }
    }

    fn endpoint(&self, path: &str) -> reqwest::Url {
        let url = format!("{}/api/{path}", self.url);
        reqwest::Url::parse(&url).expect("a path of the management API")
    }

    async fn call(&self, method: Method, path: &str, body: &Value) -> Response {
        let answer = self.send(method, self.endpoint(path), body).await;
        let answer = answer.expect(
            "RabbitMQ's management API is available; scripts/test sets it up and names it in \
             DJIGBACHATS_TEST_AMQP_MANAGEMENT_URL",
        );
        answer
            .error_for_status()
            .expect("the management API answers with success")
    }

    async fn send(
        &self,
        method: Method,
        url: reqwest::Url,
        body: &Value,
    ) -> reqwest::Result<Response> {
        bootstrap::crypto::install_ring();
        let client = Client::builder().timeout(Duration::from_secs(10)).build()?;
        let request = client.request(method, url);
        let request = request.basic_auth(&self.user, Some(&self.password));
        request.json(body).send().await
    }
}
