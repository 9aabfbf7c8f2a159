//! Tests of the person of an item, by the evidence of the item itself.

use common::wire::{
    EventKind, Identity, IdentityChangeKind, InboundContent, PreferenceDetail, StatusDetail,
};

use super::tests::{body_of, contents, opened, read, with};

fn identity(wa_id: &str, user_id: &str) -> Identity {
    let some = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Identity {
        wa_id: some(wa_id),
        user_id: some(user_id),
        parent_user_id: None,
    }
}

/// The only message of a value.
fn only(items: &str) -> InboundContent {
    let translated = read(&body_of("messages", &with(items)));
    assert_eq!(translated.unreadable.to_string(), "cannot be read:");
    let mut contents = contents(&translated);
    assert_eq!(contents.len(), 1);
    contents.remove(0)
}

fn message(sender: &str) -> String {
    format!(
        r#""messages":[{{{sender},"id":"wamid.B","timestamp":"1","type":"text","text":{{"body":"x"}}}}]"#
    )
}

#[test]
fn a_number_may_be_a_number_and_a_user_id_may_stand_in_its_place() {
    for (sender, expected) in [
        (r#""from":"22670000001""#, identity("22670000001", "")),
        (r#""from":22670000001"#, identity("22670000001", "")),
        (r#""from":2.2670000001e10"#, identity("22670000001", "")),
        (r#""from":"+22670000001""#, identity("22670000001", "")),
        (r#""from":"BF.1""#, identity("", "BF.1")),
        (
            r#""from":"22670000001","from_user_id":"BF.1""#,
            identity("22670000001", "BF.1"),
        ),
        (r#""from":null,"from_user_id":"BF.1""#, identity("", "BF.1")),
    ] {
        assert!(only(&message(sender)).sender == expected, "{sender}");
    }
}

#[test]
fn a_contact_adds_what_it_knows_of_the_person_that_it_equals_and_of_nobody_else() {
    let contacts = r#""contacts":[{"profile":{"name":"Sheena"},"wa_id":"16505551234","user_id":"US.1"},
        {"profile":{"name":"Awa"},"wa_id":"22670000001","user_id":"BF.2","parent_user_id":"BF.ENT.2"}]"#;
    let content = only(&format!(
        r#"{contacts},{}"#,
        message(r#""from":"22670000001""#)
    ));
    let parent_user_id = Some("BF.ENT.2".to_owned());
    let awa = Identity {
        parent_user_id,
        ..identity("22670000001", "BF.2")
    };
    assert!(content.sender == awa);
    assert_eq!(content.name.as_deref(), Some("Awa"));
    let by_id = only(&format!(
        r#"{contacts},{}"#,
        message(r#""from_user_id":"BF.2""#)
    ));
    assert!(by_id.sender == awa);
    // The first contact matches no item: its index proves nothing.
    let other = only(&format!(
        r#"{contacts},{}"#,
        message(r#""from":"22670000009""#)
    ));
    assert!(other.sender == identity("22670000009", "") && other.name.is_none());
}

#[test]
fn contacts_that_contradict_add_nothing() {
    let twice = r#""contacts":[{"wa_id":"22670000001","user_id":"BF.2"},{"wa_id":"22670000001","user_id":"BF.3"}]"#;
    let content = only(&format!(
        r#"{twice},{}"#,
        message(r#""from":"22670000001""#)
    ));
    assert!(content.sender == identity("22670000001", ""));
    let content = only(&format!(
        r#"{twice},{}"#,
        message(r#""from":"22670000001","from_user_id":"BF.9""#)
    ));
    assert!(content.sender == identity("22670000001", "BF.9"));
}

#[test]
fn a_status_names_its_recipient_and_a_group_nobody() {
    let detail = |items: &str| -> StatusDetail {
        let translated = read(&body_of("messages", &with(items)));
        let EventKind::StatusReported(status) = &translated.statuses[0].kind else {
            panic!("a status")
        };
        opened("status", &status.sealed)
    };
    let to_one = detail(
        r#""contacts":[{"wa_id":"22670000001","user_id":"BF.2"}],
        "statuses":[{"id":"wamid.A","status":"read","timestamp":"1","recipient_id":22670000001}]"#,
    );
    assert!(to_one.recipient == identity("22670000001", "BF.2") && !to_one.in_group);
    let to_group = detail(
        r#""statuses":[{"id":"wamid.A","status":"read","timestamp":"1","recipient_id":"Y2Fw","recipient_type":"group",
        "recipient_participant_id":"22670000001"}]"#,
    );
    assert!(to_group.recipient.is_empty() && to_group.in_group);
}

#[test]
fn a_change_of_identifiers_names_the_person_before_and_since() {
    let number = only(
        r#""messages":[{"from":"16505551234","id":"wamid.S","timestamp":"1","type":"system","system":{"body":"User changed",
        "wa_id":"12195555358","user_id":"US.2","previous_user_id":"US.1","type":"user_changed_number"}}]"#,
    );
    let change = number.identity_change.unwrap();
    assert_eq!(change.kind, IdentityChangeKind::NumberChanged);
    assert!(change.previous == identity("16505551234", "US.1"));
    assert!(change.current == identity("12195555358", "US.2"));
    let user_id = only(
        r#""messages":[{"id":"wamid.S","timestamp":"1","type":"system","system":{"type":"user_changed_user_id",
        "body":"User changed","user_id":"BF.2","previous_user_id":"BF.1"}}]"#,
    );
    assert!(user_id.sender == identity("", "BF.2"));
    let change = user_id.identity_change.unwrap();
    assert_eq!(change.kind, IdentityChangeKind::UserIdChanged);
    assert!(change.previous == identity("", "BF.1") && change.current == identity("", "BF.2"));
}

#[test]
fn groups_edits_and_revocations_are_told_apart() {
    let group = only(
        r#""messages":[{"from":"22670000001","id":"wamid.B","type":"text","text":{"body":"STOP"},"group_id":"Y2Fw"}]"#,
    );
    assert_eq!(group.group_id.as_deref(), Some("Y2Fw"));
    let edit = only(
        r#""messages":[{"from":"22670000001","id":"wamid.B","type":"edit","edit":{"original_message_id":"wamid.A",
        "message":{"type":"text","text":{"body":"STOP"}}}}]"#,
    );
    assert_eq!(edit.words, ["STOP"]);
    assert_eq!(edit.edited_wamid.as_deref(), Some("wamid.A"));
    let revoke = only(
        r#""messages":[{"from":"22670000001","id":"wamid.B","type":"revoke","revoke":{"original_message_id":"wamid.A"}}]"#,
    );
    assert_eq!(revoke.revoked_wamid.as_deref(), Some("wamid.A"));
    assert!(revoke.edited_wamid.is_none() && revoke.words.is_empty());
}

