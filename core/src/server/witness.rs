//! Who has to know how far a request has come that must not be repeated blindly: a refresh of a rotating grant.

use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::transport::HttpResponse;

/// Told by the one who sends, in this order; each at most once per attempt.
pub(crate) trait Witness: Send + Sync {
    /// The connection stands, and the first byte is about to leave: from here on the server may have carried it out.
    fn sending(&self);

    /// Nothing was sent after all.
    fn not_sent(&self);

    /// The whole answer is here, and nobody has read it yet. Effects: `[disk]`.
    fn answered(&self, answer: &RawAnswer);
}

/// An answer as it came, with what it takes to read it later. Holds secrets.
#[derive(Serialize, Deserialize)]
pub(crate) struct RawAnswer {
    pub(crate) sent_at_unix_s: i64,
    pub(crate) status: u16,
    /// The header fields that reading takes: `Content-Type`, `Date`, `Retry-After`.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: zeroize::Zeroizing<Vec<u8>>,
}

/// The header fields that reading an answer takes.
const READ_HEADERS: [http::HeaderName; 3] = [http::header::CONTENT_TYPE, http::header::DATE, http::header::RETRY_AFTER];

impl RawAnswer {
    pub(crate) fn of(response: &HttpResponse, sent_at_unix_s: i64) -> Self {
        let headers = READ_HEADERS
            .iter()
            .filter_map(|name| Some((name.as_str().to_owned(), response.header(name)?.to_owned())))
            .collect();
        Self { sent_at_unix_s, status: response.status, headers, body: response.body.clone() }
    }

    /// The answer, to be read. Errors: `Store` for one that does not make sense.
    pub(crate) fn response(&self) -> Result<HttpResponse, Error> {
        let mut headers = http::HeaderMap::new();
        for (name, value) in &self.headers {
            let damaged = || Error::new(crate::kinds::Kind::Store, "a kept answer has a header that is none");
            let name: http::HeaderName = name.parse().map_err(|_| damaged())?;
            headers.insert(name, value.parse().map_err(|_| damaged())?);
        }
        Ok(HttpResponse::new(self.status, headers, self.body.to_vec()))
    }
}
