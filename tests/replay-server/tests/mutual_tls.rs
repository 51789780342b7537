//! A server that asks for a certificate, and a client that has one.

use std::path::Path;
use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokcore::Kind;
use tokcore::transport::{ClientIdentity, Connection, HttpRequest, HttpSend, Method, Transport};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

type Issuer = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Issuer {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A server that answers with the certificate of whoever asks, and refuses who has none.
async fn serve(issuer: &Issuer) -> u16 {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(issuer.der().clone()).unwrap();
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build().unwrap();
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["127.0.0.1".to_owned()]).unwrap().signed_by(&key, issuer).unwrap();
    let private = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_client_cert_verifier(verifier).with_single_cert(vec![certificate.der().clone()], private);
    let acceptor = TlsAcceptor::from(Arc::new(config.unwrap()));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let Ok(mut stream) = acceptor.accept(stream).await else { continue };
            let seen = stream.get_ref().1.peer_certificates().unwrap()[0].to_vec();
            let _ = stream.read(&mut [0; 4096]).await;
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", seen.len());
            let _ = stream.write_all(&[head.into_bytes(), seen].concat()).await;
            let _ = stream.shutdown().await;
        }
    });
    port
}

/// Writes a new certificate with its key into `folder`.
fn issue(issuer: &Issuer, folder: &Path) -> (CertificateDer<'static>, ClientIdentity) {
    let key = KeyPair::generate().unwrap();
    let certificate = CertificateParams::new(["workload".to_owned()]).unwrap().signed_by(&key, issuer).unwrap();
    let (path, key_path) = (folder.join("certificate.pem"), folder.join("key.pem"));
    std::fs::write(&path, certificate.pem()).unwrap();
    std::fs::write(&key_path, key.serialize_pem()).unwrap();
    (certificate.der().clone(), ClientIdentity::of(path, key_path, certificate.pem().as_bytes()))
}

#[tokio::test]
async fn a_certificate_is_shown_and_a_renewed_one_counts_at_once() {
    let (issuer, folder) = (authority(), tempfile::tempdir().unwrap());
    let authorities = folder.path().join("authorities.pem");
    std::fs::write(&authorities, issuer.pem()).unwrap();
    let (port, transport) = (serve(&issuer).await, Transport::new());
    let ask = async |identity: Option<ClientIdentity>| {
        let mut request = HttpRequest::new(Method::GET, format!("https://127.0.0.1:{port}/").parse().unwrap());
        let connection = Connection { ca: Some(authorities.clone()), identity, ..Connection::default() };
        request.connection = Arc::new(connection);
        transport.send(request).await
    };
    assert_eq!(ask(None).await.expect_err("it has none").kind(), Kind::Transport);
    for _ in 0..2 {
        let (certificate, identity) = issue(&issuer, folder.path());
        let answer = ask(Some(identity)).await.expect("it is let in");
        assert_eq!(answer.body.as_slice(), certificate.as_ref());
    }
    let (_, identity) = issue(&issuer, folder.path());
    std::fs::write(folder.path().join("key.pem"), "no key").unwrap();
    let broken = ask(Some(identity)).await.expect_err("no key");
    assert_eq!(broken.kind(), Kind::ConfigInvalid);
    assert!(broken.message().contains("key.pem"), "{broken}");
}
