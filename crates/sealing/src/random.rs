//! Random bytes of the operating system, and comparison in constant time.

use ring::rand::{SecureRandom, SystemRandom};

use crate::SealError;

/// `N` random bytes, suitable for keys and nonces.
///
/// # Errors
/// When the operating system gives no randomness.
pub fn random_bytes<const N: usize>() -> Result<[u8; N], SealError> {
    let mut bytes = [0; N];
    SystemRandom::new()
        .fill(&mut bytes)
        .map_err(|_| SealError::NoRandomness)?;
    Ok(bytes)
}

/// Whether both are equal, in a time that depends on their lengths only.
#[must_use]
pub fn constant_time_eq(a: &[u8], b: &[u8]) -> bool {
    let differing = a.iter().zip(b).fold(0, |seen, (x, y)| seen | (x ^ y));
    a.len() == b.len() && std::hint::black_box(differing) == 0
}
