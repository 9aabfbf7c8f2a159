//! Tests that an opt-out is not lost by errors next to it: ten thousand mutations of the fixtures.
//!
//! A mutation changes neither the opt-out nor the number that it was sent to. If the brackets around both are still
//! balanced, the opt-out has to be read; otherwise it is read, or its webhook is quarantined.

use std::ops::Range;

use proptest::prelude::*;

use super::tests::{contents, fixtures, read_bytes, with};

const WAMID: &str = "wamid.STOP";
const STOP: &str = r#"{"from":"22670000001","id":"wamid.STOP","timestamp":"1750030074","type":"text","text":{"body":"STOP"}}"#;
/// The beginning of the number of a value, which comes before the messages.
const NUMBER: &str = r#""metadata":"#;

/// Replacement values.
const JUNK: [&str; 16] = [
    "null",
    "{}",
    "[]",
    "7",
    "-1",
    "1e400",
    "8210266876799999",
    "1750030073.5",
    "true",
    r#""""#,
    r#""\ud800""#,
    r#""\u0000""#,
    "[null]",
    "[[{}]]",
    r#"{"a":{"b":[]}}"#,
    "nonsense",
];

/// A body that contains an opt-out.
struct Sample {
    bytes: Vec<u8>,
    /// The range of the opt-out.
    stop: Range<usize>,
    /// The range of the number, with its key.
    number: Range<usize>,
}

