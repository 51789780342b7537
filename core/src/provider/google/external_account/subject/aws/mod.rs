//! A machine, container or function of AWS proves who it is: by a request that only it can sign, and that the exchange
//! carries out in its place. Source: specs, AWS.

mod credentials;
mod metadata;
mod sigv4;
#[cfg(test)]
mod tests;

use url::Url;

use self::metadata::Metadata;
use self::sigv4::Statement;
use super::{Proof, SubjectTokens, unusable};
use crate::error::Error;
use crate::oauth::endpoint_url;
use crate::provider::google::external_account::config::Config;
use crate::provider::google::external_account::members::Members;
use crate::provider::google::wish::Trust;
use crate::transport::BoxFuture;
use crate::world::World;

/// The type of proof that is a signed request.
pub(super) const TOKEN_TYPE: &str = "urn:ietf:params:aws:token-type:aws4_request";

pub(super) struct Aws {
    metadata: Metadata,
    /// The request that says who signs it; `{region}` is filled in.
    verification_url: String,
    /// The provider of the pool, which is signed too: nobody else can use the statement.
    audience: String,
}

impl Aws {
    pub(super) fn read(members: &Members<'_>, config: &Config, trust: Trust) -> Result<Self, Error> {
        match members.required("environment_id")? {
            "aws1" => {}
            newer if newer.starts_with("aws") => {
                return Err(members.wrong("environment_id", "is of a later version than aws1, the only one known"));
            }
            _ => return Err(members.wrong("environment_id", "is not aws1")),
        }
        let verification_url = members.required("regional_cred_verification_url")?.to_owned();
        let aws =
            Self { metadata: Metadata::read(members, trust)?, verification_url, audience: config.audience.clone() };
        let sample = aws.verification_url("us-east-1");
        let sample = Url::parse(&sample).ok().filter(|url| url.scheme() == "https");
        let sample = sample.ok_or_else(|| members.wrong("regional_cred_verification_url", "is no https address"))?;
        endpoint_url::check("regional_cred_verification_url", &sample, false)?;
        Ok(aws)
    }

    fn verification_url(&self, region: &str) -> String {
        self.verification_url.replace("{region}", region)
    }

    async fn proof(&self, world: &World) -> Result<Proof, Error> {
        let mut session = self.metadata.session(world);
        let region = metadata::region(&mut session).await?;
        let keys = credentials::find(&mut session).await?;
        let url = self.verification_url(&region);
        let statement = Statement {
            keys: &keys,
            region: &region,
            url: &url,
            at_unix_s: world.context.clock.now_unix_ms().div_euclid(1000),
            resource: Some(&self.audience),
        };
        let signed = statement.sign().ok_or_else(|| unusable(format!("no request to AWS can be made of {url:?}")))?;
        Ok(sigv4::written(&url, &signed).into())
    }
}

impl SubjectTokens for Aws {
    fn name(&self) -> &str {
        "AWS"
    }

    fn fetch<'a>(&'a self, world: &'a World) -> BoxFuture<'a, Result<Proof, Error>> {
        Box::pin(self.proof(world))
    }
}
