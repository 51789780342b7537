//! OAuth 2.0 on the wire: build a request, read an answer. Pure, without I/O; one file per concern.
//!
//! The order of a sign-in: [`pkce`] and [`state`] make the one-time secrets, [`authorization`] the URL for the browser,
//! [`callback`] reads what comes back, [`token_request`] asks for the token, [`token_response`] reads the answer and
//! [`endpoint_failure`] says what a refusal means. Nothing here knows a provider by name; what providers do differently
//! from the RFCs is data ([`dialect`]), or evened out in `members` and `envelope` before anything reads an answer.
//!
//! What is signed or checked on the way ([`client_assertion`], [`jwt_bearer`], [`dpop`], [`id_token`]) takes keys and tokens
//! of [`crate::jose`], and the server's time from [`clock`].
//!
//! The `oauth2` crate supplies the error codes of RFC 6749. Its PKCE, its client authentication and its token response
//! are not used: they hash and draw randomness past `crypto`, keep secrets in plain strings, know Basic only in its
//! form-encoded variant, and drop a received token when an optional member is malformed.

pub mod auth_method;
pub mod authorization;
pub mod callback;
pub mod challenge;
pub mod client_assertion;
pub mod client_auth;
pub mod clock;
pub mod code_source;
pub mod device;
pub mod dialect;
pub mod discovery;
pub mod document;
pub mod dpop;
pub mod endpoint_failure;
mod endpoint_request;
mod endpoint_response;
pub mod endpoint_url;
pub mod endpoints;
mod envelope;
mod form;
pub mod grant;
pub mod id_token;
pub mod introspection;
pub mod jwt_bearer;
pub mod lifetime;
mod members;
mod parameters;
pub mod pkce;
mod provider_error;
pub mod pushed_authorization;
mod received;
pub mod redact;
pub mod resource;
pub mod resource_metadata;
pub mod retry;
pub(crate) mod retry_after;
pub mod revocation;
pub mod rotation;
pub mod scope;
pub mod state;
mod text;
pub mod token_exchange;
mod token_members;
pub mod token_request;
pub mod token_response;
pub mod token_use;
mod warning;

pub use auth_method::{AuthMethod, Credential};
pub use authorization::AuthorizationRequest;
pub use callback::{Callback, CallbackProblem, Outcome};
pub use client_auth::{BasicEncoding, ClientAuth, RegisteredClient};
pub use dialect::Dialect;
pub use endpoint_failure::{EndpointFailure, FailureClass};
pub use endpoints::{Endpoint, Endpoints};
pub use grant::Grant;
pub use lifetime::Lifetime;
pub use members::ResponseFormat;
pub use pkce::{Challenge, Verifier};
pub use scope::ScopeSeparator;
pub use token_exchange::{Exchange, TypedToken};
pub use token_request::TokenRequest;
pub use token_response::{Reading, TokenReply};
pub use warning::Warning;
