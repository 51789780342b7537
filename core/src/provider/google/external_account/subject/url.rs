//! A proof of identity from a server, mostly one that a cloud or a build service runs for its own machines.

use http::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

use super::format::Format;
use super::{Proof, SubjectTokens, unusable};
use crate::error::Error;
use crate::oauth::endpoint_url;
use crate::provider::google::external_account::members::Members;
use crate::provider::google::external_account::reach;
use crate::provider::google::wish::Trust;
use crate::transport::{BoxFuture, HttpRequest, Method};
use crate::world::World;

pub(super) struct Address {
    url: Url,
    headers: HeaderMap,
    format: Format,
    name: String,
}

impl Address {
    pub(super) fn read(members: &Members<'_>, trust: Trust) -> Result<Self, Error> {
        let url = Url::parse(members.required("url")?).map_err(|_| members.wrong("url", "is no web address"))?;
        // The headers may hold a key of the build service: nobody on the way may read them.
        endpoint_url::check("url of credential_source", &url, reach::is_near(&url) || trust == Trust::Custom)?;
        Ok(Self {
            headers: headers(members)?,
            format: Format::read(members)?,
            name: format!("the identity server {}", url.origin().ascii_serialization()),
            url,
        })
    }

    async fn proof(&self, world: &World) -> Result<Proof, Error> {
        let mut request = HttpRequest::new(Method::GET, self.url.clone());
        request.headers.clone_from(&self.headers);
        let response = reach::ask(world, &self.name, request).await?;
        if response.status != 200 {
            return Err(unusable(format!("{} answered with HTTP {}", self.name, response.status)));
        }
        self.format.token(&response.body, &format!("the answer of {}", self.name)).map(Proof::from)
    }
}

/// The header fields that the server wants, all of them kept out of every print.
fn headers(members: &Members<'_>) -> Result<HeaderMap, Error> {
    let mut headers = HeaderMap::new();
    let Some(given) = members.inside("headers")? else { return Ok(headers) };
    for (name, value) in given.texts()? {
        let field = HeaderName::from_bytes(name.as_bytes()).map_err(|_| given.wrong(name, "is no header field"))?;
        let mut value = HeaderValue::from_str(value).map_err(|_| given.wrong(name, "does not fit into a header"))?;
        value.set_sensitive(true);
        headers.insert(field, value);
    }
    Ok(headers)
}

impl SubjectTokens for Address {
    fn name(&self) -> &str {
        &self.name
    }

    fn fetch<'a>(&'a self, world: &'a World) -> BoxFuture<'a, Result<Proof, Error>> {
        Box::pin(self.proof(world))
    }
}
