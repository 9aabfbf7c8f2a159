//! The messages of which the others are copies: from campaigns and from single calls, sent and read.

use std::time::Duration;

use anyhow::{Result, ensure};
use common::message::MessageState;
use testkit::Service;

use crate::campaigns::Campaigns;
use crate::fixture::Fixture;
use crate::generator::{Connection, Requests as _};
use crate::scenario::requests::Messages;

/// Of campaigns and of single calls, over all businesses: the mix of a typical shop.
const OF_CAMPAIGNS: u64 = 160;
const SINGLE: u64 = 40;
/// Time limit until they are read.
const READ: Duration = Duration::from_secs(60);

/// Sends them and waits until all are read; returns their number.
pub(super) async fn send(fixture: &Fixture) -> Result<u64> {
    let campaigns = Campaigns::plan(fixture, OF_CAMPAIGNS).await?;
    campaigns.start().await;
    let single = Messages::one_by_one(&fixture.shops).of_run("originals");
    let mut connection = Connection::open(fixture.address(Service::Gateway)?).await?;
    for ordinal in 0..SINGLE {
        let mut request = Vec::new();
        single.write(ordinal, &mut request);
        let status = connection.send(&request).await?;
        ensure!(status == 202, "a message was answered {status}");
    }
    let all = campaigns.rows() + SINGLE;
    let read = MessageState::Read.code();
    let query = format!("select count(*) from messages where state = {read}");
    testkit::eventually("the originals are read", READ, async || {
        (fixture.count(&query).await.ok()? == all).then_some(())
    })
    .await;
    Ok(all)
}
