//! The server next to a machine of AWS that tells it what it is (IMDS), in both of its versions.

use std::net::{Ipv4Addr, Ipv6Addr};

use http::{HeaderName, HeaderValue};
use url::{Host, Url};

use super::super::unusable;
use crate::error::Error;
use crate::provider::google::external_account::members::Members;
use crate::provider::google::external_account::reach;
use crate::provider::google::wish::Trust;
use crate::reason::Reason;
use crate::secret::Secret;
use crate::transport::{HttpRequest, Method};
use crate::world::World;

/// As messages name it.
const SERVER: &str = "the metadata server of AWS";
const TOKEN: HeaderName = HeaderName::from_static("x-aws-ec2-metadata-token");
const LIFETIME: HeaderName = HeaderName::from_static("x-aws-ec2-metadata-token-ttl-seconds");
/// Long enough for one exchange. Units: seconds.
const LIFETIME_S: HeaderValue = HeaderValue::from_static("300");

/// Where the server tells what.
pub(super) struct Metadata {
    /// The zone that the machine is in, which names the region.
    region: Option<Url>,
    /// The role of the machine, and below it the role's keys.
    roles: Option<Url>,
    /// Where a token is had, without which the second version answers nothing.
    session: Option<Url>,
}

impl Metadata {
    /// Errors: `ConfigInvalid` with the reason `UntrustedAddress` for any other server, unless the file is trusted.
    pub(super) fn read(members: &Members<'_>, trust: Trust) -> Result<Self, Error> {
        Ok(Self {
            region: address(members, "region_url", trust)?,
            roles: address(members, "url", trust)?,
            session: address(members, "imdsv2_session_token_url", trust)?,
        })
    }

    /// A conversation with it.
    pub(super) fn session<'a>(&'a self, world: &'a World) -> Session<'a> {
        Session { world, metadata: self, token: None }
    }
}

fn address(members: &Members<'_>, name: &str, trust: Trust) -> Result<Option<Url>, Error> {
    let Some(text) = members.text(name)? else { return Ok(None) };
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let url = url.ok_or_else(|| members.wrong(name, "is no web address"))?;
    if trust == Trust::Custom || is_of_aws(&url) {
        return Ok(Some(url));
    }
    Err(members
        .wrong(name, &format!("leads to {}, which is not {SERVER}", url.origin().ascii_serialization()))
        .with_reason(Reason::UntrustedAddress)
        .with_hint(
            "AWS has it at 169.254.169.254 and [fd00:ec2::254]; if yours is elsewhere, allow it with trust = custom",
        ))
}

fn is_of_aws(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address == Ipv4Addr::new(169, 254, 169, 254),
        Some(Host::Ipv6(address)) => address == Ipv6Addr::new(0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254),
        _ => false,
    }
}

/// One conversation: a token is asked for when the first question is asked, and not again.
pub(super) struct Session<'a> {
    pub(super) world: &'a World,
    metadata: &'a Metadata,
    token: Option<Secret>,
}

impl Session<'_> {
    /// The role of this machine and where its keys are. Shape: `None` where the file names no address. Effects: `[net]`.
    pub(super) async fn keys_of_role(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let Some(roles) = &self.metadata.roles else { return Ok(None) };
        let role = text(&self.get(roles).await?).filter(|role| !role.contains(['/', '?', '#', ' ']));
        let role = role.ok_or_else(|| unusable(format!("{SERVER} names no role: this machine has none")))?;
        let keys = Url::parse(&format!("{}/{role}", roles.as_str().trim_end_matches('/')));
        let keys = keys.map_err(|_| unusable(format!("{SERVER} names a role that fits into no address")))?;
        self.get(&keys).await.map(Some)
    }

    async fn get(&mut self, url: &Url) -> Result<Vec<u8>, Error> {
        self.begin().await?;
        let mut request = HttpRequest::new(Method::GET, url.clone());
        if let Some(token) = &self.token {
            let value = HeaderValue::from_str(token.expose());
            let value = value.map_err(|_| unusable(format!("{SERVER} gave a token that is none")))?;
            request = request.secret_header(TOKEN, value);
        }
        Ok(reach::ask(self.world, SERVER, request).await?.body.to_vec())
    }

    async fn begin(&mut self) -> Result<(), Error> {
        let Some(url) = self.metadata.session.as_ref().filter(|_| self.token.is_none()) else { return Ok(()) };
        let request = HttpRequest::new(Method::PUT, url.clone()).header(LIFETIME, LIFETIME_S);
        let answer = reach::ask(self.world, SERVER, request).await?;
        let token = text(&answer.body).ok_or_else(|| unusable(format!("{SERVER} gave no token")))?;
        self.token = Some(Secret::new(token));
        Ok(())
    }
}

/// The region: a variable's where one is set, else that of the zone without its letter.
pub(super) async fn region(session: &mut Session<'_>) -> Result<String, Error> {
    let context = &session.world.context;
    if let Some(region) = context.set_var("AWS_REGION").or_else(|| context.set_var("AWS_DEFAULT_REGION")) {
        return checked(region);
    }
    let Some(url) = &session.metadata.region else {
        return Err(unusable("the region at AWS is not known: neither AWS_REGION nor a region_url is there")
            .with_hint("set AWS_REGION to the region that this program runs in"));
    };
    let mut zone = text(&session.get(url).await?).ok_or_else(|| unusable(format!("{SERVER} names no zone")))?;
    zone.pop();
    checked(zone)
}

/// It becomes part of a host's name.
fn checked(region: String) -> Result<String, Error> {
    let is_region = !region.is_empty() && region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if is_region { Ok(region) } else { Err(unusable(format!("{region:?} is no region of AWS"))) }
}

/// What an answer of one line says.
fn text(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?.trim();
    (!text.is_empty() && !text.contains(char::is_control)).then(|| text.to_owned())
}
