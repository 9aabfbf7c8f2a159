//! The limits of each field, and that the stored content equals the content that is sent to Meta.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{FileId, FreeForm};
use crate::ids::MediaId;
use crate::media::MediaKind;

fn read(content: Value) -> FreeForm {
    serde_json::from_value(content).unwrap()
}

/// The pointers of the faults.
fn faults(content: Value) -> Vec<String> {
    let faults = read(content).faults();
    faults.into_iter().map(|fault| fault.pointer).collect()
}

fn buttons(replies: &[(&str, &str)]) -> Value {
    let buttons: Vec<Value> = replies
        .iter()
        .map(|(id, title)| json!({"type": "reply", "reply": {"id": id, "title": title}}))
        .collect();
    json!({"interactive": {"type": "button", "body": {"text": "Confirmer ?"}, "action": {"buttons": buttons}}})
}

fn list(sections: Value) -> Value {
    let mut list = json!({"interactive": {"type": "list", "body": {"text": "Que voulez-vous ?"},
        "action": {"button": "Choisir"}}});
    list["interactive"]["action"]["sections"] = sections;
    list
}

fn link(url: &str) -> Value {
    json!({"interactive": {"type": "cta_url", "body": {"text": "Votre commande"},
        "action": {"name": "cta_url", "parameters": {"display_text": "Suivre", "url": url}}}})
}

/// Our id of a file.
const FILE: &str = "01993c2f-8a00-7000-8000-000000000007";

fn ticket(caption: &str, filename: &str) -> Value {
    json!({"document": {"id": FILE, "caption": caption, "filename": filename}})
}

fn row(id: &str) -> Value {
    json!({"id": id, "title": "Facture"})
}

#[test]
fn what_is_stored_is_what_was_said() {
    for content in [
        json!({"text": {"body": "Bonjour", "preview_url": true}}),
        json!({"location": {"latitude": 12.37, "longitude": -1.52, "name": "Boutique Faso"}}),
        buttons(&[("yes", "Oui"), ("no", "Non")]),
        list(json!([{"rows": [{"id": "s1", "title": "Facture", "description": "La dernière"}]}])),
        link("https://boutique.example/suivi/4711"),
        ticket("Merci Awa !", "ticket-2041.pdf"),
        json!({"document": {"id": FILE}}),
        json!({"image": {"id": FILE, "caption": "La taille 42"}}),
        json!({"video": {"id": FILE}}),
        json!({"interactive": {"type": "button", "header": {"type": "text", "text": "Livraison"},
            "body": {"text": "Demain ?"}, "footer": {"text": "Boutique Faso"},
            "action": {"buttons": [{"type": "reply", "reply": {"id": "1", "title": "Oui"}}]}}}),
    ] {
        let read = read(content.clone());
        assert_eq!(read.faults(), [], "{content}");
        assert_eq!(serde_json::to_value(&read).unwrap(), content);
    }
}

#[test]
fn a_text_has_1_to_4096_characters() {
    let text = |body: &str| json!({"text": {"body": body}});
    assert!(faults(text(&"é".repeat(4_096))).is_empty());
    for wrong in ["", " \n", &"é".repeat(4_097)] {
        assert_eq!(faults(text(wrong)), ["/text/body"]);
    }
}

#[test]
fn a_place_lies_on_the_globe() {
    let place = |latitude: f64, longitude: f64| {
        faults(json!({"location": {"latitude": latitude, "longitude": longitude}}))
    };
    assert!(place(-90.0, 180.0).is_empty());
    assert_eq!(place(90.1, 0.0), ["/location/latitude"]);
    assert_eq!(place(0.0, -180.1), ["/location/longitude"]);
}

#[test]
fn buttons_are_one_to_three_and_differ() {
    assert_eq!(faults(buttons(&[])), ["/interactive/action/buttons"]);
    let four = [("1", "Un"), ("2", "Deux"), ("3", "Trois"), ("4", "Quatre")];
    assert_eq!(faults(buttons(&four)), ["/interactive/action/buttons"]);
    let id = "/interactive/action/buttons/1/reply/id";
    let title = "/interactive/action/buttons/1/reply/title";
    assert_eq!(faults(buttons(&[("1", "Oui"), ("1", "Non")])), [id]);
    assert_eq!(faults(buttons(&[("1", "Oui"), ("2", "Oui")])), [title]);
    assert_eq!(faults(buttons(&[("1", "Oui"), (" 2", "Non")])), [id]);
    assert_eq!(
        faults(buttons(&[("1", "Oui"), (&"2".repeat(257), "Non")])),
        [id]
    );
    assert_eq!(
        faults(buttons(&[("1", "Oui"), ("2", &"n".repeat(21))])),
        [title]
    );
}

