//! Key texts, and that no key prints.

use sealing::{BusinessKeys, KeyError, MasterKeys, OpaqueSigner, TransitKey};
use secrecy::ExposeSecret;

use super::{BUSINESS, key_text, master, secret};

#[test]
fn keys_are_read_with_commas_line_ends_and_spaces() {
    for text in [
        key_text(1),
        format!("{},{}", key_text(2), key_text(1)),
        format!(" {} \n\n{}\n", key_text(4_294_967_295), key_text(1)),
    ] {
        assert!(MasterKeys::parse(&secret(&text)).is_ok(), "{text}");
    }
}

#[test]
fn a_wrong_key_text_is_told_by_its_number() {
    let long = format!("2:{}", "A".repeat(48));
    let cases = [
        (String::new(), KeyError::Empty),
        (" ,\n".to_owned(), KeyError::Empty),
        ("no colon".to_owned(), KeyError::Id(1)),
        (key_text(0), KeyError::Id(1)),
        (format!("{},x:AAAA", key_text(1)), KeyError::Id(2)),
        (format!("{},2:not base64", key_text(1)), KeyError::Bytes(2)),
        ("1:c2hvcnQ=".to_owned(), KeyError::Bytes(1)),
        (long, KeyError::Bytes(1)),
        (
            format!("{},{}", key_text(3), key_text(3)),
            KeyError::Twice(3),
        ),
    ];
    for (text, error) in cases {
        assert_eq!(MasterKeys::parse(&secret(&text)).unwrap_err(), error);
    }
}

#[test]
fn generated_keys_differ() {
    let text = || {
        MasterKeys::generate_text()
            .unwrap()
            .expose_secret()
            .to_owned()
    };
    assert_ne!(text(), text());
}

#[test]
fn no_key_prints() {
    let text = MasterKeys::generate_text().unwrap();
    let (_, key) = text.expose_secret().split_once(':').unwrap();
    let master = MasterKeys::parse(&text).unwrap();
    let new = BusinessKeys::generate(&master, BUSINESS).unwrap();
    let printed = format!(
        "{text:?} {master:?} {:?} {:?} {:?}",
        new.keys,
        TransitKey::parse(&text).unwrap(),
        OpaqueSigner::new(&text).unwrap(),
    );
    assert!(!printed.contains(key));
    assert_eq!(printed.matches("[masked]").count(), 4, "{printed}");
}

#[test]
fn an_error_shows_no_key() {
    let error = MasterKeys::parse(&secret("1:c2VjcmV0IGtleQ==")).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("c2Vj"));
}

#[test]
fn wrapped_keys_open_for_their_business_only() {
    let master = master();
    let rows = BusinessKeys::generate(&master, BUSINESS).unwrap().rows;
    assert!(BusinessKeys::unwrap_from(&master, BUSINESS, &rows).is_ok());
    assert!(BusinessKeys::unwrap_from(&master, super::OTHER_BUSINESS, &rows).is_err());
    let mut exchanged = rows.clone();
    let seal = exchanged[0].sealed.clone();
    exchanged[0].sealed = std::mem::replace(&mut exchanged[1].sealed, seal);
    assert!(BusinessKeys::unwrap_from(&master, BUSINESS, &exchanged).is_err());
    let mut renumbered = rows.clone();
    renumbered[0].key_id = 2;
    assert!(BusinessKeys::unwrap_from(&master, BUSINESS, &renumbered).is_err());
    assert!(BusinessKeys::unwrap_from(&master, BUSINESS, &rows[..1]).is_err());
}
