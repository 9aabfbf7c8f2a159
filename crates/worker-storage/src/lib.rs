//! The SQL of workers that cross businesses: one module for each, under a role with policies on just the tables it needs.
//!
//! A statement that finds rows by their keys joins them to `(select * from unnest($1, …) limit cardinality($1))`. The limit
//! takes nothing away: a plan that is made before the values are known counts on a tenth of ten rows behind it, so that it
//! looks each key up in the index, whatever the statistics of the table say (decision 013).

pub mod accept;
pub mod breakers;
pub mod campaign_breaker;
mod campaign_changes;
pub mod claim;
mod codes;
pub mod conditions;
pub mod discarded_audiences;
pub mod dispatch;
pub mod events;
mod expiry_reasons;
mod identity;
pub mod media;
pub mod number_credentials;
pub mod number_refresh;
pub mod project;
pub mod reap;
mod release;
pub mod results;
pub mod retention;
pub mod send_rate;
mod template_campaigns;
pub mod template_publications;
pub mod template_sync;
pub mod timers;
pub mod transitions;
mod windows;
