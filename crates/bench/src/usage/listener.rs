//! Finds the process that listens on a port.

use procfs::net::{TcpNetEntry, TcpState};
use procfs::process::FDTarget;

/// The process of this machine that listens on the port of a URL; `None` when there is no visible one.
pub(super) fn listener(url: &str) -> Option<i32> {
    let port = reqwest::Url::parse(url).ok()?.port()?;
    let listens =
        |entry: &TcpNetEntry| entry.state == TcpState::Listen && entry.local_address.port() == port;
    let mut entries = procfs::net::tcp().ok()?;
    entries.extend(procfs::net::tcp6().unwrap_or_default());
    let socket = entries.into_iter().find(listens)?.inode;
    let holds = |process: &procfs::process::Process| {
        let Ok(mut held) = process.fd() else {
            return false;
        };
        held.any(|held| {
            held.is_ok_and(|held| matches!(held.target, FDTarget::Socket(inode) if inode == socket))
        })
    };
    let holders = procfs::process::all_processes()
        .ok()?
        .flatten()
        .filter(holds);
    // A forking server shares its listener with its children, which are younger.
    holders
        .filter_map(|process| Some((process.stat().ok()?.starttime, process.pid())))
        .min()
        .map(|(_, process)| process)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_listener_is_found_by_its_port() {
        let listener_here = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener_here.local_addr().unwrap().port();
        let found = listener(&format!("amqp://user:word@127.0.0.1:{port}/vhost"));
        assert_eq!(found, i32::try_from(std::process::id()).ok());
        drop(listener_here);
        assert_eq!(listener(&format!("amqp://127.0.0.1:{port}/vhost")), None);
    }
}
