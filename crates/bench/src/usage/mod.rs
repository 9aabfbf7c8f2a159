//! Resource usage of the processes of a run, from /proc.

mod listener;
mod memory;

use std::collections::BTreeMap;

use anyhow::Result;
use procfs::process::Process;
use testkit::{Process as ServiceProcess, Service, Stack};

use crate::measured::float;
pub(crate) use memory::{growth_mb_per_minute, peak_mb, resident_mb, total_mb};

/// Processor time of all processes of a run.
pub(crate) struct Cpu {
    groups: Vec<Group>,
    before: Vec<f64>,
}

/// Used processor time.
pub(crate) struct Used {
    seconds: BTreeMap<String, f64>,
}

struct Group {
    name: String,
    leader: i32,
    /// Whether its child processes count too, including ended ones.
    with_children: bool,
}

impl Cpu {
    /// Starts counting. Postgres and RabbitMQ count when they run on this machine and are visible.
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
            ("postgres", stack.db.admin_url().as_str(), true),
            ("rabbitmq", stack.broker.url.as_str(), false),
        ] {
            if let Some(leader) = listener::listener(url) {
                groups.push(Group::new(name, leader, with_children));
            }
        }
        let before = groups.iter().map(Group::seconds).collect::<Result<_>>()?;
        Ok(Self { groups, before })
    }

    /// The processor time used so far, summed over the processes of each service.
    ///
    /// # Errors
    /// When a process has ended meanwhile.
    pub(crate) fn used(&self) -> Result<Used> {
        let mut seconds = BTreeMap::new();
        for (group, before) in self.groups.iter().zip(&self.before) {
            *seconds.entry(group.name.clone()).or_default() += group.seconds()? - before;
        }
        Ok(Used { seconds })
    }

    /// Microseconds so far per item, by process.
    ///
    /// # Errors
    /// When a process has ended meanwhile.
    pub(crate) fn per_item(&self, items: u64) -> Result<BTreeMap<String, f64>> {
        Ok(self.used()?.per_item(items))
    }
}

impl Used {
    /// Microseconds per item, by process.
    pub(crate) fn per_item(&self, items: u64) -> BTreeMap<String, f64> {
        let each = |seconds: &f64| seconds * 1e6 / float(items.max(1));
        let used = self.seconds.iter();
        used.map(|(name, seconds)| (name.clone(), each(seconds)))
            .collect()
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
                // The time of an ended child is added to its parent.
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

/// The running processes of the services.
fn services(stack: &Stack) -> Vec<Group> {
    let running = processes(stack).filter_map(|(service, process)| {
        let process = i32::try_from(process).ok()?;
        Some(Group::new(service.name(), process, false))
    });
    running.collect()
}

/// Every running process of each service.
fn processes(stack: &Stack) -> impl Iterator<Item = (Service, u32)> {
    let numbers = |service: Service| (0..ServiceProcess::MOST).map(move |number| (service, number));
    let all = Service::ALL.into_iter().flat_map(numbers);
    all.filter_map(|(service, number)| {
        Some((service, stack.services.process_id(service.nth(number))?))
    })
}
