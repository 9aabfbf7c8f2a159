//! The tasks of a service: each is started once, supervised, and awaited when the process stops.

use std::future::Future;

use tokio::task::JoinHandle;

use crate::context::Context;
use crate::shutdown::Shutdown;
use crate::task::{Outcome, supervise};

/// The running tasks of a service.
#[derive(Debug)]
pub struct ServiceTasks {
    service: &'static str,
    shutdown: Shutdown,
    running: Vec<JoinHandle<()>>,
}

impl ServiceTasks {
    /// A service without tasks; `service` is its name in the log.
    #[must_use]
    pub fn new(service: &'static str, context: &Context) -> Self {
        Self {
            service,
            shutdown: context.shutdown.clone(),
            running: Vec::new(),
        }
    }

    /// Starts a task, and again when it fails or panics, each time with a clone of `state`. The task observes the
    /// shutdown itself. `name` is its label in metrics and logs.
    pub fn start<S, W>(
        &mut self,
        name: &'static str,
        state: S,
        run: impl Fn(S) -> W + Send + 'static,
    ) where
        S: Clone + Send + 'static,
        W: Future<Output: Outcome> + Send + 'static,
    {
        let shutdown = self.shutdown.clone();
        let task = supervise(name, shutdown, None, move || run(state.clone()));
        self.running.push(task);
    }

    /// Adds tasks that are already running.
    pub fn extend(&mut self, tasks: impl IntoIterator<Item = JoinHandle<()>>) {
        self.running.extend(tasks);
    }

    /// Asks the whole process to stop, and waits: for a service that cannot go on.
    pub async fn stop(self) {
        self.shutdown.trigger();
        self.wait().await;
    }

    /// Waits until all tasks have ended.
    pub async fn wait(self) {
        for task in self.running {
            if let Err(error) = task.await {
                tracing::error!(service = self.service, %error, "a task of the service ended unexpectedly");
            }
        }
    }
}
