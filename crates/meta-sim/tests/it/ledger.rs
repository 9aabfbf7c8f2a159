//! The ledger counts accepted messages, and survives the simulator.

use std::io::Write;
use std::path::Path;
use std::time::Duration;

use meta_sim::{Fault, Script, SimConfig, WebhookBehaviour, sample};
use serde_json::{Value, json};

use crate::fixture::{Fixture, messages_path, receipt};

fn config() -> SimConfig {
    SimConfig {
        behaviour: WebhookBehaviour::quick(),
        ..SimConfig::default()
    }
}

#[tokio::test]
async fn repeated_acceptances_are_in_the_summary() {
    let fixture = Fixture::start().await;
    for opaque in ["a", "b", "a", "c", "a"] {
        fixture.accepted(&receipt("+22670000001", opaque)).await;
    }
    let mut nameless = receipt("+22670000001", "");
    nameless
        .as_object_mut()
        .unwrap()
        .remove("biz_opaque_callback_data");
    fixture.accepted(&nameless).await;
    fixture.refused(&receipt("+22670999929", "d")).await;
    let summary = fixture.sim.summary();
    assert_eq!(summary.accepted, 6);
    assert_eq!(summary.distinct_opaque_ids, 3);
    assert_eq!(summary.without_opaque_id, 1);
    assert_eq!(summary.repeated_opaque_ids, 1);
    assert_eq!(summary.repeated, [("a".to_owned(), 3)]);
    let repetitions: Vec<u32> = fixture
        .sim
        .ledger()
        .iter()
        .map(|entry| entry.repetition)
        .collect();
    assert_eq!(repetitions, [1, 1, 2, 1, 3, 1]);
    fixture.stop().await;
}

#[tokio::test]
async fn an_entry_has_sender_recipient_and_content() {
    let fixture = Fixture::with(SimConfig {
        keep_bodies: true,
        ..config()
    })
    .await;
    let message = receipt("+226 70 00 00 01", "a");
    let wamid = fixture.accepted(&message).await;
    let ledger = fixture.sim.ledger();
    let entry = &ledger[0];
    assert_eq!(entry.wamid, wamid);
    assert_eq!(entry.input, "+226 70 00 00 01");
    assert_eq!(entry.wa_id.as_deref(), Some("22670000001"));
    assert_eq!(entry.template.as_deref(), Some("ticket_de_caisse"));
    assert_eq!(entry.category, "utility");
    let kept: Value = serde_json::from_str(entry.body.as_ref().unwrap().get()).unwrap();
    assert_eq!(kept, message);
    assert!(!format!("{entry:?}").contains("22670000001"));
    fixture.stop().await;
}

#[tokio::test]
async fn a_body_of_several_lines_is_kept_in_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ledger.jsonl");
    let fixture = Fixture::with(SimConfig {
        keep_bodies: true,
        ledger_file: Some(file.clone()),
        ..config()
    })
    .await;
    let message = receipt("+22670000001", "a");
    let request = fixture
        .http
        .post(fixture.url(&messages_path()))
        .bearer_auth(sample::TOKEN)
        .body(serde_json::to_string_pretty(&message).unwrap());
    assert_eq!(request.send().await.unwrap().status().as_u16(), 200);
    assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 1);
    let streamed = lines(&fixture, "/sim/ledger/entries").await;
    assert_eq!(streamed[0]["body"], message);
    fixture.stop().await;
}

#[tokio::test]
async fn the_file_is_read_back_and_a_line_without_its_end_is_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ledger.jsonl");
    let with_file = || SimConfig {
        ledger_file: Some(file.clone()),
        ..config()
    };
    let fixture = Fixture::with(with_file()).await;
    fixture
        .sim
        .script(Script::always(Fault::CutAfterAcceptance).times(1));
    fixture
        .send_raw(&receipt("+22670000001", "cut"))
        .await
        .unwrap_err();
    fixture.accepted(&receipt("+22670000001", "a")).await;
    // Both are in the file although the simulator was not stopped.
    assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 2);
    fixture.stop().await;

    let mut torn = std::fs::OpenOptions::new()
        .append(true)
        .open(&file)
        .unwrap();
    torn.write_all(b"{\"sequence\":3,\"accep").unwrap();
    let fixture = Fixture::with(with_file()).await;
    fixture.accepted(&receipt("+22670000001", "a")).await;
    let summary = fixture.sim.summary();
    assert_eq!((summary.accepted, summary.repeated_opaque_ids), (3, 1));
    assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 3);
    fixture.stop().await;
}

