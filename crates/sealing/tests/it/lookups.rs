//! Keyed hashes.

use std::collections::HashSet;

use sealing::{BusinessKeys, HashDomain};

use super::{BUSINESS, OTHER_BUSINESS, business_keys, master};

const DOMAINS: [HashDomain; 6] = [
    HashDomain::Phone,
    HashDomain::Bsuid,
    HashDomain::Reference,
    HashDomain::Wamid,
    HashDomain::IdempotencyKey,
    HashDomain::Request,
];

#[test]
fn equal_values_have_equal_hashes_within_a_domain_only() {
    let keys = business_keys();
    for domain in DOMAINS {
        assert_eq!(
            keys.lookup_hash(domain, b"x"),
            keys.lookup_hash(domain, b"x")
        );
        assert_ne!(
            keys.lookup_hash(domain, b"x"),
            keys.lookup_hash(domain, b"y")
        );
    }
    let hashes: HashSet<_> = DOMAINS
        .map(|domain| keys.lookup_hash(domain, b"x").bytes)
        .into();
    assert_eq!(hashes.len(), DOMAINS.len());
}

#[test]
fn two_businesses_have_different_hashes_of_one_number() {
    let master = master();
    let hash = |business| {
        let keys = BusinessKeys::generate(&master, business).unwrap().keys;
        keys.lookup_hash(HashDomain::Phone, b"+22670123456").bytes
    };
    assert_ne!(hash(BUSINESS), hash(OTHER_BUSINESS));
}

#[test]
fn a_hash_does_not_print() {
    let hash = business_keys().lookup_hash(HashDomain::Phone, b"+22670123456");
    assert_eq!(format!("{hash:?}"), "LookupHash(v1, [masked])");
}