#[test]
fn a_list_has_at_most_ten_rows_with_ids_of_their_own() {
    let rows = |count: usize| {
        (0..count)
            .map(|id| row(&id.to_string()))
            .collect::<Vec<_>>()
    };
    assert!(faults(list(json!([{"rows": rows(10)}]))).is_empty());
    let sections = "/interactive/action/sections";
    assert_eq!(faults(list(json!([{"rows": rows(11)}]))), [sections]);
    assert_eq!(faults(list(json!([]))), [sections]);
    assert_eq!(
        faults(list(json!([{"rows": []}]))),
        [format!("{sections}/0/rows")]
    );
    let twice =
        list(json!([{"title": "A", "rows": [row("1")]}, {"title": "B", "rows": [row("1")]}]));
    assert_eq!(faults(twice), [format!("{sections}/1/rows/0/id")]);
    let unnamed = list(json!([{"title": "A", "rows": [row("1")]}, {"rows": [row("2")]}]));
    assert_eq!(faults(unnamed), [format!("{sections}/1/title")]);
    let long = json!([{"title": "t".repeat(25), "rows": [
        {"id": "i".repeat(201), "title": "t".repeat(25), "description": "d".repeat(73)}]}]);
    let place = |field| format!("{sections}/0/{field}");
    let expected = ["title", "rows/0/id", "rows/0/title", "rows/0/description"].map(place);
    assert_eq!(faults(list(long)), expected);
}

#[test]
fn a_link_leads_to_the_web() {
    let url = "/interactive/action/parameters/url";
    for wrong in [
        "ftp://boutique.example",
        "https://",
        "boutique.example",
        "https://a b",
    ] {
        assert_eq!(faults(link(wrong)), [url], "{wrong}");
    }
}

#[test]
fn what_stands_around_the_buttons_fits() {
    let mut message = buttons(&[("1", "Oui")]);
    message["interactive"]["header"] = json!({"type": "text", "text": "h".repeat(61)});
    message["interactive"]["body"]["text"] = json!("b".repeat(1_025));
    message["interactive"]["footer"] = json!({"text": "f".repeat(61)});
    let expected = ["header", "body", "footer"].map(|part| format!("/interactive/{part}/text"));
    assert_eq!(faults(message), expected);
}

#[test]
fn a_caption_has_1_to_1024_characters() {
    for kind in ["document", "image", "video"] {
        let captioned = |caption: &str| {
            let mut content = json!({});
            content[kind] = json!({"id": FILE, "caption": caption});
            faults(content)
        };
        assert!(captioned(&"é".repeat(1_024)).is_empty());
        for wrong in ["", " \n", &"é".repeat(1_025)] {
            assert_eq!(captioned(wrong), [format!("/{kind}/caption")]);
        }
    }
}

#[test]
fn a_document_has_a_name_without_slashes() {
    for wrong in ["", "a/b.pdf", "a\nb.pdf", &"n".repeat(129)] {
        assert_eq!(faults(ticket("Merci", wrong)), ["/document/filename"]);
    }
}

#[test]
fn only_a_document_without_a_name_takes_that_of_its_file() {
    let named = |content: Value| {
        let content = read(content).named(Some("ticket.pdf"));
        serde_json::to_value(content).unwrap()
    };
    let unnamed = json!({"document": {"id": FILE}});
    assert_eq!(named(unnamed.clone())["document"]["filename"], "ticket.pdf");
    for as_it_was in [
        ticket("Merci", "Reçu.pdf"),
        json!({"image": {"id": FILE}}),
        json!({"text": {"body": "Bonjour", "preview_url": false}}),
    ] {
        assert_eq!(named(as_it_was.clone()), as_it_was);
    }
    assert_eq!(read(unnamed.clone()).named(None), read(unnamed));
}

#[test]
fn a_file_is_ours_until_it_is_posted_and_then_metas() {
    let ours: MediaId = FILE.parse().unwrap();
    let theirs = "1037543291543636".parse().unwrap();
    for kind in MediaKind::ALL {
        let mut content = json!({});
        content[kind.as_str()] = json!({"id": FILE, "caption": FILE});
        let stored = read(content);
        assert_eq!(
            (stored.kind(), stored.media()),
            (kind.as_str(), Some((kind, ours)))
        );

        let mut of_another = stored.clone();
        of_another.put_meta_id(MediaId::from_uuid(uuid::Uuid::from_u128(8)), &theirs);
        assert_eq!(of_another, stored);

        let mut posted = stored;
        posted.put_meta_id(ours, &theirs);
        assert_eq!(posted.media(), None);
        let posted = serde_json::to_value(posted).unwrap();
        assert_eq!(
            posted[kind.as_str()],
            json!({"id": "1037543291543636", "caption": FILE})
        );
    }
    let text = read(json!({"text": {"body": FILE}}));
    assert_eq!(text.media(), None);
}

#[test]
fn a_file_is_named_by_an_id_and_by_nothing_else() {
    for wrong in [
        "",
        "ticket.pdf",
        "-1",
        "https://boutique.example/ticket.pdf",
    ] {
        assert!(
            serde_json::from_value::<FileId>(json!(wrong)).is_err(),
            "{wrong}"
        );
    }
}

#[test]
fn nothing_said_is_printed() {
    let printed = format!(
        "{:?}",
        read(json!({"text": {"body": "Votre solde : 12 500"}}))
    );
    assert!(
        printed.contains("text") && !printed.contains("solde"),
        "{printed}"
    );
}

proptest! {
    #[test]
    fn a_fault_names_a_field_and_repeats_nothing(body in "[a-z]{4097,4100}") {
        let faults = read(json!({"text": {"body": body}})).faults();
        prop_assert_eq!(faults.len(), 1);
        let begin: String = body.chars().take(8).collect();
        prop_assert!(!faults[0].detail.contains(&begin));
    }
}
