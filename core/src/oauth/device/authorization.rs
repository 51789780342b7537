//! What the person is shown. Source: RFC 8628 §3.2, §3.3.1; lenient wherever a strict reader would lose a usable code.

use std::collections::BTreeSet;
use std::fmt;

use url::Url;

use super::not_enabled_or;
use crate::error::Error;
use crate::oauth::dialect::ZeroExpires;
use crate::oauth::endpoint_failure::EndpointFailure;
use crate::oauth::endpoint_response::{self, Rules};
use crate::oauth::endpoint_url;
use crate::oauth::lifetime::{self, Lifetime};
use crate::oauth::members::{Member, Members};
use crate::oauth::text;
use crate::oauth::token_response::Reading;
use crate::oauth::warning::Warning;
use crate::secret::Secret;
use crate::transport::HttpResponse;

/// When the server does not say how long the code can be entered.
const DEFAULT_LIFETIME_S: u64 = 900;
/// When the server does not say how often to ask. Source: RFC 8628 §3.2.
const DEFAULT_INTERVAL_S: u64 = 5;
/// Nobody waits at a prompt for an answer that is asked for less often.
const LONGEST_INTERVAL_S: u64 = 60;
/// The largest device codes seen are signed tokens.
const DEVICE_CODE_BYTES: usize = 8 * 1024;

/// A code to be entered elsewhere.
///
/// Everything shown to the person is one printable line each.
#[derive(Clone, PartialEq, Eq)]
pub struct DeviceAuthorization {
    /// What the token is asked for with. Never shown.
    pub device_code: Secret,
    /// What the person enters.
    pub user_code: String,
    /// Where the person enters it.
    pub verification_uri: String,
    /// The same with the code in it, for opening and for a QR code; the short address and the code are shown besides.
    pub verification_uri_complete: Option<String>,
    /// The provider's own words to the person, to be shown instead of ours.
    pub message: Option<String>,
    /// How long the code can be entered. Units: seconds.
    pub expires_in_s: u64,
    /// How long to wait between two questions, between 1 and 60. Units: seconds.
    pub interval_s: u64,
    /// What was odd about the answer; sorted, each once.
    pub warnings: Vec<Warning>,
}

impl DeviceAuthorization {
    /// The address to open in a browser: the complete one, else the short one. `None` when neither is fit to be opened:
    /// an answer must not make us run a script or a program.
    pub fn page(&self) -> Option<Url> {
        self.verification_uri_complete.iter().chain([&self.verification_uri]).find_map(|address| openable(address))
    }
}

/// Reads the answer of the device authorization endpoint. Of `reading`, the dialect, the instant and the secrets count.
///
/// Errors: as of every endpoint; with a hint when it looks as if the client may not use this flow.
pub fn read(response: &HttpResponse, reading: &Reading<'_>) -> Result<DeviceAuthorization, Error> {
    let rules = Rules {
        dialect: reading.dialect,
        sent_at_unix_s: reading.sent_at_unix_s,
        secrets: &reading.secrets,
        ..Rules::default()
    };
    endpoint_response::read(response, &rules)
        .and_then(|members| interpret(members).map_err(|answer| EndpointFailure::malformed(answer, response)))
        .map_err(|failure| not_enabled_or(failure, "the device authorization endpoint"))
}

fn interpret(mut members: Members<'_>) -> Result<DeviceAuthorization, &'static str> {
    let mut warnings = BTreeSet::new();
    if members.has_duplicates() {
        warnings.insert(Warning::DuplicateMember);
    }
    let device_code = members.take("device_code");
    let device_code = device_code.as_ref().and_then(Member::text).filter(|code| code.len() <= DEVICE_CODE_BYTES);
    let device_code = Secret::new(device_code.ok_or("no usable device code")?);
    let user_code = shown(&members, &["user_code"]).ok_or("no user code")?;
    let verification_uri = address(&members, &["verification_uri", "verification_url"]);
    let complete = address(&members, &["verification_uri_complete", "verification_url_complete"]);
    let expires_in_s = seconds(&members, "expires_in").unwrap_or_else(|| {
        warnings.insert(Warning::AssumedCodeLifetime);
        DEFAULT_LIFETIME_S
    });
    Ok(DeviceAuthorization {
        device_code,
        user_code,
        verification_uri: verification_uri.ok_or("no verification address")?,
        // What must not be opened is of no use here: it is too long to be typed.
        verification_uri_complete: complete.filter(|address| openable(address).is_some()),
        message: shown(&members, &["message"]),
        expires_in_s,
        interval_s: seconds(&members, "interval").unwrap_or(DEFAULT_INTERVAL_S).min(LONGEST_INTERVAL_S),
        warnings: warnings.into_iter().collect(),
    })
}

/// A positive number of seconds, in any of the ways in which servers write one.
pub(super) fn seconds(members: &Members<'_>, name: &str) -> Option<u64> {
    match lifetime::relative(members.get(name)?, ZeroExpires::Unknown).0 {
        Lifetime::Known(seconds) => Some(seconds),
        _ => None,
    }
}

fn shown(members: &Members<'_>, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| text::description(members.get(name)?.text()?))
}

/// An address, as it may be shown: one that can be opened is printable by being a URL, and is not cut.
fn address(members: &Members<'_>, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| {
        let text = members.get(name)?.text()?;
        let is_url = openable(text).is_some() && text.bytes().all(|byte| byte.is_ascii_graphic());
        if is_url { Some(text.to_owned()) } else { text::description(text) }
    })
}

/// The address, if a browser may be sent there: https, or http to this machine, and no name before an `@`.
fn openable(address: &str) -> Option<Url> {
    let url = Url::parse(address).ok()?;
    let is_fit = url.scheme() == "https" || (url.scheme() == "http" && endpoint_url::is_this_machine(&url));
    (is_fit && url.username().is_empty() && url.password().is_none()).then_some(url)
}

/// Shows the times; never a code.
impl fmt::Debug for DeviceAuthorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeviceAuthorization")
            .field("expires_in_s", &self.expires_in_s)
            .field("interval_s", &self.interval_s)
            .field("warnings", &self.warnings)
            .finish_non_exhaustive()
    }
}
