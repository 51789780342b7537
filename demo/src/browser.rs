//! A browser in miniature: cookies, forms and redirects, enough to sign in the way a person does.

use std::collections::BTreeMap;

use http::header::{ACCEPT, CONTENT_TYPE, COOKIE, LOCATION, ORIGIN, SET_COOKIE};
use http::{HeaderName, HeaderValue};
use tokcore::transport::{HttpRequest, HttpResponse, Method};
use tokcore::{Context, Error, Kind};
use url::Url;
use url::form_urlencoded::Serializer;

/// One visitor. Cookies are kept per origin; all of them are session cookies here.
pub struct Browser {
    context: Context,
    cookies: BTreeMap<(String, String), String>,
}

/// What came back from a page.
pub struct Page {
    /// Where it is.
    pub url: Url,
    /// Where it leads, if it is a redirect.
    pub location: Option<Url>,
    status: u16,
    text: String,
}

impl Browser {
    /// A visitor without any cookie.
    pub fn new(context: Context) -> Self {
        Self { context, cookies: BTreeMap::new() }
    }

    /// Follows a link. Effects: `[net]`. Errors: those of the exchange; `Http` for a status that is no success.
    pub async fn open(&mut self, url: &Url) -> Result<Page, Error> {
        self.send(HttpRequest::new(Method::GET, url.clone())).await
    }

    /// Sends a form, as the page at the same origin would. Effects and errors as [`Browser::open`].
    pub async fn submit(&mut self, url: &Url, fields: &[(&str, &str)]) -> Result<Page, Error> {
        let body = Serializer::new(String::new()).extend_pairs(fields).finish();
        let origin = url.origin().ascii_serialization();
        let request = HttpRequest::new(Method::POST, url.clone())
            .header(CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"))
            .header(ORIGIN, header_value(&origin)?)
            .header(HeaderName::from_static("sec-fetch-site"), HeaderValue::from_static("same-origin"))
            .body(body);
        self.send(request).await
    }

    async fn send(&mut self, mut request: HttpRequest) -> Result<Page, Error> {
        let url = request.url.clone();
        let origin = url.origin().ascii_serialization();
        request = request.header(ACCEPT, HeaderValue::from_static("text/html"));
        let cookies: Vec<_> = self
            .cookies
            .iter()
            .filter(|((owner, _), _)| *owner == origin)
            .map(|((_, name), value)| format!("{name}={value}"))
            .collect();
        if !cookies.is_empty() {
            request = request.secret_header(COOKIE, header_value(&cookies.join("; "))?);
        }
        let response = self.context.http.send(request).await?;
        self.keep_cookies(&origin, &response);
        Page::read(url, &response)
    }

    fn keep_cookies(&mut self, origin: &str, response: &HttpResponse) {
        for header in response.headers.get_all(SET_COOKIE) {
            let pair = header.to_str().ok().and_then(|text| text.split(';').next()?.split_once('='));
            if let Some((name, value)) = pair {
                self.cookies.insert((origin.to_owned(), name.trim().to_owned()), value.trim().to_owned());
            }
        }
    }
}

impl Page {
    fn read(url: Url, response: &HttpResponse) -> Result<Self, Error> {
        let status = response.status;
        if !(200..400).contains(&status) {
            let message = format!("{} answered {status}", place(&url));
            return Err(Error::new(Kind::Http, message).with_http_status(status));
        }
        let location = response.header(&LOCATION).and_then(|target| url.join(target).ok());
        Ok(Self { url, location, status, text: String::from_utf8_lossy(&response.body).into_owned() })
    }

    /// Where the page leads. Errors: `Protocol` if it is no redirect.
    pub fn redirect(&self) -> Result<&Url, Error> {
        self.location.as_ref().filter(|_| self.status >= 300).ok_or_else(|| {
            Error::new(Kind::Protocol, format!("{} answered {} and leads nowhere", place(&self.url), self.status))
        })
    }

    /// The value of the first input of this name. The pages are ours: attributes in this order, nothing escaped.
    pub fn field(&self, name: &str) -> Result<&str, Error> {
        let start = format!("name=\"{name}\" value=\"");
        let value = self.text.split_once(&start).and_then(|(_, rest)| rest.split_once('"'));
        value.map(|(value, _)| value).ok_or_else(|| {
            Error::new(Kind::Protocol, format!("the page at {} has no field {name:?}", place(&self.url)))
        })
    }
}

/// A URL without its query, where one-time secrets are.
fn place(url: &Url) -> String {
    format!("{}{}", url.origin().ascii_serialization(), url.path())
}

fn header_value(text: &str) -> Result<HeaderValue, Error> {
    HeaderValue::from_str(text).map_err(|_| Error::new(Kind::Internal, "a header of the demo's sign-in cannot be sent"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(text: &str) -> Page {
        let url = Url::parse("http://127.0.0.1:1/x?code=hunter2").unwrap();
        Page { url, location: None, status: 200, text: text.to_owned() }
    }

    #[test]
    fn a_field_is_found_by_its_name() {
        let form = page(r#"<input type="hidden" name="a" value="1"><input type="hidden" name="csrf" value="2">"#);
        assert_eq!(form.field("csrf").unwrap(), "2");
    }

    #[test]
    fn a_failure_names_the_page_but_not_its_query() {
        let message = page("").field("csrf").unwrap_err().to_string();
        assert!(message.contains("/x") && !message.contains("hunter2"), "{message}");
    }
}
