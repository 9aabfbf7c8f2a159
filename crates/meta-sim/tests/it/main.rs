//! The simulator as its users meet it: over HTTP, with a receiver of webhooks of our own.

#[cfg(test)]
mod clients;
#[cfg(test)]
mod codes;
#[cfg(test)]
mod contents;
#[cfg(test)]
mod control;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod graph;
#[cfg(test)]
mod harness;
#[cfg(test)]
mod identity;
#[cfg(test)]
mod ledger;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod media;
mod messages;
#[cfg(test)]
mod parameters;
#[cfg(test)]
mod program;
#[cfg(test)]
mod template_changes;
#[cfg(test)]
mod webhooks;
