//! Sealed values open in their context only; signatures and hashes differ for different inputs; nothing prints.
#![cfg(test)]

mod api_keys;
mod fields;
mod keys;
mod lookups;
mod rotation;
mod signatures;
mod transit;

use sealing::{BusinessKeys, MasterKeys, SealContext};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

const BUSINESS: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001);
const OTHER_BUSINESS: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0002);

fn master() -> MasterKeys {
    MasterKeys::parse(&MasterKeys::generate_text().unwrap()).unwrap()
}

/// The text of a new key under another id than the 1 of generated texts.
fn key_text(id: u32) -> String {
    let text = MasterKeys::generate_text().unwrap();
    let (_, key) = text.expose_secret().split_once(':').unwrap();
    format!("{id}:{key}")
}

fn secret(text: &str) -> SecretString {
    SecretString::from(text)
}

fn business_keys() -> BusinessKeys {
    BusinessKeys::generate(&master(), BUSINESS).unwrap().keys
}

fn context() -> SealContext<'static> {
    SealContext {
        business_id: BUSINESS,
        table: "contacts",
        column: "phone_sealed",
        row: b"row 1",
    }
}
