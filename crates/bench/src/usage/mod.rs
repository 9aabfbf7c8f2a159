//! What the processes of a run use of the machine, as Linux tells it.

mod memory;
mod owners;

use std::collections::BTreeMap;

use anyhow::Result;
use procfs::process::Process;
use secrecy::ExposeSecret as _;
use testkit::{Service, Stack};

use crate::measured::float;
pub(crate) use memory::{growth_mb_per_minute, peak_mb, resident_mb, total_mb};

/// Processor time of everything that takes part in a run.
pub(crate) struct Cpu {
    groups: Vec<Group>,
    before: Vec<f64>,
}

struct Group {
    name: String,
    leader: i32,
    /// Whether its children count too, those that ended as well.
    with_children: bool,
}

impl Cpu {
    /// Begins to count. Postgres and RabbitMQ are counted when they run on this machine and can be seen.
    ///
    /// # Errors
    /// When the processes cannot be read.
    pub(crate) fn start(stack: &Stack) -> Result<Self> {
        let mut groups = services(stack);
        groups.push(Group::new(
            "bench",
            i32::try_from(std::process::id())?,
            false,
        ));
        for (name, url, with_children) in [
            ("postgres", stack.db.settings.url.expose_secret(), true),
            ("rabbitmq", stack.broker.url.as_str(), false),
        ] {
            if let Some(leader) = owners::listener(url) {
                groups.push(Group::new(name, leader, with_children));
            }
        }
        let before = groups.iter().map(Group::seconds).collect::<Result<_>>()?;
        Ok(Self { groups, before })
    }

    /// Microseconds for each of `items`, by process.
    ///
    /// # Errors
    /// When a process has ended meanwhile.
    pub(crate) fn per_item(&self, items: u64) -> Result<BTreeMap<String, f64>> {
        let mut used = BTreeMap::new();
        for (group, before) in self.groups.iter().zip(&self.before) {
            let microseconds = (group.seconds()? - before) * 1e6;
            used.insert(group.name.clone(), microseconds / float(items.max(1)));
        }
        Ok(used)
    }
}

impl Group {
    fn new(name: &str, leader: i32, with_children: bool) -> Self {
        Self {
            name: name.to_owned(),
            leader,
            with_children,
        }
    }

    fn seconds(&self) -> Result<f64> {
        let stat = Process::new(self.leader)?.stat()?;
        let mut ticks = stat.utime + stat.stime;
        if self.with_children {
            ticks += u64::try_from(stat.cutime + stat.cstime).unwrap_or_default();
            for process in procfs::process::all_processes()?.flatten() {
                // One that ended meanwhile has been added to its parent.
                if let Ok(child) = process.stat()
                    && child.ppid == self.leader
                {
                    ticks += child.utime + child.stime;
                }
            }
        }
        Ok(float(ticks) / float(procfs::ticks_per_second()))
    }
}

/// The running services.
fn services(stack: &Stack) -> Vec<Group> {
    let running = Service::ALL.into_iter().filter_map(|service| {
        let process = i32::try_from(stack.services.process_id(service)?).ok()?;
        Some(Group::new(service.name(), process, false))
    });
    running.collect()
}
