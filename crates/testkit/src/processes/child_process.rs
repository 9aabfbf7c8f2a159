//! A child process: its signals, its exit and its connections.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::process::ExitStatus;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use tokio::process::Child;

use crate::eventually;

/// Time limit for the kernel to stop a process.
const FREEZE: Duration = Duration::from_secs(5);
/// The state of an established connection in /proc/net/tcp.
const ESTABLISHED: &str = "01";

/// A started child process.
pub(super) struct ChildProcess {
    child: Child,
}

impl ChildProcess {
    pub(super) const fn new(child: Child) -> Self {
        Self { child }
    }

    /// Its exit status, once it has exited.
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().expect("a child can be asked")
    }

    /// Kills it and waits for its exit.
    pub(super) async fn kill(mut self) {
        self.child.kill().await.expect("a child can be killed");
    }

    /// Sends SIGTERM; `None` when it does not exit in time.
    pub(super) async fn terminate(mut self, limit: Duration) -> Option<ExitStatus> {
        self.signal(Signal::TERM);
        let ended = tokio::time::timeout(limit, self.child.wait()).await.ok()?;
        Some(ended.expect("a child can be waited for"))
    }

    /// Sends SIGSTOP and waits until every thread is stopped.
    pub(super) async fn freeze(&self) {
        self.signal(Signal::STOP);
        let pid = self.pid().as_raw_nonzero();
        eventually("the process is stopped", FREEZE, async || {
            let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).ok()?;
            let mut states = tasks
                .flatten()
                .map(|task| std::fs::read_to_string(task.path().join("stat")));
            // "pid (name) T ...": the thread is stopped.
            states
                .all(|stat| stat.is_ok_and(|stat| stat.contains(") T ")))
                .then_some(())
        })
        .await;
    }

    /// Sends SIGCONT.
    pub(super) fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    /// Its process id, until its exit status was read.
    pub(super) fn process_id(&self) -> Option<u32> {
        self.child.id()
    }

    fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).expect("a child that was not waited for has its pid");
    }

    fn pid(&self) -> Pid {
        let pid = self.child.id().and_then(|pid| i32::try_from(pid).ok());
        pid.and_then(Pid::from_raw).expect("it runs")
    }
}

/// Connections to the address with bytes that the process has not read.
pub(super) fn unread_connections(address: SocketAddr) -> usize {
    let port = format!(":{:04X}", address.port());
    let table = connections();
    let fields = table.iter().map(|line| line.split_whitespace().collect());
    fields
        .filter(|fields: &Vec<&str>| is_unread(fields, &port))
        .count()
}

/// The local ports of a process's own connections.
pub(super) fn local_ports(process_id: u32) -> BTreeSet<u16> {
    let files = std::fs::read_dir(format!("/proc/{process_id}/fd")).expect("it runs");
    let links = files
        .flatten()
        .filter_map(|file| std::fs::read_link(file.path()).ok());
    let sockets: BTreeSet<String> = links
        .filter_map(|link| {
            let inode = link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?;
            Some(inode.to_owned())
        })
        .collect();
    let table = connections();
    let port = |line: &String| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (address, state, inode) = (*fields.get(1)?, *fields.get(3)?, *fields.get(9)?);
        let (_, port) = address.split_once(':')?;
        let is_own = state == ESTABLISHED && sockets.contains(inode);
        u16::from_str_radix(port, 16).ok().filter(|_| is_own)
    };
    table.iter().filter_map(port).collect()
}

/// The lines of /proc/net/tcp.
fn connections() -> Vec<String> {
    let table = std::fs::read_to_string("/proc/net/tcp").expect("/proc/net/tcp can be read");
    table.lines().skip(1).map(str::to_owned).collect()
}

/// Fields of a line of /proc/net/tcp: number, local address, remote address, state, and the queues as `tx:rx`.
fn is_unread(fields: &[&str], port: &str) -> bool {
    let [_, local, _, state, queues, ..] = fields else {
        return false;
    };
    let received = queues.split_once(':').map(|(_, received)| received);
    local.ends_with(port)
        && *state == ESTABLISHED
        && received.is_some_and(|bytes| bytes != "00000000")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;
    use std::net::{TcpListener, TcpStream};

    #[test]
    fn the_local_ports_of_a_process_are_found() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let port = client.local_addr().unwrap().port();
        assert!(local_ports(std::process::id()).contains(&port));
        drop(client);
        assert!(!local_ports(std::process::id()).contains(&port));
    }

    #[test]
    fn a_connection_is_unread_until_its_bytes_are_taken() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let mut client = TcpStream::connect(address).unwrap();
        let (mut server, _) = listener.accept().unwrap();
        assert_eq!(unread_connections(address), 0);
        client.write_all(b"x").unwrap();
        server.peek(&mut [0]).unwrap();
        assert_eq!(unread_connections(address), 1);
        std::io::Read::read_exact(&mut server, &mut [0]).unwrap();
        assert_eq!(unread_connections(address), 0);
    }
}
