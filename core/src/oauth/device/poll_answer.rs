//! What came of asking for the token once.

use super::authorization::seconds;
use crate::error::Error;
use crate::oauth::endpoint_failure::EndpointFailure;
use crate::oauth::members::Members;
use crate::oauth::token_response::{self, Reading, TokenReply};
use crate::transport::HttpResponse;

/// What came of asking for the token once.
#[derive(Clone, Debug)]
pub enum PollAnswer {
    /// The token.
    Token(Box<TokenReply>),
    /// Anything else that the server answered.
    Refused {
        /// What it was.
        failure: EndpointFailure,
        /// The interval that the server asked for beside the error code. Units: seconds.
        interval_s: Option<u64>,
    },
    /// No answer came.
    Lost(Error),
}

impl PollAnswer {
    /// Reads the token endpoint's answer; `Err` is what the transport says when there is none.
    pub fn read(answer: &Result<HttpResponse, Error>, reading: &Reading<'_>) -> Self {
        let response = match answer {
            Ok(response) => response,
            Err(error) => return PollAnswer::Lost(error.clone()),
        };
        match token_response::read(response, reading) {
            Ok(reply) => PollAnswer::Token(Box::new(reply)),
            Err(failure) => {
                let members = Members::read(response, reading.dialect.response.format).ok();
                PollAnswer::Refused { failure, interval_s: members.and_then(|members| seconds(&members, "interval")) }
            }
        }
    }
}
