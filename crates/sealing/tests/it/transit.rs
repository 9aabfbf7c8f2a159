//! Values that cross the broker.

use proptest::prelude::*;
use sealing::{SealError, TransitKey};

use super::{key_text, secret};

fn transit(text: &str) -> TransitKey {
    TransitKey::parse(&secret(text)).unwrap()
}

#[test]
fn a_value_opens_for_its_purpose_only() {
    let key = transit(&key_text(1));
    let sealed = key.seal("status", b"wamid").unwrap();
    assert_eq!(key.open("status", &sealed).unwrap().as_slice(), b"wamid");
    assert_eq!(
        key.open("inbound", &sealed).unwrap_err(),
        SealError::Refused
    );
    assert_eq!(
        transit(&key_text(1)).open("status", &sealed).unwrap_err(),
        SealError::Refused
    );
}

#[test]
fn reader_and_writer_may_rotate_one_after_the_other() {
    let (old, new) = (key_text(1), key_text(2));
    let reader = transit(&format!("{old},{new}"));
    let writer = transit(&format!("{new},{old}"));
    let sealed = writer.seal("status", b"x").unwrap();
    assert!(reader.open("status", &sealed).is_ok());
    assert_eq!(
        transit(&old).open("status", &sealed).unwrap_err(),
        SealError::UnknownKey(2)
    );
}

proptest! {
    #[test]
    fn every_flipped_bit_is_refused(plain in prop::collection::vec(any::<u8>(), 0..40)) {
        let key = transit(&key_text(1));
        let sealed = key.seal("status", &plain).unwrap();
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(key.open("status", &changed).is_err());
        }
    }
}
