//! A certificate authority of this run, and the TLS listener's certificate from it.

use std::sync::Arc;

use anyhow::Context as _;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::{ServerConfig, crypto::aws_lc_rs};

/// What the TLS listener needs, and what its clients must know.
pub(crate) struct Tls {
    pub(crate) acceptor: TlsAcceptor,
    /// PEM text of the authority that signed the listener's certificate.
    pub(crate) authority: String,
    /// PEM text of an authority that signed nothing.
    pub(crate) stranger: String,
}

impl Tls {
    pub(crate) fn new() -> anyhow::Result<Self> {
        let issuer = authority("tokcore test authority")?;
        let key = KeyPair::generate()?;
        let certificate =
            CertificateParams::new(["127.0.0.1".to_owned(), "localhost".to_owned()])?.signed_by(&key, &issuer)?;
        let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], private)
            .context("certificate of the TLS listener")?;
        Ok(Self {
            acceptor: TlsAcceptor::from(Arc::new(config)),
            authority: issuer.pem(),
            stranger: authority("tokcore test stranger")?.pem(),
        })
    }
}

fn authority(name: &str) -> anyhow::Result<CertifiedIssuer<'static, KeyPair>> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.distinguished_name.push(DnType::CommonName, name);
    Ok(CertifiedIssuer::self_signed(params, KeyPair::generate()?)?)
}
