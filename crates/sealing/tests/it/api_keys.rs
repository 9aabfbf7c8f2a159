//! API keys.

use proptest::prelude::*;
use sealing::{ApiKeyKind, PresentedApiKey, fingerprint, new_api_key};
use secrecy::ExposeSecret;
use uuid::Uuid;

use super::BUSINESS;

#[test]
fn a_new_key_is_accepted_and_another_is_not() {
    for (kind, prefix) in [
        (ApiKeyKind::Platform, "djp_"),
        (ApiKeyKind::Business, "djb_"),
    ] {
        let new = new_api_key(kind, BUSINESS).unwrap();
        let text = new.text.expose_secret();
        assert!(text.starts_with(prefix));
        let presented = PresentedApiKey::parse(text).unwrap();
        assert_eq!((presented.kind(), presented.key_id()), (kind, BUSINESS));
        assert!(presented.matches(&new.hash));
        assert!(!presented.matches(&new_api_key(kind, BUSINESS).unwrap().hash));
        assert!(!presented.matches(&[]));
    }
}

#[test]
fn text_of_another_form_is_not_a_key() {
    let new = new_api_key(ApiKeyKind::Business, Uuid::nil()).unwrap();
    let text = new.text.expose_secret();
    let broken = [
        String::new(),
        text.replace("djb", "djx"),
        format!("{text}_"),
        format!("{text}0"),
        format!(" {text}"),
        text.replacen("00000000", "0000-000", 1),
        text.chars().take(99).collect(),
        text.chars().take(36).collect(),
    ];
    for text in broken {
        assert!(PresentedApiKey::parse(&text).is_none(), "{text}");
    }
}

#[test]
fn a_key_does_not_print() {
    let new = new_api_key(ApiKeyKind::Platform, BUSINESS).unwrap();
    let secret = new
        .text
        .expose_secret()
        .rsplit_once('_')
        .unwrap()
        .1
        .to_owned();
    let presented = PresentedApiKey::parse(new.text.expose_secret()).unwrap();
    let printed = format!("{new:?} {presented:?}");
    assert!(!printed.contains(&secret));
    assert!(!printed.contains(&format!("{:?}", new.hash)), "{printed}");
}

#[test]
fn a_fingerprint_tells_secrets_apart() {
    assert_eq!(fingerprint("a").len(), 8);
    assert_eq!(fingerprint("a"), fingerprint("a"));
    assert_ne!(fingerprint("a"), fingerprint("b"));
}

proptest! {
    #[test]
    fn random_text_never_panics(text: String) {
        prop_assert!(PresentedApiKey::parse(&text).is_none());
        let prefixed = format!("djb_{text}");
        prop_assert!(PresentedApiKey::parse(&prefixed).is_none());
    }
}
