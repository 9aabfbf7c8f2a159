//! Random text from the operating system.

use std::fs::File;
use std::io::{self, Read};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// As many random bytes in hexadecimal.
///
/// # Errors
/// When the operating system gives none.
pub(crate) fn hex<const BYTES: usize>() -> io::Result<String> {
    Ok(bytes::<BYTES>()?
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect())
}

/// A key in the form that the settings take: `<id>:<base64 of 32 bytes>`.
///
/// # Errors
/// When the operating system gives none.
pub(crate) fn key_text() -> io::Result<String> {
    Ok(format!("1:{}", STANDARD.encode(bytes::<32>()?)))
}

fn bytes<const BYTES: usize>() -> io::Result<[u8; BYTES]> {
    let mut bytes = [0; BYTES];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes)
}
