//! The messages that the others are copies of: of campaigns and of single calls, sent and read.

use std::time::Duration;

use anyhow::{Result, ensure};
use common::message::MessageState;
use testkit::Service;

use crate::campaigns::Campaigns;
use crate::figure::requests::Messages;
use crate::generator::{Connection, Requests as _};
use crate::stand::Stand;

/// Of campaigns and of single calls, all businesses together: as shops send them.
const OF_CAMPAIGNS: u64 = 160;
const SINGLE: u64 = 40;
/// How long they may take to be read.
const READ: Duration = Duration::from_secs(60);

/// Sends them and waits until all are read; returns how many they are.
pub(super) async fn send(stand: &Stand) -> Result<u64> {
    let campaigns = Campaigns::plan(stand, OF_CAMPAIGNS).await?;
    campaigns.start().await;
    let single = Messages::one_by_one(&stand.shops).of_run("models");
    let mut connection = Connection::open(stand.address(Service::Gateway)?).await?;
    for ordinal in 0..SINGLE {
        let mut request = Vec::new();
        single.write(ordinal, &mut request);
        let status = connection.ask(&request).await?;
        ensure!(status == 202, "a message was answered {status}");
    }
    let all = campaigns.rows() + SINGLE;
    let read = MessageState::Read.code();
    let query = format!("select count(*) from messages where state = {read}");
    testkit::eventually("the models are read", READ, async || {
        (stand.count(&query).await.ok()? == all).then_some(())
    })
    .await;
    Ok(all)
}
