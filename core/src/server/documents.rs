//! Public documents of a server, fetched with patience: its metadata and its keys.

use std::time::Duration;

use http::HeaderValue;
use url::Url;

use super::Server;
use super::send::{Patience, outcome_of_error};
use crate::error::Error;
use crate::oauth::document;
use crate::oauth::retry::{Outcome, RequestClass};
use crate::oauth::retry_after;
use crate::transport::HttpResponse;

impl Server {
    /// The answer at `address`, after a redirect within the server if need be. A 304 is an answer too when `etag` was
    /// given. Effects: `[net]`.
    ///
    /// Errors: those of the exchange; `Protocol` for a redirect that leaves the server.
    pub(super) async fn document(&self, address: &Url, etag: Option<&HeaderValue>) -> Result<HttpResponse, Error> {
        let mut asked = address.clone();
        let mut followed = 0;
        loop {
            let response = self.get_patiently(&asked, etag).await?;
            match document::redirect(&asked, &response, followed)? {
                Some(next) => (asked, followed) = (next, followed + 1),
                None => return Ok(response),
            }
        }
    }

    async fn get_patiently(&self, address: &Url, etag: Option<&HeaderValue>) -> Result<HttpResponse, Error> {
        let mut patience = Patience::of(RequestClass::Read);
        loop {
            let request = patience.limited(self.over_connection(document::request(address, etag)));
            let sent_at_ms = self.context.clock.now_unix_ms();
            let answer = self.context.http.send(request).await;
            let outcome = match &answer {
                Ok(response) => {
                    self.learn(address, response, sent_at_ms);
                    outcome_of_answer(response, sent_at_ms.div_euclid(1000))
                }
                Err(error) => outcome_of_error(error),
            };
            if !patience.another(outcome, self.draw()).await {
                return answer;
            }
        }
    }
}

fn outcome_of_answer(response: &HttpResponse, sent_at_unix_s: i64) -> Outcome {
    let retry_after = retry_after::seconds(response, sent_at_unix_s).map(Duration::from_secs);
    Outcome::Status { status: response.status, retry_after }
}
