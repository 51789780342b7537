//! Whether this is a machine of Google's. It costs a laptop nothing that anybody notices: mostly the environment answers,
//! else one short look at the network, once a minute at most.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use url::Url;

use super::host::{self, Occasion, ProbeOptions};
use super::patience::Patience;
use super::request;
use super::signs::Signs;
use crate::context::Context;
use crate::error::Error;
use crate::kinds::Kind;
use crate::reason::Reason;
use crate::world::World;

/// Whether the metadata server is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    /// It is, or somebody says so.
    Here,
    /// It is not, for this reason: part of a sentence.
    NotHere(String),
}

/// Whether a look would ask the network. Effects: `[disk]`.
pub(crate) fn would_ask_network(context: &Context) -> bool {
    match Signs::read(context) {
        Signs::Forbidden(_) | Signs::Named(_) | Signs::Elsewhere(_) => false,
        Signs::Runtime(_) | Signs::Machine | Signs::Cluster | Signs::Silent => true,
    }
}

/// Whether somebody says where the server is, so that it is no guess and its failure ends the search.
pub(crate) fn is_deliberate(context: &Context) -> bool {
    matches!(Signs::read(context), Signs::Named(_))
}

/// Whether the metadata server is there. Effects: `[disk]`, `[net]` where nothing else tells, for 0.8 s at most unless
/// something says that the server must be there.
pub(crate) async fn probe(world: &World, options: &ProbeOptions) -> Presence {
    let signs = Signs::read(&world.context);
    match &signs {
        Signs::Forbidden(variable) => Presence::NotHere(format!("{variable} is set")),
        // Whoever names it wants to hear why it does not answer.
        Signs::Named(_) => Presence::Here,
        Signs::Elsewhere(product) => Presence::NotHere(format!("this machine is not Google's but a {product}")),
        Signs::Runtime(_) | Signs::Machine | Signs::Cluster | Signs::Silent => {
            // What is wrong with a variable is told when the server is opened.
            on_network(world, &signs, options).await.unwrap_or(Presence::Here)
        }
    }
}

/// The same by asking, or by remembering what was answered. Errors: `ConfigInvalid` for variables that make no sense.
async fn on_network(world: &World, signs: &Signs, options: &ProbeOptions) -> Result<Presence, Error> {
    let places = Places::read(&world.context, options)?;
    if let Some(known) = world.metadata.of(&places.words()) {
        return Ok(known.map_or_else(Presence::NotHere, |()| Presence::Here));
    }
    let absent = match signs {
        Signs::Silent => glance(world, &places, options).await?,
        _ => patiently(world, &places.first, &Patience::of_detection(signs, &world.context, options)?).await,
    };
    world.metadata.learn(&places.words(), absent.as_deref());
    Ok(absent.map_or(Presence::Here, Presence::NotHere))
}

/// Where is asked, at once.
struct Places {
    first: Url,
    second: Option<Url>,
}

impl Places {
    /// The name and the address: a name server that does not answer keeps nobody waiting, nor does a lost route.
    fn read(context: &Context, options: &ProbeOptions) -> Result<Self, Error> {
        let second = if options.use_ip { None } else { Some(host::by_address(context)?) };
        Ok(Self { first: host::base(context, options)?, second })
    }

    fn words(&self) -> String {
        let names = std::iter::once(&self.first).chain(&self.second).filter_map(Url::host_str);
        names.collect::<Vec<_>>().join(" or ")
    }
}

/// One question to both places at once. Gives back why the server counts as absent; `None` when it is there.
async fn glance(world: &World, places: &Places, options: &ProbeOptions) -> Result<Option<String>, Error> {
    let timeout = host::timeout(&world.context, options, Occasion::Glance)?;
    let asked = |place: &Url| ask(world, place.clone(), timeout);
    let answer = match &places.second {
        Some(second) => either(asked(&places.first), asked(second)).await,
        None => asked(&places.first).await,
    };
    Ok(answer.err().map(|error| match is_anothers(&error) {
        true => format!("what answers at {} is not Google's metadata server", places.words()),
        false => format!("no metadata server answered at {} within {} ms", places.words(), timeout.as_millis()),
    }))
}

/// The same question again and again, to a server that may only be starting.
async fn patiently(world: &World, place: &Url, patience: &Patience) -> Option<String> {
    let who = place.host_str().unwrap_or_default();
    let mut failed = 0;
    loop {
        let Err(error) = ask(world, place.clone(), patience.timeout).await else { return None };
        failed += 1;
        match patience.pause(failed, &error, world.metadata, world.context.draw()) {
            Some(pause) => tokio::time::sleep(pause).await,
            None if is_anothers(&error) => {
                return Some(format!("what answers at {who} is not Google's metadata server"));
            }
            None => return Some(format!("no metadata server answered at {who}, asked {failed} times")),
        }
    }
}

/// One question; any answer of the metadata server shows that it is there. Errors: those of the exchange; `Protocol` for an
/// answer of another server.
async fn ask(world: &World, place: Url, timeout: Duration) -> Result<(), Error> {
    let who = request::name(&place);
    let sent = world.context.http.send(request::get(place, timeout, &request::direct()));
    // The deadline is the caller's, whatever the transport makes of it.
    let late = |_| Err(Error::new(Kind::Timeout, format!("{who} did not answer in time")));
    let response = tokio::time::timeout(timeout, sent).await.unwrap_or_else(late)?;
    if request::is_googles(&response) { Ok(()) } else { Err(request::not_googles(&who, response.status)) }
}

fn is_anothers(error: &Error) -> bool {
    error.reason() == Some(Reason::MetadataUnreliable)
}

/// What both come to: the first that is well, else the failure that says more.
async fn either(
    one: impl Future<Output = Result<(), Error>> + Send,
    other: impl Future<Output = Result<(), Error>> + Send,
) -> Result<(), Error> {
    let (mut one, mut other) = (pin!(one), pin!(other));
    let (mut first, mut second) = (None, None);
    poll_fn(move |cx| {
        if first.is_none()
            && let Poll::Ready(answer) = one.as_mut().poll(cx)
        {
            first = Some(answer);
        }
        if second.is_none()
            && let Poll::Ready(answer) = other.as_mut().poll(cx)
        {
            second = Some(answer);
        }
        match (&first, &second) {
            (Some(Ok(())), _) | (_, Some(Ok(()))) => Poll::Ready(Ok(())),
            (Some(Err(first)), Some(Err(_))) if is_anothers(first) => Poll::Ready(Err(first.clone())),
            (Some(Err(_)), Some(Err(second))) => Poll::Ready(Err(second.clone())),
            _ => Poll::Pending,
        }
    })
    .await
}
