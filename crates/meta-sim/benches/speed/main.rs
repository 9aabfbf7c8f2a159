//! Throughput of the simulator, with the load generator and the webhook receiver on the same machine: `cargo bench -p
//! meta-sim`.
//!
//! Each case restarts the program, posts valid template sends to distinct recipients over 64 connections, and checks at
//! the end that the ledger and the receiver counted everything posted. Besides the rate it prints the processor time of
//! the program itself, which is what it takes from the product on a shared machine. No time is asserted.

mod load;
mod program;
mod receiver;

use std::io::Write;
use std::time::{Duration, Instant};

use anyhow::ensure;
use program::Program;
use receiver::Receiver;
use serde_json::json;

const CONNECTIONS: usize = 64;
const MESSAGES: u64 = 150_000;
const SINGLES: u64 = 30_000;
const STATUSES: u64 = 3;
const KEPT: u64 = 500_000;

fn main() -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?;
    runtime.block_on(async {
        say("case", "a second", "")?;
        no_webhooks().await?;
        ledger_file().await?;
        batches().await?;
        singles().await?;
        end_to_end().await?;
        memory().await
    })
}

async fn no_webhooks() -> anyhow::Result<()> {
    let program = Program::start(&[])?;
    let rate = post(&program, MESSAGES).await?;
    say("POST, no webhooks", &rate, &own_time(&program, MESSAGES)?)
}

async fn ledger_file() -> anyhow::Result<()> {
    let file = std::env::temp_dir().join(format!("meta-sim-speed-{}.jsonl", std::process::id()));
    let path = file.to_string_lossy().into_owned();
    let program = Program::start(&["--ledger-file", &path])?;
    let rate = post(&program, MESSAGES).await?;
    let time = own_time(&program, MESSAGES)?;
    drop(program);
    std::fs::remove_file(file)?;
    say("POST, no webhooks, with a ledger file", &rate, &time)
}

/// Statuses follow immediately, up to a thousand per POST.
async fn batches() -> anyhow::Result<()> {
    let receiver = Receiver::start().await?;
    let program = Program::start(&[
        "--webhook-url",
        &receiver.url,
        "--behaviour",
        &behaviour(0, 1_000),
    ])?;
    let started = Instant::now();
    let rate = post(&program, MESSAGES).await?;
    program.settled().await?;
    let all = MESSAGES * STATUSES;
    ensure!(receiver.statuses() == all, "statuses were lost");
    let statuses = format!("{} statuses a second", per_second(all, started.elapsed()));
    say(
        "POST, statuses in batches",
        &rate,
        &own_time(&program, MESSAGES)?,
    )?;
    say("", "", &statuses)
}

/// All statuses become due when all messages are accepted, and each is posted alone.
async fn singles() -> anyhow::Result<()> {
    let receiver = Receiver::start().await?;
    let program = Program::start(&[
        "--webhook-url",
        &receiver.url,
        "--behaviour",
        &behaviour(6_000, 1),
    ])?;
    post(&program, SINGLES).await?;
    let before = program.cpu_us()?;
    program.settled().await?;
    let all = SINGLES * STATUSES;
    ensure!(receiver.statuses() == all, "statuses were lost");
    let rate = per_second(all, receiver.between_first_and_last());
    let time = (program.cpu_us()? - before) / all;
    let remark = format!(
        "{time} us of its own each, over {} connections",
        receiver.connections()
    );
    say("status webhooks, one a POST", &rate, &remark)
}

/// A message and its three statuses, each posted alone, all concurrently.
async fn end_to_end() -> anyhow::Result<()> {
    let receiver = Receiver::start().await?;
    let program = Program::start(&[
        "--webhook-url",
        &receiver.url,
        "--behaviour",
        &behaviour(0, 1),
    ])?;
    let started = Instant::now();
    post(&program, SINGLES).await?;
    program.settled().await?;
    ensure!(
        receiver.statuses() == SINGLES * STATUSES,
        "statuses were lost"
    );
    let rate = per_second(SINGLES, started.elapsed());
    let time = own_time(&program, SINGLES)?;
    say("POST and three status webhooks", &rate, &time)
}

async fn memory() -> anyhow::Result<()> {
    let program = Program::start(&[])?;
    post(&program, 1_000).await?;
    let before = program.resident_bytes()?;
    let rate = post_from(&program, 1_000, KEPT).await?;
    let bytes = program.resident_bytes()?.saturating_sub(before) / KEPT;
    let cost = format!("{bytes} bytes a message");
    say("POST of 500,000 messages", &rate, &cost)?;
    let started = Instant::now();
    let lines = program.count_lines("/sim/ledger/messages").await?;
    ensure!(lines == KEPT + 1_000, "the ledger lost lines");
    let rate = per_second(lines, started.elapsed());
    say("messages of the ledger streamed", &rate, "")
}

async fn post(program: &Program, messages: u64) -> anyhow::Result<String> {
    post_from(program, 0, messages).await
}

async fn post_from(program: &Program, first: u64, messages: u64) -> anyhow::Result<String> {
    let started = Instant::now();
    load::post(program.address, CONNECTIONS, first..first + messages).await?;
    let rate = per_second(messages, started.elapsed());
    let summary = program.summary().await?;
    ensure!(
        summary.distinct_opaque_ids == first + messages,
        "messages were lost"
    );
    Ok(rate)
}

/// The program's processor time per message.
fn own_time(program: &Program, messages: u64) -> anyhow::Result<String> {
    let time = program.cpu_us()? / messages;
    Ok(format!("{time} us of its own each"))
}

fn behaviour(delay_ms: u64, statuses_per_post: u64) -> String {
    let delay = json!({"min": delay_ms, "max": delay_ms});
    let at_once = json!({"min": 0, "max": 0});
    json!({"sent": delay, "delivered": at_once, "read": at_once, "read_share": 1.0,
        "statuses_per_post": statuses_per_post})
    .to_string()
}

fn per_second(count: u64, time: Duration) -> String {
    let millis = u64::try_from(time.as_millis()).unwrap_or(u64::MAX).max(1);
    (count * 1_000 / millis).to_string()
}

fn say(case: &str, rate: &str, remark: &str) -> anyhow::Result<()> {
    writeln!(std::io::stdout(), "{case:<40}{rate:>10}  {remark}")?;
    Ok(())
}
