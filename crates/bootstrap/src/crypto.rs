//! The TLS provider of the process: ring, and no other.

/// Makes ring the provider of every TLS connection. Repeated calls have no effect.
pub fn install_ring() {
    // An error means that a provider is already installed.
    drop(rustls::crypto::ring::default_provider().install_default());
}
