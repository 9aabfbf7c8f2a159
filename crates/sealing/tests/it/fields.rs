//! Sealed fields.

use proptest::prelude::*;
use sealing::{BusinessKeys, SealContext, SealError};

use super::{BUSINESS, OTHER_BUSINESS, business_keys, context, master};

#[test]
fn a_value_opens_at_its_own_place_only() {
    let keys = business_keys();
    let sealed = keys.seal(&context(), b"+22670123456").unwrap();
    assert_eq!(
        keys.open(&context(), &sealed).unwrap().as_slice(),
        b"+22670123456"
    );
    let elsewhere = [
        SealContext {
            business_id: OTHER_BUSINESS,
            ..context()
        },
        SealContext {
            table: "messages",
            ..context()
        },
        SealContext {
            column: "name_sealed",
            ..context()
        },
        SealContext {
            row: b"row 2",
            ..context()
        },
        SealContext {
            row: b"",
            ..context()
        },
        // The same bytes, divided differently.
        SealContext {
            table: "contactsp",
            column: "hone_sealed",
            ..context()
        },
        SealContext {
            column: "phone_sealedr",
            row: b"ow 1",
            ..context()
        },
    ];
    for other in elsewhere {
        assert_eq!(
            keys.open(&other, &sealed).unwrap_err(),
            SealError::Refused,
            "{other:?}"
        );
    }
}

#[test]
fn the_keys_of_one_business_do_not_open_what_another_sealed() {
    let master = master();
    let ours = BusinessKeys::generate(&master, BUSINESS).unwrap().keys;
    let theirs = BusinessKeys::generate(&master, OTHER_BUSINESS)
        .unwrap()
        .keys;
    let their_place = SealContext {
        business_id: OTHER_BUSINESS,
        ..context()
    };
    let sealed = theirs.seal(&their_place, b"Awa").unwrap();
    assert_eq!(
        ours.open(&context(), &sealed).unwrap_err(),
        SealError::Refused
    );
    assert_eq!(
        ours.seal(&their_place, b"Awa").unwrap_err(),
        SealError::Refused
    );
}

#[test]
fn equal_values_are_sealed_to_different_bytes() {
    let keys = business_keys();
    let seal = || keys.seal(&context(), b"Awa").unwrap();
    assert_ne!(seal(), seal());
}

#[test]
fn what_is_no_sealed_value_is_malformed() {
    let keys = business_keys();
    let sealed = keys.seal(&context(), b"").unwrap();
    for length in 0..17 {
        assert_eq!(
            keys.open(&context(), &sealed[..length]).unwrap_err(),
            SealError::Malformed
        );
    }
    let mut newer = sealed;
    newer[0] = 2;
    assert_eq!(
        keys.open(&context(), &newer).unwrap_err(),
        SealError::Malformed
    );
}

proptest! {
    #[test]
    fn what_is_sealed_opens(plain in prop::collection::vec(any::<u8>(), 0..500)) {
        let keys = business_keys();
        let sealed = keys.seal(&context(), &plain).unwrap();
        let opened = keys.open(&context(), &sealed).unwrap();
        prop_assert_eq!(opened.as_slice(), plain.as_slice());
    }

    #[test]
    fn every_flipped_bit_is_refused(plain in prop::collection::vec(any::<u8>(), 0..40)) {
        let keys = business_keys();
        let sealed = keys.seal(&context(), &plain).unwrap();
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            prop_assert!(keys.open(&context(), &changed).is_err(), "bit {}", bit);
        }
    }

    #[test]
    fn random_bytes_never_open(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        prop_assert!(business_keys().open(&context(), &bytes).is_err());
    }
}
