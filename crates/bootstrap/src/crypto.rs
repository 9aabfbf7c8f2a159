//! The TLS provider of the process: ring, and no other.

/// Makes ring the provider of every TLS connection. Harmless when called again.
pub fn install_ring() {
    // An error means that a provider is installed already, which is what is wanted.
    drop(rustls::crypto::ring::default_provider().install_default());
}
