//! End-to-end tests of the running product.

#[cfg(test)]
mod audience;
#[cfg(test)]
mod audit_report;
#[cfg(test)]
mod in_flight_probe;
#[cfg(test)]
mod output;
#[cfg(test)]
mod sources;

#[cfg(test)]
mod auditor;
#[cfg(test)]
mod chaos;
#[cfg(test)]
mod conversation;
#[cfg(test)]
mod crashes;
#[cfg(test)]
mod forgeries;
#[cfg(test)]
#[cfg(test)]
mod layers;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod opt_out;
#[cfg(test)]
mod personal_data;
#[cfg(test)]
mod readiness;
#[cfg(test)]
mod retired_words;
#[cfg(test)]
mod stopping;
#[cfg(test)]
mod template_changes;
