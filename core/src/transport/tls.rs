//! Certificates: which authorities count for a connection.

use std::path::Path;
use std::sync::Arc;

use rustls::client::WantsClientCert;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, ConfigBuilder, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls_platform_verifier::BuilderVerifierExt;

use super::Connection;
use crate::crypto;
use crate::error::Error;
use crate::kinds::Kind;

/// The TLS settings of `connection`. Effects: `[disk]` reads the CA bundle.
///
/// Errors: `ConfigInvalid` naming the bundle, or the file of our own certificate, that cannot be used.
pub(super) fn client_config(connection: &Connection) -> Result<ClientConfig, Error> {
    let provider = Arc::new(crypto::tls_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|cause| Error::new(Kind::Internal, "the TLS provider lacks TLS 1.2 and 1.3").with_cause(cause))?;
    if !connection.verify_tls {
        tracing::warn!("certificate checks are switched off for this connection");
        let verifier = Arc::new(Unchecked(provider));
        return identified(builder.dangerous().with_custom_certificate_verifier(verifier), connection);
    }
    if let Some(path) = &connection.ca {
        return identified(builder.with_root_certificates(bundle(path)?), connection);
    }
    let verified = builder.with_platform_verifier().map_err(|cause| {
        Error::new(Kind::ConfigInvalid, format!("this system's certificate authorities cannot be used: {cause}"))
            .with_hint("install the package ca-certificates, or name a PEM file in SSL_CERT_FILE")
            .with_cause(cause)
    })?;
    identified(verified, connection)
}

/// With the certificate that `connection` has for servers that ask for one. Effects: `[disk]`.
fn identified(
    builder: ConfigBuilder<ClientConfig, WantsClientCert>,
    connection: &Connection,
) -> Result<ClientConfig, Error> {
    let Some(identity) = &connection.identity else { return Ok(builder.with_no_client_auth()) };
    let unusable = |path: &Path, reason: String| {
        Error::new(Kind::ConfigInvalid, format!("the file {} for mutual TLS: {reason}", path.display()))
            .with_hint("give the certificate, and what vouches for it, and its private key as PEM")
    };
    let chain = CertificateDer::pem_file_iter(&identity.certificate).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let chain = chain.map_err(|cause| unusable(&identity.certificate, cause.to_string()))?;
    let key = PrivateKeyDer::from_pem_file(&identity.key);
    let key = key.map_err(|cause| unusable(&identity.key, cause.to_string()))?;
    builder.with_client_auth_cert(chain, key).map_err(|cause| unusable(&identity.certificate, cause.to_string()))
}

/// No certificate authority at all, for plain http: loading the system's bundle would cost milliseconds for nothing.
pub(super) fn without_authorities() -> Result<ClientConfig, Error> {
    let builder = ClientConfig::builder_with_provider(Arc::new(crypto::tls_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|cause| Error::new(Kind::Internal, "the TLS provider lacks TLS 1.2 and 1.3").with_cause(cause))?;
    Ok(builder.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
}

/// The certificates in `path`: a PEM file, or every PEM file of a directory.
fn bundle(path: &Path) -> Result<RootCertStore, Error> {
    let unusable = |reason: String| {
        Error::new(Kind::ConfigInvalid, format!("CA bundle {}: {reason}", path.display()))
            .with_hint("name a PEM file, or a directory of PEM files, with at least one certificate")
    };
    let mut files = vec![path.to_path_buf()];
    if path.is_dir() {
        let entries = path.read_dir().map_err(|cause| unusable(cause.to_string()))?;
        files = entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|file| file.is_file()).collect();
    }
    let mut roots = RootCertStore::empty();
    for file in files {
        let certificates = CertificateDer::pem_file_iter(&file).map_err(|cause| unusable(cause.to_string()))?;
        roots.add_parsable_certificates(certificates.filter_map(Result::ok));
    }
    if roots.is_empty() {
        return Err(unusable("holds no certificate".into()));
    }
    Ok(roots)
}

/// Accepts any certificate: what `verify = FALSE` asks for.
#[derive(Debug)]
struct Unchecked(Arc<CryptoProvider>);

impl ServerCertVerifier for Unchecked {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &rustls::DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &rustls::DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
