//! Words that were replaced by the field's terms do not come back as identifiers (docs/glossary.md).

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Identifiers of code, settings, metrics and tables, as whole words.
const RETIRED: [&str; 63] = [
    "Blows",
    "ConsentTick",
    "CreatingCall",
    "Dialer",
    "HalfOpen",
    "KeyOfAnother",
    "LeftOut",
    "LookupDomain",
    "MediaRoom",
    "NewEvent",
    "NumberPace",
    "NumberToAsk",
    "PaceRules",
    "PairSettings",
    "Passes",
    "Pile",
    "ReleaseSettings",
    "RereadSettings",
    "STAND_STILL",
    "SetAside",
    "SetAsideMessage",
    "SlotGiver",
    "TooLate",
    "Turns",
    "VOID_WAIT",
    "VisualToSend",
    "claim_gather_ms",
    "consent_tick",
    "djigbachats_gateway_accept_turned_away_total",
    "djigbachats_sender_given_back_places_total",
    "djigbachats_sender_pair_waits_total",
    "djigbachats_sender_pass_failures_total",
    "djigbachats_sender_void_slots_total",
    "durably",
    "first_bytes",
    "hand_out",
    "judged_from",
    "left_out",
    "limits_told_at",
    "media_room_bytes",
    "minds_opt_outs",
    "number_paces",
    "pace_horizon_ms",
    "pace_share",
    "pace_slot_ms",
    "pair_waits",
    "parked_statuses",
    "pass_failures",
    "quotable",
    "reached_counts",
    "reached_recipients",
    "record_gather_ms",
    "reread_asked_at",
    "rereads",
    "seen_updates",
    "set_aside",
    "stamp_consent",
    "status_told_at",
    "struck",
    "ticked",
    "tills",
    "turned_away",
    "void_slots",
];

#[test]
fn retired_words_are_no_identifiers() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files = Vec::new();
    for folder in ["crates", "deploy", "proto-schemas", "scripts"] {
        collect(&root.join(folder), &mut files);
    }
    assert!(files.len() > 500, "the tree was read");
    let found: Vec<String> = files.iter().flat_map(|file| retired_in(file)).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Code, migrations, settings and scripts.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && !["target", "node_modules"].contains(&name) {
            collect(&path, files);
        }
        let extension = path.extension().and_then(|extension| extension.to_str());
        let is_read = matches!(
            extension,
            Some("rs" | "sql" | "yml" | "env" | "proto" | "sh")
        );
        if path.is_file() && is_read && name != "retired_words.rs" {
            files.push(path);
        }
    }
}

fn retired_in(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap();
    let is_of_word = |sign: char| sign.is_ascii_alphanumeric() || sign == '_';
    let code = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("//") && !line.trim_start().starts_with('#'));
    let words: BTreeSet<&str> = code
        .flat_map(|line| line.split(|sign| !is_of_word(sign)))
        .collect();
    let retired = RETIRED.into_iter().filter(|word| words.contains(word));
    retired
        .map(|word| format!("{}: {word}", file.display()))
        .collect()
}
