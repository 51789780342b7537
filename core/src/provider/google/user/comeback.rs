//! Where the browser comes back to after a sign-in at Google, and how the answer is caught. Source: specs, choosing the
//! flow, loopback, redirect URI selection.

use std::net::Ipv6Addr;

use url::{Host, Url};

use super::client::Client;
use super::sign_in::UserWish;
use crate::context::Context;
use crate::error::Error;
use crate::flow::environment::EnvironmentClass;
use crate::flow::redirect::REDIRECT_VARIABLE;
use crate::flow::{ClientType, Environment, FlowChoice, Override, Wishes, loopback};
use crate::kinds::Kind;

/// The port of httr's clients, which tunnels are made for.
const USUAL_PORT: u16 = 1410;
/// The ports that are tried where nobody names one: the usual one, then any.
const PORTS: [u16; 2] = [USUAL_PORT, 0];
/// Names the port at which is listened, and to which the browser comes back.
const PORT_VARIABLE: &str = "TOKCORE_OAUTH_PORT";
/// The same for programs that are made for httr, which tells the two apart: something may forward one to the other.
const LISTENING_PORT_VARIABLE: &str = "HTTR_PORT";
const ADVERTISED_PORT_VARIABLE: &str = "HTTR_SERVER_PORT";
const LISTENING_HOST_VARIABLE: &str = "HTTR_LOCALHOST";
const ADVERTISED_HOST_VARIABLE: &str = "HTTR_SERVER";

/// Where the browser comes back to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Comeback {
    /// The flow, where it is not left to the engine.
    pub(super) flow: Option<FlowChoice>,
    /// Whether an option asks for the listener: then somebody still has to be there.
    pub(super) listens_by_option: bool,
    pub(super) redirect_uri: Option<String>,
    pub(super) ports: Vec<u16>,
    /// Where is listened, if that is not what the redirect URI says.
    pub(super) listen_host: Option<String>,
    pub(super) listen_port: Option<u16>,
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
    let chosen = Override::resolve(context, &wishes)?;
    let flow = chosen.as_ref().map(|chosen| chosen.choice);
    let class = Environment::detect(context, wish.interactivity).class;
    let comeback = match (&wish.redirect_uri, context.set_var(REDIRECT_VARIABLE), client.kind) {
        (Some(uri), ..) => Comeback { redirect_uri: Some(uri.clone()), ..given(flow, class, uri, wish.port) },
        (None, Some(uri), _) => given(flow, class, &uri, wish.port),
        (None, None, ClientType::Installed) => installed(context, flow, class, wish.port)?,
        (None, None, ClientType::Web) => web(flow, class, &client.redirect_uris, wish.port)?,
    };
    Ok(match chosen {
        Some(chosen) if chosen.is_standing() && chosen.choice == FlowChoice::Loopback => {
            Comeback { flow: None, listens_by_option: true, ..comeback }
        }
        _ => comeback,
    })
}

/// A listener on a server hears nothing from a browser elsewhere; the address of the page that fails can be pasted.
fn without_listener(flow: Option<FlowChoice>, class: EnvironmentClass) -> Option<FlowChoice> {
    flow.or((class == EnvironmentClass::Hosted).then_some(FlowChoice::Manual))
}

/// Somebody names the address. A variable that does is left to the engine.
fn given(flow: Option<FlowChoice>, class: EnvironmentClass, uri: &str, port: Option<u16>) -> Comeback {
    let is_local = parsed(uri).is_some_and(|url| is_here(&url));
    let flow = if is_local { without_listener(flow, class) } else { flow };
    Comeback { flow, listen_port: port, ..Comeback::default() }
}

/// Google accepts any port of this machine.
fn installed(
    context: &Context,
    flow: Option<FlowChoice>,
    class: EnvironmentClass,
    port: Option<u16>,
) -> Result<Comeback, Error> {
    let flow = without_listener(flow, class);
    let listen_host = listening_host(context)?;
    let host = context.set_var(ADVERTISED_HOST_VARIABLE).or_else(|| listen_host.clone());
    let host = host.map_or_else(|| "127.0.0.1".to_owned(), bracketed);
    let own = match port {
        Some(port) => Some(port),
        None => named_port(context, PORT_VARIABLE)?,
    };
    let (advertised, listen_port) = match own {
        Some(port) => (Some(port), None),
        None => ports_of_httr(context)?,
    };
    let (redirect_uri, ports) = match advertised {
        Some(port) => (format!("http://{host}:{port}/"), Vec::new()),
        None => (format!("http://{host}"), PORTS.to_vec()),
    };
    Ok(Comeback { flow, redirect_uri: Some(redirect_uri), ports, listen_host, listen_port, ..Comeback::default() })
}

/// The port that the browser comes back to, and the one at which is listened where it is another.
fn ports_of_httr(context: &Context) -> Result<(Option<u16>, Option<u16>), Error> {
    let listening = named_port(context, LISTENING_PORT_VARIABLE)?;
    Ok(match named_port(context, ADVERTISED_PORT_VARIABLE)? {
        None => (listening, None),
        Some(advertised) => {
            let listening = listening.unwrap_or(USUAL_PORT);
            (Some(advertised), (listening != advertised).then_some(listening))
        }
    })
}

fn named_port(context: &Context, variable: &str) -> Result<Option<u16>, Error> {
    let Some(text) = context.set_var(variable) else { return Ok(None) };
    text.trim().parse().ok().filter(|port| *port != 0).map(Some).ok_or_else(|| {
        Error::new(Kind::ConfigInvalid, format!("{variable} is no port")).with_hint("set it to a number such as 1410")
    })
}

fn listening_host(context: &Context) -> Result<Option<String>, Error> {
    let Some(host) = context.set_var(LISTENING_HOST_VARIABLE) else { return Ok(None) };
    loopback::Host::on_this_machine(LISTENING_HOST_VARIABLE, &host).map(|_| Some(host))
}

/// As an address of IPv6 stands in a URI.
fn bracketed(host: String) -> String {
    if host.parse::<Ipv6Addr>().is_ok() { format!("[{host}]") } else { host }
}

/// Google accepts what is registered, letter by letter.
fn web(
    flow: Option<FlowChoice>,
    class: EnvironmentClass,
    uris: &[String],
    port: Option<u16>,
) -> Result<Comeback, Error> {
    let at = |flow, uri: &str| {
        let is_elsewhere = |port: &u16| parsed(uri).and_then(|url| url.port()) != Some(*port);
        let listen_port = port.filter(is_elsewhere);
        Comeback { flow, redirect_uri: Some(uri.to_owned()), listen_port, ..Comeback::default() }
    };
    let local = local(uris, port);
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

/// The address of this machine that a listener can take: the one with this port, else one with any.
fn local(uris: &[String], port: Option<u16>) -> Option<&str> {
    let local = || uris.iter().map(String::as_str).filter(|uri| parsed(uri).is_some_and(|url| is_here(&url)));
    let port_of = |uri: &str| parsed(uri).and_then(|url| url.port());
    let with_that_port = local().find(|uri| port.is_some() && port_of(uri) == port);
    with_that_port.or_else(|| local().find(|uri| port_of(uri).is_some())).or_else(|| local().next())
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
        .with_hint(format!("name one of them as redirect_uri, or with {REDIRECT_VARIABLE}"))),
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