#[test]
fn a_button_gives_its_payload_and_its_text() {
    let content = only(
        r#""messages":[{"from_user_id":"BF.2","id":"wamid.B","timestamp":"1749416383","type":"button",
        "button":{"payload":"STOP_PROMO","text":"Stop"}}]"#,
    );
    assert_eq!(content.words, ["STOP_PROMO", "Stop"]);
}

#[test]
fn a_preference_is_read_with_its_person() {
    let value = with(
        r#""contacts":[{"wa_id":"22670000001","user_id":"BF.2"}],"user_preferences":[{"wa_id":22670000001,
        "detail":"User requested to stop","category":"marketing_messages","value":"STOP","timestamp":1731705721}]"#,
    );
    let translated = read(&body_of("user_preferences", &value));
    let EventKind::PreferenceChanged(preference) = &translated.inbound[0].kind else {
        panic!("a preference")
    };
    assert_eq!(
        (preference.category.as_str(), preference.value.as_str()),
        ("marketing_messages", "stop")
    );
    assert_eq!(preference.occurred_at.timestamp(), 1_731_705_721);
    let detail: PreferenceDetail = opened("preference", &preference.sealed);
    assert!(detail.person == identity("22670000001", "BF.2"));
    // A preference that cannot be read may be an opt-out.
    let unclear = with(r#""user_preferences":[{"wa_id":"22670000001","value":{}}]"#);
    let translated = read(&body_of("user_preferences", &unclear));
    assert!(matches!(
        translated.inbound[0].kind,
        EventKind::InboundUnreadable(_)
    ));
}
