//! Where the proof of identity comes from that is exchanged for a token. Each source is asked again at each renewal:
//! what a build server hands out lives for minutes.

mod aws;
mod callback;
mod certificate;
mod executable;
mod file;
mod format;
mod url;

use super::config::Config;
use super::members::Members;
use crate::error::Error;
use crate::provider::google::wish::{Trust, Wish};
use crate::reason::Reason;
use crate::secret::Secret;
use crate::transport::{BoxFuture, ClientIdentity};
use crate::world::World;

pub use callback::{SubjectTokenSupplier, Supplier};

/// No proof in use is longer. Units: bytes.
const MOST_BYTES: usize = 1024 * 1024;

/// A proof of identity.
pub(super) struct Proof {
    pub(super) token: Secret,
    /// The certificate with which the exchange is asked for, where that is part of the proof.
    pub(super) identity: Option<ClientIdentity>,
}

impl From<Secret> for Proof {
    fn from(token: Secret) -> Self {
        Self { token, identity: None }
    }
}

/// A source of proofs.
pub(super) trait SubjectTokens: Send + Sync {
    /// The source as messages name it, without a secret: "the file /var/run/token".
    fn name(&self) -> &str;

    /// A proof that is valid now. Effects: `[net]` `[disk]`.
    ///
    /// Errors: `ConfigInvalid` with the reason `SubjectToken`, `ExecutableNotAllowed` or `ExecutableFailed`; those of the
    /// network.
    fn fetch<'a>(&'a self, world: &'a World) -> BoxFuture<'a, Result<Proof, Error>>;
}

/// The source that `credential_source` describes. No I/O. Errors: `ConfigInvalid` naming the member.
pub(super) fn open(
    members: &Members<'_>,
    config: &Config,
    trust: Trust,
    wish: &Wish,
) -> Result<Box<dyn SubjectTokens>, Error> {
    if config.subject_token_type == aws::TOKEN_TYPE {
        return Ok(Box::new(aws::Aws::read(members, config, trust)?));
    }
    if members.has("environment_id") {
        return Err(members.wrong("environment_id", "is for AWS only, and the subject_token_type is another"));
    }
    const KINDS: [&str; 4] = ["executable", "file", "url", "certificate"];
    let there: Vec<&str> = KINDS.into_iter().filter(|kind| members.has(kind)).collect();
    match there.as_slice() {
        ["executable"] => Ok(Box::new(executable::Executable::read(members, config, wish)?)),
        ["file"] => Ok(Box::new(file::File::read(members)?)),
        ["url"] => Ok(Box::new(url::Address::read(members, trust)?)),
        ["certificate"] => Ok(Box::new(certificate::Certificate::read(members)?)),
        [] => Err(members.broken("credential_source has none of executable, file, url, certificate")),
        several => Err(members.broken(&format!("credential_source is ambiguous: it has {}", several.join(" and ")))),
    }
}

/// The program itself as a source.
pub(super) fn supplied(supplier: Supplier, config: &Config) -> Box<dyn SubjectTokens> {
    Box::new(callback::Callback::new(supplier, config))
}

/// What failed is the source and not the exchange.
fn unusable(problem: impl Into<String>) -> Error {
    Error::new(Reason::SubjectToken.kind(), problem)
        .with_reason(Reason::SubjectToken)
        .with_hint("see that the platform still provides the proof of identity where the configuration looks for it")
}