#[tokio::test]
async fn the_ledger_is_read_in_pages_over_http() {
    let fixture = Fixture::start().await;
    for number in 0..5 {
        fixture
            .accepted(&receipt("+22670000001", &number.to_string()))
            .await;
    }
    let mut after = Some(0);
    let mut seen = Vec::new();
    while let Some(from) = after {
        let (_, page) = fixture
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
    let (_, one) = fixture.get("/sim/ledger?biz_opaque_callback_data=3").await;
    assert_eq!(one["entries"][0]["sequence"], json!(4));
    fixture.stop().await;
}

/// The lines of a streamed answer.
async fn lines(fixture: &Fixture, path: &str) -> Vec<Value> {
    let response = fixture.http.get(fixture.url(path)).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/x-ndjson");
    let text = response.text().await.unwrap();
    assert!(text.is_empty() || text.ends_with('\n'));
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[tokio::test]
async fn a_message_is_one_line_however_often_it_was_accepted() {
    let fixture = Fixture::start().await;
    fixture
        .sim
        .script(Script::always(Fault::CutAfterAcceptance).times(1));
    fixture
        .send_raw(&receipt("+22670000001", "twice"))
        .await
        .unwrap_err();
    fixture.accepted(&receipt("+22670000002", "once")).await;
    fixture.accepted(&receipt("+22670000001", "twice")).await;
    let elsewhere = format!("/v25.0/{}/messages", sample::HIGH_PHONE_NUMBER_ID);
    let (status, _) = fixture
        .post(&elsewhere, &receipt("+22670000001", "twice"))
        .await;
    assert_eq!(status, 200);

    let messages = lines(&fixture, "/sim/ledger/messages").await;
    let entries = lines(&fixture, "/sim/ledger/entries").await;
    assert_eq!((messages.len(), entries.len()), (2, 4));
    let twice = &messages[0];
    assert_eq!(twice["biz_opaque_callback_data"], "twice");
    assert_eq!(twice["times"], 3);
    assert_eq!(twice["answered"], json!(["cut", "fully", "fully"]));
    assert_eq!(
        twice["phone_number_ids"],
        json!([sample::PHONE_NUMBER_ID, sample::HIGH_PHONE_NUMBER_ID])
    );
    assert_eq!(twice["first_accepted_at_ms"], entries[0]["accepted_at_ms"]);
    assert_eq!(twice["last_accepted_at_ms"], entries[3]["accepted_at_ms"]);
    assert_eq!(messages[1]["times"], 1);
    assert!(!messages.iter().any(|m| m.to_string().contains("7000000")));
    let of_library = serde_json::to_value(fixture.sim.accepted_messages()).unwrap();
    assert_eq!(of_library, json!(messages));
    assert_eq!(
        lines(&fixture, "/sim/ledger/entries?after=4").await.len(),
        0
    );
    fixture.stop().await;
}

/// A ledger file of this many entries, one per millisecond.
fn long_ledger(file: &Path, entries: i64) {
    let mut file = std::io::BufWriter::new(std::fs::File::create(file).unwrap());
    for n in 1..=entries {
        let line = json!({
            "sequence": n, "accepted_at_ms": n, "biz_opaque_callback_data": format!("m-{n}"),
            "repetition": 1, "phone_number_id": sample::PHONE_NUMBER_ID,
            "input": format!("+226{n:08}"), "wa_id": format!("226{n:08}"),
            "user_id": format!("BF.{n}"), "wamid": format!("wamid.{n}"), "type": "template",
            "template": "ticket_de_caisse", "category": "utility", "answered": "fully",
        });
        writeln!(file, "{line}").unwrap();
    }
}

#[tokio::test]
async fn a_ledger_longer_than_its_pages_is_streamed_whole_and_in_order() {
    const ENTRIES: i64 = 20_000;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ledger.jsonl");
    long_ledger(&file, ENTRIES);
    let fixture = Fixture::with(SimConfig {
        ledger_file: Some(file.clone()),
        ..config()
    })
    .await;
    for path in ["/sim/ledger/entries", "/sim/ledger/messages"] {
        let lines = lines(&fixture, path).await;
        let ids = lines.iter().map(|line| &line["biz_opaque_callback_data"]);
        let wanted = (1..=ENTRIES).map(|n| json!(format!("m-{n}")));
        assert!(ids.eq(&wanted.collect::<Vec<_>>()), "{path}");
    }
    let from_file = std::fs::read_to_string(&file).unwrap();
    let from_file = from_file
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let streamed = lines(&fixture, "/sim/ledger/entries").await;
    assert_eq!(streamed, from_file.collect::<Vec<Value>>());
    fixture.stop().await;
}

#[tokio::test]
async fn the_fastest_second_of_a_number_is_counted_from_the_ledger() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ledger.jsonl");
    long_ledger(&file, 5_000);
    let fixture = Fixture::with(SimConfig {
        ledger_file: Some(file),
        ..config()
    })
    .await;
    let path = format!(
        "/sim/ledger/send-rate?phone_number_id={}",
        sample::PHONE_NUMBER_ID
    );
    let (status, send_rate) = fixture.get(&path).await;
    assert_eq!(status, 200);
    assert_eq!(send_rate["accepted"], 5_000);
    assert_eq!(
        (&send_rate["most"], &send_rate["most_from_ms"]),
        (&json!(1_000), &json!(1))
    );
    assert_eq!(
        (&send_rate["from_ms"], &send_rate["until_ms"]),
        (&json!(1), &json!(5_000))
    );
    let (_, tenth) = fixture.get(&format!("{path}&window_ms=100")).await;
    assert_eq!(tenth["most"], 100);
    let second = Duration::from_secs(1);
    let other = fixture.sim.send_rate(sample::HIGH_PHONE_NUMBER_ID, second);
    assert_eq!((other.most, other.most_from_ms), (0, None));
    assert_eq!(
        fixture
            .get("/sim/ledger/send-rate?phone_number_id=1")
            .await
            .0,
        400
    );
    fixture.stop().await;
}
