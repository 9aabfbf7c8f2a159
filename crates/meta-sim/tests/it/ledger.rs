//! The ledger counts what was accepted, and survives the simulator.

use std::io::Write;

use meta_sim::{Fault, Script, SimConfig, WebhookBehaviour};
use serde_json::{Value, json};

use crate::harness::{World, receipt};

fn config() -> SimConfig {
    SimConfig {
        behaviour: WebhookBehaviour::quick(),
        ..SimConfig::default()
    }
}

#[tokio::test]
async fn what_was_accepted_twice_shows_in_the_summary() {
    let world = World::start().await;
    for opaque in ["a", "b", "a", "c", "a"] {
        world.accepted(&receipt("+22670000001", opaque)).await;
    }
    let mut nameless = receipt("+22670000001", "");
    nameless
        .as_object_mut()
        .unwrap()
        .remove("biz_opaque_callback_data");
    world.accepted(&nameless).await;
    world.refused(&receipt("+22670999929", "d")).await;
    let summary = world.sim.summary();
    assert_eq!(summary.accepted, 6);
    assert_eq!(summary.distinct_opaque_ids, 3);
    assert_eq!(summary.without_opaque_id, 1);
    assert_eq!(summary.repeated_opaque_ids, 1);
    assert_eq!(summary.repeated, [("a".into(), 3)]);
    let repetitions: Vec<u32> = world
        .sim
        .ledger()
        .iter()
        .map(|entry| entry.repetition)
        .collect();
    assert_eq!(repetitions, [1, 1, 2, 1, 3, 1]);
    world.stop().await;
}

#[tokio::test]
async fn an_entry_tells_who_sent_what_to_whom() {
    let world = World::with(SimConfig {
        keep_bodies: true,
        ..config()
    })
    .await;
    let message = receipt("+226 70 00 00 01", "a");
    let wamid = world.accepted(&message).await;
    let ledger = world.sim.ledger();
    let entry = &ledger[0];
    assert_eq!(entry.wamid, wamid);
    assert_eq!(entry.input, "+226 70 00 00 01");
    assert_eq!(entry.wa_id.as_deref(), Some("22670000001"));
    assert_eq!(entry.template.as_deref(), Some("ticket_de_caisse"));
    assert_eq!(entry.category, "utility");
    let kept: Value = serde_json::from_str(entry.body.as_ref().unwrap().get()).unwrap();
    assert_eq!(kept, message);
    assert!(!format!("{entry:?}").contains("22670000001"));
    world.stop().await;
}

#[tokio::test]
async fn the_file_is_read_back_and_a_line_without_its_end_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ledger.jsonl");
    let with_file = || SimConfig {
        ledger_file: Some(file.clone()),
        ..config()
    };
    let world = World::with(with_file()).await;
    world
        .sim
        .script(Script::always(Fault::CutAfterAcceptance).times(1));
    world
        .send_raw(&receipt("+22670000001", "cut"))
        .await
        .unwrap_err();
    world.accepted(&receipt("+22670000001", "a")).await;
    // Both are in the file although the simulator was not stopped.
    assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 2);
    world.stop().await;

    let mut torn = std::fs::OpenOptions::new()
        .append(true)
        .open(&file)
        .unwrap();
    torn.write_all(b"{\"sequence\":3,\"accep").unwrap();
    let world = World::with(with_file()).await;
    world.accepted(&receipt("+22670000001", "a")).await;
    let summary = world.sim.summary();
    assert_eq!((summary.accepted, summary.repeated_opaque_ids), (3, 1));
    assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 3);
    world.stop().await;
}

#[tokio::test]
async fn the_ledger_is_read_in_pages_over_http() {
    let world = World::start().await;
    for number in 0..5 {
        world
            .accepted(&receipt("+22670000001", &number.to_string()))
            .await;
    }
    let mut after = Some(0);
    let mut seen = Vec::new();
    while let Some(from) = after {
        let (_, page) = world
            .get(&format!("/sim/ledger?after={from}&limit=2"))
            .await;
        assert_eq!(page["summary"]["accepted"], 5);
        for entry in page["entries"].as_array().unwrap() {
            seen.push(
                entry["biz_opaque_callback_data"]
                    .as_str()
                    .unwrap()
                    .to_owned(),
            );
        }
        after = page["next_after"].as_u64();
    }
    assert_eq!(seen, ["0", "1", "2", "3", "4"]);
    let (_, one) = world.get("/sim/ledger?biz_opaque_callback_data=3").await;
    assert_eq!(one["entries"][0]["sequence"], json!(4));
    world.stop().await;
}
