//! The certificates of the proxy: one for 127.0.0.1, signed by an authority made for this proxy, and a self-signed one.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DistinguishedName, DnType, IsCa, Issuer,
    KeyPair,
};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;

/// The host of the proxy.
const HOST: &str = "127.0.0.1";

/// The two TLS acceptors of the proxy.
pub(super) struct Identity {
    /// With a certificate of the authority.
    pub(super) trusted: TlsAcceptor,
    /// With a self-signed certificate.
    pub(super) untrusted: TlsAcceptor,
    /// The authority, as PEM.
    pub(super) authority: String,
}

/// The reason why there is no certificate.
pub(super) type SetupError = Box<dyn std::error::Error>;

impl Identity {
    pub(super) fn make() -> Result<Self, SetupError> {
        let key = KeyPair::generate()?;
        let mut params = params(&[], "Simulated authority")?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let authority = params.self_signed(&key)?;
        let issuer = Issuer::new(params, key);
        let signed = |host: CertificateParams, key: &KeyPair| host.signed_by(key, &issuer);
        let unsigned = |host: CertificateParams, key: &KeyPair| host.self_signed(key);
        Ok(Self {
            trusted: acceptor("Simulated Meta", signed)?,
            untrusted: acceptor("Somebody else", unsigned)?,
            authority: authority.pem(),
        })
    }
}

fn params(hosts: &[&str], name: &str) -> Result<CertificateParams, SetupError> {
    let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
    let mut params = CertificateParams::new(hosts)?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    Ok(params)
}

/// ALPN is not offered, so a client uses HTTP/1.1.
fn acceptor(
    name: &str,
    sign: impl FnOnce(CertificateParams, &KeyPair) -> Result<Certificate, rcgen::Error>,
) -> Result<TlsAcceptor, SetupError> {
    let key = KeyPair::generate()?;
    let certificate = sign(params(&[HOST], name)?, &key)?;
    let chain = vec![certificate.der().clone()];
    let key = PrivateKeyDer::try_from(key.serialize_der())?;
    let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
