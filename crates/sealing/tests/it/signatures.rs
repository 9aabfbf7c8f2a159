//! Signatures of opaque ids, and comparison.

use proptest::prelude::*;
use sealing::{OpaqueSigner, constant_time_eq, random_bytes};

use super::{key_text, secret};

#[test]
fn a_signature_holds_for_its_bytes_and_key_only() {
    let signer = OpaqueSigner::new(&secret(&key_text(1))).unwrap();
    let signature = signer.sign(b"message 1");
    assert!(signer.verify(b"message 1", &signature));
    assert!(!signer.verify(b"message 2", &signature));
    let other = OpaqueSigner::new(&secret(&key_text(1))).unwrap();
    assert!(!other.verify(b"message 1", &signature));
}

#[test]
fn a_signature_of_an_older_key_still_holds() {
    let (old, new) = (key_text(1), key_text(2));
    let signature = OpaqueSigner::new(&secret(&old)).unwrap().sign(b"message");
    let both = OpaqueSigner::new(&secret(&format!("{new},{old}"))).unwrap();
    assert!(both.verify(b"message", &signature));
    assert_ne!(both.sign(b"message"), signature);
}

#[test]
fn random_bytes_differ() {
    assert_ne!(random_bytes::<16>().unwrap(), random_bytes::<16>().unwrap());
}

proptest! {
    #[test]
    fn comparison_in_constant_time_is_comparison(a: Vec<u8>, b: Vec<u8>) {
        prop_assert_eq!(constant_time_eq(&a, &b), a == b);
        prop_assert!(constant_time_eq(&a, &a.clone()));
    }

    #[test]
    fn every_flipped_bit_of_a_signature_is_refused(bytes: Vec<u8>, bit in 0_usize..128) {
        let signer = OpaqueSigner::new(&secret(&key_text(1))).unwrap();
        let mut signature = signer.sign(&bytes);
        signature[bit / 8] ^= 1 << (bit % 8);
        prop_assert!(!signer.verify(&bytes, &signature));
    }
}
