//! Where the browser comes back to after a sign-in at Google, and how the answer is caught. Source: specs, choosing the
//! flow, loopback, redirect URI selection.

use url::{Host, Url};

use super::client::Client;
use super::sign_in::UserWish;
use crate::context::Context;
use crate::error::Error;
use crate::flow::environment::EnvironmentClass;
use crate::flow::redirect::REDIRECT_VARIABLE;
use crate::flow::{ClientType, Environment, FlowChoice, Override, Wishes};
use crate::kinds::Kind;

/// The ports that are tried where nobody names one: that of httr's clients, which tunnels are made for, then any.
const PORTS: [u16; 2] = [1410, 0];
/// Variables that name a port, the one that counts first.
const PORT_VARIABLES: [&str; 3] = ["TOKCORE_OAUTH_PORT", "HTTR_SERVER_PORT", "HTTR_PORT"];
const HOST_VARIABLE: &str = "HTTR_SERVER";

/// Where the browser comes back to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Comeback {
    /// The flow, where it is not left to the engine.
    pub(super) flow: Option<FlowChoice>,
    pub(super) redirect_uri: Option<String>,
    pub(super) ports: Vec<u16>,
}

/// Where the browser comes back to, for this client on this machine.
///
/// Errors: `ConfigInvalid` for a flow that no registered address is good for, and for variables that make no sense.
pub(super) fn choose(context: &Context, client: &Client, wish: &UserWish) -> Result<Comeback, Error> {
    let wishes = Wishes {
        flow: wish.flow.as_deref(),
        use_oob: wish.use_oob,
        gargle_oob_default: wish.gargle_oob_default,
        httr_oob_default: wish.httr_oob_default,
        client: client.kind,
    };
    let flow = Override::resolve(context, &wishes)?.map(|chosen| chosen.choice);
    let class = Environment::detect(context, wish.interactivity).class;
    match (&wish.redirect_uri, client.kind) {
        (Some(uri), _) => Ok(Comeback { flow, redirect_uri: Some(uri.clone()), ports: Vec::new() }),
        (None, ClientType::Installed) => installed(context, flow, class, wish.port),
        (None, ClientType::Web) => web(flow, class, &client.redirect_uris),
    }
}

/// Google accepts any port of this machine.
fn installed(
    context: &Context,
    flow: Option<FlowChoice>,
    class: EnvironmentClass,
    port: Option<u16>,
) -> Result<Comeback, Error> {
    // A listener on a server hears nothing from a browser elsewhere; the address of the page that fails can be pasted.
    let flow = flow.or((class == EnvironmentClass::Hosted).then_some(FlowChoice::Manual));
    if context.set_var(REDIRECT_VARIABLE).is_some() {
        return Ok(Comeback { flow, ..Comeback::default() });
    }
    let host = context.set_var(HOST_VARIABLE).unwrap_or_else(|| "127.0.0.1".to_owned());
    let named = match port {
        Some(port) => Some(port),
        None => named_port(context)?,
    };
    Ok(match named {
        Some(port) => Comeback { flow, redirect_uri: Some(format!("http://{host}:{port}/")), ports: Vec::new() },
        None => Comeback { flow, redirect_uri: Some(format!("http://{host}")), ports: PORTS.to_vec() },
    })
}

fn named_port(context: &Context) -> Result<Option<u16>, Error> {
    let Some(variable) = PORT_VARIABLES.into_iter().find(|name| context.set_var(name).is_some()) else {
        return Ok(None);
    };
    let port = context.set_var(variable).and_then(|text| text.trim().parse().ok()).filter(|port| *port != 0);
    port.map(Some).ok_or_else(|| {
        Error::new(Kind::ConfigInvalid, format!("{variable} is no port")).with_hint("set it to a number such as 1410")
    })
}

/// Google accepts what is registered, letter by letter.
fn web(flow: Option<FlowChoice>, class: EnvironmentClass, uris: &[String]) -> Result<Comeback, Error> {
    let at = |flow, uri: &str| Comeback { flow, redirect_uri: Some(uri.to_owned()), ports: Vec::new() };
    let local = loopback(uris);
    match flow {
        Some(FlowChoice::PseudoOob) => page(uris).map(|page| at(flow, page)),
        Some(FlowChoice::Loopback) => local.map(|uri| at(flow, uri)).ok_or_else(no_loopback),
        Some(FlowChoice::Oob | FlowChoice::Device) => Ok(Comeback { flow, ..Comeback::default() }),
        Some(_) => local.map_or_else(|| page(uris), Ok).map(|uri| at(flow, uri)),
        None => match (class, local) {
            (EnvironmentClass::Local, Some(uri)) => Ok(at(None, uri)),
            (EnvironmentClass::Hosted, Some(uri)) => {
                Ok(page(uris).map_or_else(|_| at(Some(FlowChoice::Manual), uri), |page| at(None, page)))
            }
            (_, Some(uri)) => Ok(at(None, page(uris).unwrap_or(uri))),
            (_, None) => page(uris).map(|page| at(None, page)),
        },
    }
}

/// The address of this machine that a listener can take: one with its port.
fn loopback(uris: &[String]) -> Option<&str> {
    let local = || uris.iter().map(String::as_str).filter(|uri| parsed(uri).is_some_and(|url| is_here(&url)));
    let with_port = |uri: &&str| parsed(uri).is_some_and(|url| url.port().is_some());
    local().find(with_port).or_else(|| local().next())
}

/// The page that shows the code: the one that says so by its path, else the only one.
///
/// Errors: `ConfigInvalid` where none is registered, or several are, listing them.
pub(super) fn page(uris: &[String]) -> Result<&str, Error> {
    let is_page = |uri: &&str| parsed(uri).is_some_and(|url| url.scheme() == "https" && !is_here(&url));
    let pages: Vec<&str> = uris.iter().map(String::as_str).filter(is_page).collect();
    let meant: Vec<&str> = pages.iter().copied().filter(|uri| shows_codes(uri)).collect();
    match if meant.is_empty() { &pages[..] } else { &meant[..] } {
        [page] => Ok(page),
        [] => Err(Error::new(Kind::ConfigInvalid, "no page is registered for this client that could show the code")
            .with_hint("register an https page, or use an installed client, whose code is pasted with its address")),
        several => Err(Error::new(
            Kind::ConfigInvalid,
            format!("several registered pages could show the code: {}", several.join(", ")),
        )
        .with_hint("name one of them as redirect_uri")),
    }
}

/// Pages made for this have it in their path, by agreement among R's packages.
fn shows_codes(uri: &str) -> bool {
    parsed(uri).and_then(|url| Some(url.path_segments()?.any(|part| part == "google-callback"))).unwrap_or(false)
}

fn parsed(uri: &str) -> Option<Url> {
    Url::parse(uri).ok().filter(Url::has_host)
}

/// Whether the address is this machine, by what it is and not by how it begins.
fn is_here(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn no_loopback() -> Error {
    Error::new(Kind::ConfigInvalid, "no address of this machine is registered for this web client")
        .with_hint("register http://localhost:1410/, use an installed client, or leave the flow to tokcore")
}
