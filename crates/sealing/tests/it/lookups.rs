//! Keyed hashes.

use std::collections::HashSet;

use sealing::{BusinessKeys, LookupDomain};

use super::{BUSINESS, OTHER_BUSINESS, business_keys, master};

const DOMAINS: [LookupDomain; 6] = [
    LookupDomain::Phone,
    LookupDomain::Bsuid,
    LookupDomain::Reference,
    LookupDomain::Wamid,
    LookupDomain::IdempotencyKey,
    LookupDomain::Request,
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
        keys.lookup_hash(LookupDomain::Phone, b"+22670123456").bytes
    };
    assert_ne!(hash(BUSINESS), hash(OTHER_BUSINESS));
}

#[test]
fn a_hash_does_not_print() {
    let hash = business_keys().lookup_hash(LookupDomain::Phone, b"+22670123456");
    assert_eq!(format!("{hash:?}"), "LookupHash(v1, [masked])");
}
