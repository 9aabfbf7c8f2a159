//! The simulator over HTTP, with a webhook receiver.

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
mod fixture;
#[cfg(test)]
mod graph;
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
mod shapes;
#[cfg(test)]
mod template_cases;
#[cfg(test)]
mod template_changes;
#[cfg(test)]
mod template_life;
#[cfg(test)]
mod template_rules;
#[cfg(test)]
mod webhooks;
