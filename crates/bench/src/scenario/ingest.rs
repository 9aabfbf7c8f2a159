//! Webhook ingest: signature check, parsing, confirm of the quorum queue, 200. One status each. The projector is down,
//! so that the queue can be counted afterwards: it must contain every webhook answered 200.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use chrono::DateTime;
use common::ids::{BusinessId, MessageId};
use common::message::OpaqueId;
use common::wire::{Envelope, Wire as _};
use futures_util::StreamExt as _;
use lapin::options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions};
use lapin::types::FieldTable;
use lapin::{Connection, ConnectionProperties};
use sealing::OpaqueSigner;
use serde_json::json;
use testkit::{SIGNATURE_HEADER, Service, SignedWebhook, Stack, StackPlan};

use crate::baseline;
use crate::generator::{self, Load, Requests};
use crate::measured::{Component, Goal, Latency, Measured, float};
use crate::size::Size;
use crate::usage::Cpu;

/// Distinct webhooks; they are sent repeatedly. Signing each anew would cost a third of what is measured.
const WEBHOOKS: u64 = 8_192;
const STATUS_QUEUE: &str = "gateway.status";
const PREFETCH: u16 = 256;
/// After this time without a delivery the queue counts as empty.
const QUIET: Duration = Duration::from_secs(2);

/// Connections and their goals.
const LOADS: [(usize, Goal); 2] = [
    (64, Goal::more(22_000.0, 33_000.0)),
    (256, Goal::more(40_000.0, 60_000.0)),
];

struct Webhooks(Vec<Vec<u8>>);

/// The content of the queue.
#[derive(Default)]
struct Queued {
    envelopes: u64,
    events: u64,
    bytes: u64,
}

pub(super) async fn measure(size: &Size) -> Result<Vec<Measured>> {
    let mut measurements = Vec::new();
    for (connections, goal) in LOADS {
        measurements.push(at(connections, goal, size).await?);
    }
    Ok(measurements)
}

async fn at(connections: usize, goal: Goal, size: &Size) -> Result<Measured> {
    let mut stack = Stack::prepare(StackPlan::default()).await;
    stack.services.start(Service::WebhookIngest).await;
    let requests: Arc<dyn Requests> = Arc::new(Webhooks::of(&stack)?);
    let url = stack.services.url(Service::WebhookIngest, "");
    let load = Load {
        address: url.strip_prefix("http://").context("an address")?.parse()?,
        connections,
        success: 200,
        warm_up: size.warm_up,
        measured: size.load,
    };
    let cpu = Cpu::start(&stack)?;
    let tally = generator::run(load, Arc::clone(&requests)).await?;
    let cpu_us = cpu.per_item(tally.answered)?;
    let queued = count(&stack.broker.url, tally.answered).await?;
    let mut failures = tally.failures();
    if queued.events != tally.answered {
        failures.push(format!(
            "{} webhooks were answered 200 and {} are in the queue",
            tally.answered, queued.events
        ));
    }
    let events = float(queued.events) / float(queued.envelopes.max(1));
    let bytes = usize::try_from(queued.bytes / queued.envelopes.max(1))?;
    let baseline_load = Load {
        measured: size.baseline,
        ..load
    };
    let http = baseline::http::run(baseline_load, requests).await?;
    let broker = baseline::broker::run(&stack.broker.url, bytes, size.baseline).await?;
    Ok(Measured {
        name: format!("ingest-{connections}"),
        what: format!("webhook ingest, one status a request, {connections} connections"),
        unit: "webhooks/s".to_owned(),
        value: tally.rate(),
        goal: Some(goal),
        latency: Latency::of(&tally.microseconds),
        components: vec![
            Component::new("HTTP both ends", http.rate()),
            Component::new(
                &format!("confirmed publish of {events:.0} events"),
                broker.published * events,
            ),
        ],
        cpu_us,
        notes: vec![format!(
            "{events:.1} webhooks shared an envelope of {bytes} bytes"
        )],
        failures,
        samples: Vec::new(),
    })
}

impl Webhooks {
    fn of(stack: &Stack) -> Result<Self> {
        let signer = OpaqueSigner::new(&stack.keys.opaque)?;
        let secret = &stack.meta_config.app_secret;
        let webhooks = (0..WEBHOOKS).map(|index| request(&signed(&signer, secret, index)));
        Ok(Self(webhooks.collect()))
    }
}

impl Requests for Webhooks {
    fn write(&self, ordinal: u64, into: &mut Vec<u8>) {
        let index = usize::try_from(ordinal % WEBHOOKS).unwrap_or_default();
        into.extend_from_slice(self.0.get(index).map_or(&[], Vec::as_slice));
    }
}

/// A status as Meta posts it (webhooks reference: statuses), with one of our opaque ids.
fn signed(signer: &OpaqueSigner, secret: &str, index: u64) -> SignedWebhook {
    let now = DateTime::UNIX_EPOCH;
    let (business_id, message_id) = (BusinessId::new(now), MessageId::new(now));
    let opaque_id = OpaqueId {
        business_id,
        message_id,
        attempt: 1,
        signature: signer.sign(&OpaqueId::signed_part(business_id, message_id, 1)),
    };
    let status = json!({
        "id": format!("wamid.HBgLMjI2NzAwMDAwMDAVAgARGBI5QTNDQTVC{index:016X}"),
        "status": "delivered",
        "timestamp": "1764072000",
        "recipient_id": format!("22670{index:06}"),
        "recipient_user_id": format!("BF.{index:016}"),
        "biz_opaque_callback_data": opaque_id.to_string(),
        "pricing": {"billable": true, "pricing_model": "PMP", "type": "regular", "category": "utility"},
    });
    let body = json!({"object": "whatsapp_business_account", "entry": [{"id": "102290129340398", "changes": [{
        "field": "messages",
        "value": {
            "messaging_product": "whatsapp",
            "metadata": {"display_phone_number": "22625306100", "phone_number_id": "106540352242922"},
            "contacts": [{"wa_id": format!("22670{index:06}"), "user_id": format!("BF.{index:016}")}],
            "statuses": [status],
        },
    }]}]});
    SignedWebhook::new(secret, body.to_string().into_bytes())
}

fn request(webhook: &SignedWebhook) -> Vec<u8> {
    let head = format!(
        "POST /webhooks/meta HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n\
         {SIGNATURE_HEADER}: {}\r\nContent-Length: {}\r\n\r\n",
        webhook.signature,
        webhook.body.len(),
    );
    [head.as_bytes(), &webhook.body].concat()
}

/// Consumes the whole queue of statuses, of which `expected` should be present.
async fn count(url: &str, expected: u64) -> Result<Queued> {
    let connection = Connection::connect(url, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    channel
        .basic_qos(PREFETCH, BasicQosOptions::default())
        .await?;
    let options = BasicConsumeOptions::default();
    let mut consumer = channel
        .basic_consume(
            STATUS_QUEUE.into(),
            "bench".into(),
            options,
            FieldTable::default(),
        )
        .await?;
    let mut queued = Queued::default();
    while queued.events < expected {
        // What is missing by now does not arrive any more.
        let Ok(Some(delivery)) = tokio::time::timeout(QUIET, consumer.next()).await else {
            break;
        };
        let delivery = delivery?;
        queued.envelopes += 1;
        queued.events += u64::try_from(Envelope::decode(&delivery.data)?.events.len())?;
        queued.bytes += u64::try_from(delivery.data.len())?;
        delivery.ack(BasicAckOptions::default()).await?;
    }
    connection.close(200, "done".into()).await?;
    Ok(queued)
}
