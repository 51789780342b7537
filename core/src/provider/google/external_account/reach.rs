//! Requests to whoever proves a machine's identity: mostly a server on the machine itself, or next to it.

use std::sync::Arc;

use url::{Host, Url};

use crate::error::Error;
use crate::provider::status;
use crate::reason::Reason;
use crate::transport::{Connection, HttpRequest, HttpResponse, Proxies};
use crate::world::World;

/// The answer to `request`, which has to be of the status 200. `who` names the server in messages. Effects: `[net]`.
pub(super) async fn ask(world: &World, who: &str, mut request: HttpRequest) -> Result<HttpResponse, Error> {
    request.connection = Arc::new(connection(world, &request.url));
    let response = world.context.http.send(request).await.map_err(|error| error.during(who))?;
    match status::failure(who, &response) {
        Some(error) => Err(error.with_reason(Reason::SubjectToken).with_hint(format!(
            "check what {who} wants to be asked, and that this machine, container or job has an identity there"
        ))),
        None => Ok(response),
    }
}

/// A proxy would ask in its own name, and get its own identity.
fn connection(world: &World, url: &Url) -> Connection {
    let usual = Connection::from_env(&world.context);
    if is_near(url) { Connection { proxies: Proxies::default(), ..usual } } else { usual }
}

/// Whether `url` leads to this machine, or to one that is reached without any router: where clouds tell their machines
/// who they are.
pub(super) fn is_near(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => address.is_loopback() || address.is_link_local(),
        // The network fd00:ec2::/32 is what AWS has for the same.
        Some(Host::Ipv6(address)) => {
            address.is_loopback()
                || address.is_unicast_link_local()
                || (address.segments()[0], address.segments()[1]) == (0xfd00, 0x0ec2)
        }
        Some(Host::Domain(name)) => name == "localhost",
        None => false,
    }
}
