//! The search finds every encoding and reports no accidental match.

use super::*;
use base64::engine::general_purpose::STANDARD;

const NAME: &str = "Zénabo Kanarivo";

fn is_found(canary: &Canary, bytes: impl AsRef<[u8]>) -> bool {
    let search = Search::new(vec![canary.clone()]).unwrap();
    let planted = [b"before: ".as_slice(), bytes.as_ref(), b"; after"].concat();
    assert_eq!(search.within("clean", b"before: ; after"), []);
    !search.within("planted", &planted).is_empty()
}

#[test]
fn a_number_is_found_in_every_notation() {
    let canary = Canary::phone("the client's number", "70918273");
    for text in [
        "70918273",
        "+22670918273",
        "0022670918273",
        "+226 70 91 82 73",
        "70 91 82 73",
        "%2B22670918273",
    ] {
        assert!(is_found(&canary, text), "{text}");
    }
    assert!(is_found(&canary, hex::encode("22670918273")));
}

#[test]
fn eight_digits_inside_another_number_are_an_accident() {
    let canary = Canary::phone("the client's number", "70918273");
    assert!(!is_found(&canary, "1709182734"));
    assert!(!is_found(&canary, "\"id\":\"ab70918273cd\""));
}

#[test]
fn an_accident_does_not_hide_what_follows_it() {
    let canary = Canary::phone("the client's number", "70918273");
    assert!(is_found(&canary, "1709182734 and 70918273"));
}

#[test]
fn a_name_is_found_in_every_encoding() {
    let canary = Canary::text("the client's name", NAME);
    let latin_1: Vec<u8> = NAME
        .chars()
        .map(|letter| u8::try_from(u32::from(letter)).unwrap())
        .collect();
    assert!(is_found(&canary, NAME));
    assert!(is_found(&canary, latin_1));
    assert!(is_found(&canary, "Z\\u00e9nabo Kanarivo"));
    assert!(is_found(&canary, "Z%C3%A9nabo%20Kanarivo"));
    assert!(is_found(&canary, hex::encode_upper(NAME)));
}

#[test]
fn base64_is_found_at_each_alignment() {
    let canary = Canary::text("the code", "KANARI-918273");
    for before in ["", "x", "xy", "xyz"] {
        let whole = format!("{before}KANARI-918273 and more");
        assert!(is_found(&canary, STANDARD.encode(&whole)), "{before}");
    }
}

#[test]
fn a_wamid_is_found_by_what_it_contains() {
    let inner = [
        b"\x1c\x18\x0b".as_slice(),
        b"22670918273",
        b"\x15\x02\x00\x11\x18\x12ABCDEF0123456789AB\x00",
    ]
    .concat();
    let wamid = format!("wamid.{}", STANDARD.encode(&inner));
    let canary = Canary::wamid("Meta's id", &wamid);
    assert!(is_found(&canary, &wamid));
    assert!(is_found(&canary, wamid.trim_start_matches("wamid.")));
    assert!(is_found(&canary, &inner));
    assert!(is_found(&canary, hex::encode(&inner)));
    // The number inside is found by the number's own canary, too.
    assert!(is_found(
        &Canary::phone("the client's number", "70918273"),
        &inner
    ));
    assert!(is_found(
        &Canary::phone("the client's number", "70918273"),
        &wamid
    ));
}

#[test]
fn a_find_says_what_and_where_and_not_more() {
    let search = Search::new(vec![Canary::phone("the number", "70918273")]).unwrap();
    let found = search.within("the log of the sender", b"to=22670918273");
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].what.as_str(), found[0].location.as_str()),
        ("the number", "the log of the sender")
    );
}