#[derive(Debug, Clone)]
enum Mutation {
    /// Replaces a byte.
    Replace(u8),
    /// Removes bytes.
    Remove(usize),
    /// Inserts a byte.
    Insert(u8),
    /// Replaces a value.
    Value(&'static str),
    /// Inserts a member before a key.
    Member(&'static str, &'static str),
}

/// Inserts the opt-out among inbound messages: next to one, or in a change of its own.
fn samples() -> Vec<Sample> {
    let samples = fixtures().into_iter().map(|(_, body)| {
        let body = body.trim_end();
        let of_messages = r#"},"field":"messages"}"#;
        if body.contains(r#""messages":["#) {
            return Sample::of(&body.replacen(
                r#""messages":["#,
                &format!(r#""messages":[{STOP},"#),
                1,
            ));
        }
        if body.contains(of_messages) {
            let with_messages = format!(r#","messages":[{STOP}]{of_messages}"#);
            return Sample::of(&body.replacen(of_messages, &with_messages, 1));
        }
        let value = with(&format!(r#""messages":[{STOP}]"#));
        let changes = body.strip_suffix("]}]}").unwrap();
        Sample::of(&format!(
            r#"{changes},{{"value":{value},"field":"messages"}}]}}]}}"#
        ))
    });
    samples.collect()
}

impl Sample {
    fn of(body: &str) -> Self {
        let stop = body.find(STOP).unwrap();
        let (before, _) = body.split_at(stop);
        let begin = before.rfind(NUMBER).unwrap();
        let (_, number) = before.split_at(begin);
        let end = begin + number.find('}').unwrap() + 1;
        Self {
            stop: stop..stop + STOP.len(),
            number: begin..end,
            bytes: body.as_bytes().to_vec(),
        }
    }

    /// The body after a mutation at an index outside of the opt-out and the number.
    fn mutated(&self, at: usize, mutation: &Mutation) -> Option<Vec<u8>> {
        let at = at % self.bytes.len();
        let (gone, new): (Range<usize>, Vec<u8>) = match mutation {
            Mutation::Replace(byte) => (at..at + 1, vec![*byte]),
            Mutation::Remove(count) => (at..(at + count).min(self.bytes.len()), Vec::new()),
            Mutation::Insert(byte) => (at..at, vec![*byte]),
            Mutation::Value(junk) => {
                let begin = at + self.bytes[at..].iter().position(|byte| *byte == b':')? + 1;
                let mut values = serde_json::Deserializer::from_slice(&self.bytes[begin..])
                    .into_iter::<serde::de::IgnoredAny>();
                values.next()?.ok()?;
                (
                    begin..begin + values.byte_offset(),
                    junk.as_bytes().to_vec(),
                )
            }
            Mutation::Member(key, junk) => {
                let begin = at + self.bytes[at..].iter().position(|byte| *byte == b'{')? + 1;
                let rest = self.bytes.get(begin)?;
                let comma = if *rest == b'}' { "" } else { "," };
                (
                    begin..begin,
                    format!(r#""{key}":{junk}{comma}"#).into_bytes(),
                )
            }
        };
        let touches = |kept: &Range<usize>| {
            gone.start < kept.end && kept.start < gone.end
                || gone.is_empty() && kept.start < gone.start && gone.start < kept.end
        };
        if touches(&self.stop) || touches(&self.number) {
            return None;
        }
        let mut bytes = self.bytes.clone();
        bytes.splice(gone, new);
        Some(bytes)
    }
}

/// The open brackets at the opt-out and at the number, if the whole text is balanced.
fn nesting(text: &str) -> Option<(Vec<usize>, Vec<usize>)> {
    let stop = text.find(STOP)?;
    let number = text.split_at(stop).0.rfind(NUMBER)?;
    let (mut open, mut in_text, mut at) = (Vec::new(), false, 0);
    let (mut at_stop, mut at_number) = (None, None);
    let bytes = text.as_bytes();
    while at < bytes.len() {
        if !in_text && at == stop {
            at_stop = Some(open.clone());
        }
        if !in_text && at == number {
            at_number = Some(open.clone());
        }
        match bytes[at] {
            b'"' => in_text = !in_text,
            b'\\' if in_text => at += 1,
            b'{' | b'[' if !in_text => open.push(at),
            close @ (b'}' | b']') if !in_text => {
                let opened = bytes[open.pop()?];
                if (opened == b'{') != (close == b'}') {
                    return None;
                }
            }
            _ => {}
        }
        at += 1;
    }
    (open.is_empty() && !in_text).then_some(())?;
    Some((at_stop?, at_number?))
}

/// Whether the JSON around the opt-out is balanced: the opt-out is in a list of the object with the number, which is
/// the value of a change of an entry of the body.
fn closes(bytes: &[u8]) -> bool {
    // An invalid character has another length than its replacement.
    let text = String::from_utf8_lossy(bytes);
    let kinds =
        |open: &[usize]| -> Vec<u8> { open.iter().map(|at| text.as_bytes()[*at]).collect() };
    nesting(&text).is_some_and(|(stop, number)| {
        stop.len() == 7 && stop[..6] == number[..] && kinds(&stop) == *b"{[{[{{["
    })
}

fn mutations() -> impl Strategy<Value = Mutation> {
    let structure = prop::sample::select(b"{}[]\",:\\ u0\n\xff\x00e-.".to_vec());
    let byte = prop_oneof![any::<u8>(), structure];
    let junk = || prop::sample::select(JUNK.to_vec());
    let keys = [
        "contacts",
        "statuses",
        "errors",
        "messages",
        "user_preferences",
        "field",
        "id",
        "time",
        "new",
    ];
    prop_oneof![
        3 => byte.clone().prop_map(Mutation::Replace),
        2 => (1_usize..40).prop_map(Mutation::Remove),
        2 => byte.prop_map(Mutation::Insert),
        3 => junk().prop_map(Mutation::Value),
        2 => (prop::sample::select(keys.to_vec()), junk())
            .prop_map(|(key, junk)| Mutation::Member(key, junk)),
    ]
}

#[test]
fn ten_thousand_mutations_cost_no_opt_out() {
    let samples = samples();
    let config = ProptestConfig {
        max_global_rejects: 100_000,
        failure_persistence: None,
        // A fixed seed: tests must not fail by chance.
        rng_seed: proptest::test_runner::RngSeed::Fixed(20_261_130),
        ..ProptestConfig::with_cases(10_000)
    };
    proptest!(config, |(index: prop::sample::Index, at: prop::sample::Index, mutation in mutations())| {
        let sample = &samples[index.index(samples.len())];
        let mutated = sample.mutated(at.index(sample.bytes.len()), &mutation);
        prop_assume!(mutated.is_some());
        let mutated = mutated.unwrap();
        let translated = read_bytes(&mutated);
        let contents = contents(&translated);
        let stops = contents.iter().filter(|content| content.wamid == WAMID && content.words == ["STOP"]).count();
        let body = String::from_utf8_lossy(&mutated).into_owned();
        if closes(&mutated) {
            prop_assert_eq!(stops, 1, "{:?} {}", mutation, body);
        } else {
            prop_assert!(stops == 1 || !translated.unreadable.is_empty(), "{:?} {}", mutation, body);
        }
    });
}

#[test]
fn the_samples_themselves_close() {
    for sample in samples() {
        assert!(
            closes(&sample.bytes),
            "{}",
            String::from_utf8_lossy(&sample.bytes)
        );
    }
}
