//! Who the proxy says that it is: a certificate for 127.0.0.1 of an authority made for this one proxy, and one that nobody
//! has signed.

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

/// The two faces of the proxy.
pub(super) struct Identity {
    /// Has a certificate of the authority.
    pub(super) trusted: TlsAcceptor,
    /// Has one of its own making.
    pub(super) untrusted: TlsAcceptor,
    /// The authority, as PEM.
    pub(super) authority: String,
}

/// Why there is no certificate.
pub(super) type Failure = Box<dyn std::error::Error>;

impl Identity {
    pub(super) fn make() -> Result<Self, Failure> {
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

fn params(hosts: &[&str], name: &str) -> Result<CertificateParams, Failure> {
    let hosts: Vec<String> = hosts.iter().map(|host| (*host).to_owned()).collect();
    let mut params = CertificateParams::new(hosts)?;
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    Ok(params)
}

/// No protocol is negotiated, so a client speaks HTTP/1.1.
fn acceptor(
    name: &str,
    sign: impl FnOnce(CertificateParams, &KeyPair) -> Result<Certificate, rcgen::Error>,
) -> Result<TlsAcceptor, Failure> {
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
