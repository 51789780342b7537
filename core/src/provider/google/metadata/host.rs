//! Where the metadata server is, and how long it may take to answer. Source: specs, metadata.

use std::time::Duration;

use url::Url;

use crate::context::Context;
use crate::error::Error;
use crate::kinds::Kind;

/// Its name on every machine of Google's.
pub(crate) const NAME: &str = "metadata.google.internal";
/// Its address, for where names are not resolved.
const ADDRESS: &str = "169.254.169.254";
/// Variables that say where it is, the one that counts first; the last one is R's, and holds a host despite its name.
const VARIABLES: [&str; 3] = ["GCE_METADATA_HOST", "GCE_METADATA_ROOT", "GCE_METADATA_URL"];
/// Says where it is, where it is asked by its address.
pub(super) const ADDRESS_VARIABLE: &str = "GCE_METADATA_IP";
const TIMEOUT_VARIABLE: &str = "GCE_METADATA_TIMEOUT";
const RETRIES_VARIABLE: &str = "GCE_METADATA_DETECT_RETRIES";

/// What a caller says about the metadata server; R's options of these names.
#[derive(Clone, Debug, Default)]
pub(crate) struct ProbeOptions {
    /// Whether it is asked by its address instead of its name.
    pub(crate) use_ip: bool,
    /// How long one attempt may take, whatever the occasion.
    pub(crate) timeout: Option<Duration>,
}

/// On which occasion it is asked, which decides how long it may take where nobody says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Occasion {
    /// Nobody knows whether it is there, and somebody waits.
    Glance,
    /// It has answered a glance, so that it is near.
    Request,
    /// It must be there, and may only be starting.
    Start,
}

/// The variable that says where it is, if one does.
pub(super) fn named(context: &Context) -> Option<&'static str> {
    VARIABLES.into_iter().find(|name| context.set_var(name).is_some())
}

/// Where it is asked.
///
/// Errors: `ConfigInvalid` for a variable that holds no host, naming it.
pub(crate) fn base(context: &Context, options: &ProbeOptions) -> Result<Url, Error> {
    match named(context).filter(|_| !options.use_ip) {
        Some(variable) => from_variable(context, variable, NAME),
        None if options.use_ip => by_address(context),
        None => read(NAME).ok_or_else(|| unreadable("the name of the metadata server")),
    }
}

/// The same by its address.
///
/// Errors: as [`base`].
pub(super) fn by_address(context: &Context) -> Result<Url, Error> {
    from_variable(context, ADDRESS_VARIABLE, ADDRESS)
}

/// How long one attempt may take. Errors: `ConfigInvalid` for a variable that holds no number of seconds.
pub(crate) fn timeout(context: &Context, options: &ProbeOptions, occasion: Occasion) -> Result<Duration, Error> {
    let standard = match occasion {
        Occasion::Glance => Duration::from_millis(800),
        Occasion::Request => Duration::from_secs(2),
        Occasion::Start => Duration::from_secs(3),
    };
    let told = number(context, TIMEOUT_VARIABLE)?.map(|seconds| Duration::from_secs(u64::from(seconds)));
    Ok(options.timeout.or(told).unwrap_or(standard))
}

/// How often it is asked before it counts as absent, where somebody says so.
///
/// Errors: `ConfigInvalid` for a variable that holds no number.
pub(super) fn attempts(context: &Context) -> Result<Option<u32>, Error> {
    number(context, RETRIES_VARIABLE)
}

/// The number of a variable; more than a thousand of anything would be a slip.
fn number(context: &Context, variable: &str) -> Result<Option<u32>, Error> {
    let Some(text) = context.set_var(variable) else { return Ok(None) };
    match text.trim().parse::<u32>() {
        Ok(number @ 1..=1000) => Ok(Some(number)),
        _ => Err(Error::new(Kind::ConfigInvalid, format!("{variable} is no whole number between 1 and 1000"))
            .with_hint(format!("correct {variable}, or unset it"))),
    }
}

fn from_variable(context: &Context, variable: &str, standard: &str) -> Result<Url, Error> {
    let told = context.set_var(variable);
    read(told.as_deref().unwrap_or(standard)).ok_or_else(|| unreadable(variable))
}

/// The address that `text` means: a host, with a port and a scheme where it has them.
fn read(text: &str) -> Option<Url> {
    let text = text.trim();
    let url = if text.contains("://") { Url::parse(text) } else { Url::parse(&format!("http://{text}")) };
    let is_server = |url: &Url| {
        matches!(url.scheme(), "http" | "https")
            && url.has_host()
            && url.username().is_empty()
            && url.password().is_none()
            && matches!(url.path(), "" | "/")
            && url.query().is_none()
            && url.fragment().is_none()
    };
    url.ok().filter(is_server)
}

fn unreadable(what: &str) -> Error {
    Error::new(Kind::ConfigInvalid, format!("{what} holds no host that could be asked"))
        .with_hint(format!("write {what}=host or host:port, or unset it"))
}
