//! New keys in front of old ones.

use sealing::{BusinessKeys, HashDomain, KeyPurpose, MasterKeys, SealError};

use super::{BUSINESS, context, key_text, secret};

#[test]
fn rows_move_to_a_new_master_key_and_the_old_one_can_go() {
    let (old_text, new_text) = (key_text(1), key_text(2));
    let old = MasterKeys::parse(&secret(&old_text)).unwrap();
    let both = MasterKeys::parse(&secret(&format!("{new_text},{old_text}"))).unwrap();
    let new = MasterKeys::parse(&secret(&new_text)).unwrap();
    let made = BusinessKeys::generate(&old, BUSINESS).unwrap();
    let sealed = made.keys.seal(&context(), b"Awa").unwrap();

    assert_eq!(
        BusinessKeys::unwrap_from(&new, BUSINESS, &made.rows).unwrap_err(),
        SealError::UnknownKey(1)
    );
    let moved: Vec<_> = made
        .rows
        .iter()
        .map(|row| {
            both.rewrap(BUSINESS, row)
                .unwrap()
                .expect("sealed with the old key")
        })
        .collect();
    for row in &moved {
        assert_eq!(both.rewrap(BUSINESS, row).unwrap(), None);
    }
    let keys = BusinessKeys::unwrap_from(&new, BUSINESS, &moved).unwrap();
    assert_eq!(keys.open(&context(), &sealed).unwrap().as_slice(), b"Awa");
    let phone = |keys: &BusinessKeys| keys.lookup_hash(HashDomain::Phone, b"+22670123456");
    assert_eq!(phone(&keys), phone(&made.keys));
}

#[test]
fn a_new_data_key_seals_and_the_old_one_still_opens() {
    let master = super::master();
    let made = BusinessKeys::generate(&master, BUSINESS).unwrap();
    let old = made.keys.seal(&context(), b"Awa").unwrap();
    let mut rows = made.rows;
    rows.push(master.new_key(BUSINESS, KeyPurpose::Seal, 2).unwrap());
    let keys = BusinessKeys::unwrap_from(&master, BUSINESS, &rows).unwrap();
    let new = keys.seal(&context(), b"Awa").unwrap();
    assert_eq!((keys.is_newest(&old), keys.is_newest(&new)), (false, true));
    for sealed in [&old, &new] {
        assert_eq!(keys.open(&context(), sealed).unwrap().as_slice(), b"Awa");
    }
    assert_eq!(
        made.keys.open(&context(), &new).unwrap_err(),
        SealError::UnknownKey(2)
    );
}

#[test]
fn look_ups_try_every_pepper_with_the_newest_first() {
    let master = super::master();
    let made = BusinessKeys::generate(&master, BUSINESS).unwrap();
    let mut rows = made.rows;
    rows.push(master.new_key(BUSINESS, KeyPurpose::Lookup, 2).unwrap());
    let keys = BusinessKeys::unwrap_from(&master, BUSINESS, &rows).unwrap();
    let hashes = keys.lookup_hashes(HashDomain::Phone, b"+22670123456");
    assert_eq!(
        hashes.iter().map(|hash| hash.version).collect::<Vec<_>>(),
        [2, 1]
    );
    assert_eq!(
        hashes[0],
        keys.lookup_hash(HashDomain::Phone, b"+22670123456")
    );
    assert_eq!(
        hashes[1],
        made.keys.lookup_hash(HashDomain::Phone, b"+22670123456")
    );
}
