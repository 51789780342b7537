//! The keys that AWS has given to this program: in variables, from the server of its container, or from that of its
//! machine.

use http::HeaderValue;
use http::header::AUTHORIZATION;
use url::{Host, Url};
use zeroize::Zeroizing;

use super::super::{MOST_BYTES, unusable};
use super::metadata::Session;
use super::sigv4::Keys;
use crate::context::Context;
use crate::error::Error;
use crate::provider::google::external_account::reach;
use crate::provider::json;
use crate::secret::Secret;
use crate::transport::{HttpRequest, Method, is_loopback};
use crate::world::World;

/// Where containers of ECS find their server.
const CONTAINERS: &str = "http://169.254.170.2";
/// The server of a container, which EKS has at an address of its own.
const CONTAINER_HOSTS: [&str; 3] = ["169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"];

/// The keys of this program. Effects: `[net]` `[disk]`. Errors: `ConfigInvalid` with the reason `SubjectToken`.
pub(super) async fn find(session: &mut Session<'_>) -> Result<Keys, Error> {
    if let Some(keys) = in_variables(&session.world.context) {
        return Ok(keys);
    }
    if let Some(url) = container(&session.world.context)? {
        let body = ask_container(session.world, url).await?;
        return read(&body, "the credential server of the container");
    }
    match session.keys_of_role().await? {
        Some(body) => read(&body, "the metadata server of AWS"),
        None => Err(unusable("AWS has given no keys to this program").with_hint(
            "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run it where a role is attached to the machine",
        )),
    }
}

fn in_variables(context: &Context) -> Option<Keys> {
    Some(Keys {
        id: context.set_var("AWS_ACCESS_KEY_ID")?,
        secret: Secret::new(context.set_var("AWS_SECRET_ACCESS_KEY")?),
        session: context.set_var("AWS_SESSION_TOKEN").map(Secret::new),
    })
}

/// The server of this container, if it is one with a role. Errors: `ConfigInvalid` for a variable that no container of AWS
/// has.
fn container(context: &Context) -> Result<Option<Url>, Error> {
    const RELATIVE: &str = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
    const FULL: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
    if let Some(path) = context.set_var(RELATIVE) {
        let url = Url::parse(&format!("{CONTAINERS}{path}")).ok().filter(|_| path.starts_with('/'));
        return url.map(Some).ok_or_else(|| unusable(format!("{RELATIVE} is no path")));
    }
    let Some(text) = context.set_var(FULL) else { return Ok(None) };
    let url = Url::parse(&text).map_err(|_| unusable(format!("{FULL} is no web address")))?;
    // The request carries a key to the role's keys.
    let is_safe = match (url.scheme(), url.host()) {
        ("https", Some(_)) => true,
        ("http", Some(Host::Domain(_))) => is_loopback(&url),
        ("http", Some(_)) => is_loopback(&url) || url.host_str().is_some_and(|host| CONTAINER_HOSTS.contains(&host)),
        _ => false,
    };
    if is_safe { Ok(Some(url)) } else { Err(unusable(format!("{FULL} is neither https nor an address of AWS's own"))) }
}

async fn ask_container(world: &World, url: Url) -> Result<Zeroizing<Vec<u8>>, Error> {
    let mut request = HttpRequest::new(Method::GET, url);
    if let Some(key) = container_key(&world.context)? {
        let value = HeaderValue::from_str(key.expose());
        let value = value.map_err(|_| unusable("the key to the container's credential server fits into no header"))?;
        request = request.secret_header(AUTHORIZATION, value);
    }
    Ok(reach::ask(world, "the credential server of the container", request).await?.body)
}

/// What the container's server wants to see. A file's content changes while the program runs.
fn container_key(context: &Context) -> Result<Option<Secret>, Error> {
    let Some(path) = context.set_var("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") else {
        return Ok(context.set_var("AWS_CONTAINER_AUTHORIZATION_TOKEN").map(Secret::new));
    };
    let content = context.files.read(path.as_ref(), MOST_BYTES).map(Zeroizing::new);
    let content = content.map_err(|cause| unusable(format!("the file {path} cannot be read: {cause}")))?;
    let text = std::str::from_utf8(&content).map_err(|_| unusable(format!("the file {path} holds no text")))?;
    Ok(Some(Secret::new(text.trim())))
}

fn read(body: &[u8], who: &str) -> Result<Keys, Error> {
    let mut members = json::object(who, body)?;
    let mut take = |name: &str| json::take_secret(&mut members, name);
    match (take("AccessKeyId"), take("SecretAccessKey"), take("Token")) {
        (Some(id), Some(secret), session) => Ok(Keys { id: id.expose().to_owned(), secret, session }),
        _ => Err(unusable(format!("{who} gave no AccessKeyId and SecretAccessKey"))),
    }
}
