//! Workers that cross businesses: one file for each, under a role of its own with policies on just the tables it needs.

pub mod accept;
pub mod breakers;
pub mod campaign_breaker;
pub mod claim;
pub mod due;
pub mod events;
pub mod moves;
pub mod pace;
pub mod project;
pub mod reap;
pub mod release;
pub mod results;
pub mod retain;
pub mod template_sync;
