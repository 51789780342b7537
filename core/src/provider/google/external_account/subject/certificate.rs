//! A proof of identity by a certificate: the exchange is asked for over mutual TLS, and told the chain.
//! Source: specs, X.509; certificate_config.json of Google's tools.

use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use serde_json::Value;
use zeroize::Zeroizing;

use super::{MOST_BYTES, Proof, SubjectTokens, unusable};
use crate::context::Context;
use crate::error::Error;
use crate::provider::google::adc::{self, System};
use crate::provider::google::external_account::members::Members;
use crate::secret::Secret;
use crate::transport::{BoxFuture, ClientIdentity};
use crate::world::World;

/// Variables that name the configuration, in order.
const VARIABLES: [&str; 2] = ["GOOGLE_API_CERTIFICATE_CONFIG", "CLOUDSDK_CONTEXT_AWARE_CERTIFICATE_CONFIG_FILE_PATH"];

pub(super) struct Certificate {
    /// Which file names certificate and key. Shape: `None` for the usual one of this user.
    config: Option<PathBuf>,
    trust_chain: Option<PathBuf>,
}

impl Certificate {
    pub(super) fn read(source: &Members<'_>) -> Result<Self, Error> {
        const LOCATION: &str = "certificate_config_location";
        let members = source.inside("certificate")?.ok_or_else(|| source.wrong("certificate", "is missing"))?;
        let config = members.text(LOCATION)?.map(PathBuf::from);
        match (members.flag("use_default_certificate_config")?, &config) {
            (true, Some(_)) => Err(members.wrong(LOCATION, "is there, and the default is wanted too")),
            (false, None) => Err(members.wrong(LOCATION, "is missing, and the default is not wanted either")),
            _ => Ok(Self { config, trust_chain: members.text("trust_chain_path")?.map(PathBuf::from) }),
        }
    }

    fn proof(&self, world: &World) -> Result<Proof, Error> {
        let context = &world.context;
        let (certificate, key) = self.files(context)?;
        let own = read(context, &certificate)?;
        let mut chain = chain(&own, &certificate)?;
        chain.truncate(1);
        if let Some(path) = &self.trust_chain {
            append(&mut chain, self::chain(&read(context, path)?, path)?, path)?;
        }
        let texts: Vec<String> = chain.iter().map(|certificate| STANDARD.encode(certificate)).collect();
        let identity = ClientIdentity::of(certificate, key, &own);
        Ok(Proof { token: Secret::new(Value::from(texts).to_string()), identity: Some(identity) })
    }

    /// The files with the certificate and its key.
    fn files(&self, context: &Context) -> Result<(PathBuf, PathBuf), Error> {
        let named = || VARIABLES.iter().find_map(|name| context.set_var(name)).map(PathBuf::from);
        let path = self.config.clone().or_else(named).or_else(|| usual(context));
        let path = path.ok_or_else(|| {
            unusable("there is no certificate_config.json: the home folder of this user is not known")
                .with_hint(format!("name the file in {}", VARIABLES[0]))
        })?;
        let content = read(context, &path)?;
        let place = path.display();
        let config: Value = serde_json::from_slice(&content).map_err(|_| unusable(format!("{place} holds no JSON")))?;
        let workload = &config["cert_configs"]["workload"];
        let file = |name: &str| {
            workload[name]
                .as_str()
                .filter(|file| !file.is_empty())
                .map(PathBuf::from)
                .ok_or_else(|| unusable(format!("{place}: cert_configs.workload.{name} is missing")))
        };
        Ok((file("cert_path")?, file("key_path")?))
    }
}

/// Where Google's tools keep the configuration. Shape: `None` without a home.
fn usual(context: &Context) -> Option<PathBuf> {
    let folder = adc::gcloud_folder(context, System::HERE)?;
    Some(Path::new(&folder).join("certificate_config.json"))
}

fn read(context: &Context, path: &Path) -> Result<Zeroizing<Vec<u8>>, Error> {
    let unreadable = |cause| unusable(format!("the file {} cannot be read: {cause}", path.display()));
    context.files.read(path, MOST_BYTES).map(Zeroizing::new).map_err(unreadable)
}

/// The certificates in a PEM file, of which there has to be one at least.
fn chain(pem: &[u8], path: &Path) -> Result<Vec<CertificateDer<'static>>, Error> {
    let broken = || unusable(format!("the file {} holds no certificate as PEM", path.display()));
    let chain: Vec<_> = CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(|_| broken())?;
    if chain.is_empty() { Err(broken()) } else { Ok(chain) }
}

/// Those that vouch for the first of `chain`, which may stand at their beginning and nowhere else.
fn append(
    chain: &mut Vec<CertificateDer<'static>>,
    trusted: Vec<CertificateDer<'static>>,
    path: &Path,
) -> Result<(), Error> {
    let own = chain.first().cloned();
    for (at, certificate) in trusted.into_iter().enumerate() {
        match (own.as_ref() == Some(&certificate), at) {
            (false, _) => chain.push(certificate),
            (true, 0) => {}
            (true, _) => {
                return Err(unusable(format!(
                    "in the file {} the machine's own certificate is not the first",
                    path.display()
                )));
            }
        }
    }
    Ok(())
}

impl SubjectTokens for Certificate {
    fn name(&self) -> &str {
        "the certificate of this machine"
    }

    fn fetch<'a>(&'a self, world: &'a World) -> BoxFuture<'a, Result<Proof, Error>> {
        Box::pin(async { self.proof(world) })
    }
}
