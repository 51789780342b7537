//! Telling a server by a certificate which key signed. Source: RFC 7515 §4.1.6 to §4.1.8.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;

use super::{pem, unusable};
use crate::crypto;
use crate::error::Error;

/// What a header says about the certificate of the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateHeader {
    /// `x5c`: the certificate and those that vouch for it.
    X5c,
    /// `x5t`: its SHA-1, which some servers still look it up by.
    X5t,
    /// `x5t#S256`: its SHA-256.
    X5tS256,
}

impl CertificateHeader {
    /// The name of the header member.
    pub const fn name(self) -> &'static str {
        match self {
            CertificateHeader::X5c => "x5c",
            CertificateHeader::X5t => "x5t",
            CertificateHeader::X5tS256 => "x5t#S256",
        }
    }

    /// Its value for a chain that begins with the key's own certificate.
    pub(super) fn value(self, chain: &Chain) -> Value {
        match self {
            CertificateHeader::X5c => {
                let issuers = chain.issuers.iter();
                std::iter::once(&chain.own).chain(issuers).map(|der| STANDARD.encode(der)).collect()
            }
            CertificateHeader::X5t => URL_SAFE_NO_PAD.encode(crypto::sha1_name(&chain.own)).into(),
            CertificateHeader::X5tS256 => URL_SAFE_NO_PAD.encode(crypto::sha256(&chain.own)).into(),
        }
    }
}

/// The certificates of a PEM text.
pub(super) struct Chain {
    own: Vec<u8>,
    issuers: Vec<Vec<u8>>,
}

pub(super) fn chain(text: &str) -> Result<Chain, Error> {
    let certificates = pem::sections(text).filter(|section| section.label == "CERTIFICATE");
    let mut ders = certificates.filter_map(|section| section.der().map(|der| der.to_vec()));
    let own = ders.next().ok_or_else(|| unusable("the certificate is not a PEM text with a CERTIFICATE section"))?;
    Ok(Chain { own, issuers: ders.collect() })
}
