//! The RPC cookie: what a session shows to prove whose it is.
//!
//! `user-id=<V>|<E>|<M>; expires=<E>; path=/; HttpOnly`, each part percent-encoded, with `V = "tc1:" kid ":" sid`.
//! The outer shape is the product's, so that every third-party reader keeps working; the MAC's input differs, so that
//! a cookie of one system is never valid in the other. Source: specs/workbench.md §1.4, §4.11.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use jiff::fmt::rfc2822::{DateTimeParser, DateTimePrinter};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tokcore::Secret;
use tokcore::crypto::{constant_time_eq, fill_random, hmac_sha256, sha256};

use crate::hex;
use crate::keys::{Key, KeyRing, Purpose};

/// Longest cookie that is looked at.
pub const MAX_BYTES: usize = 4096;

/// A client's clock may run this much late. Units: seconds.
const LEEWAY_S: i64 = 300;

const NAME: &str = "user-id";

/// Python's reader undoes only `%2C`, `%20` and `%3A` inside the date; `-`, `.`, `_`, `~` never need escaping.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The name of one RPC session: 128 random bits. Whoever knows it and a signing key is the session.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Sid([u8; 16]);

impl Sid {
    /// A new session's name.
    pub fn random() -> Result<Self, tokcore::Error> {
        let mut bytes = [0; 16];
        fill_random(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// The session with these bytes.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// SHA-256 of the bytes in hexadecimal: how the database and runtime directories name the session.
    pub fn hash(&self) -> String {
        hex::encode(&sha256(&self.0))
    }
}

/// Only the first eight digits of the hash, the form in which logs may name a session.
impl fmt::Debug for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sid({}…)", &self.hash()[..8])
    }
}

/// Why a request's cookie was not accepted; the text is the `error` of the 401 answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// No cookie header.
    #[error("missing")]
    Missing,
    /// Not a cookie of this broker.
    #[error("malformed")]
    Malformed,
    /// Signed with a key that is not in the ring.
    #[error("unknown_key")]
    UnknownKey,
    /// The signature does not fit.
    #[error("bad_signature")]
    BadSignature,
    /// Its date has passed.
    #[error("expired")]
    Expired,
    /// Its session was ended, or was never stored here.
    #[error("revoked")]
    Revoked,
}

/// A cookie whose signature and date are good. The session may still have been revoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verified {
    /// The session.
    pub sid: Sid,
    /// Units: seconds since the epoch.
    pub expires_at_unix_s: i64,
}

/// The cookie of a session, signed with the active key, as one line without a newline.
///
/// Errors: [`tokcore::Kind::InvalidArgument`] for a moment outside the years 0 to 9999.
pub fn mint(keys: &KeyRing, sid: &Sid, expires_at_unix_s: i64) -> Result<Secret, tokcore::Error> {
    let expires = http_date(expires_at_unix_s)?;
    let key = keys.active();
    let value = format!("tc1:{}:{}", key.kid(), URL_SAFE_NO_PAD.encode(sid.0));
    let mac = mac(key, &value, &expires);
    let [v, e, m] = [&value, &expires, &mac].map(|part| utf8_percent_encode(part, ESCAPED).to_string());
    Ok(Secret::new(format!("{NAME}={v}|{e}|{m}; expires={expires}; path=/; HttpOnly")))
}

/// Checks a header value, as received, against the keys and the clock.
///
/// Shape: `None` for an absent header. `Revoked` is never returned here: that takes the session's row.
pub fn verify(keys: &KeyRing, header: Option<&[u8]>, now_unix_s: i64) -> Result<Verified, Rejection> {
    let [value, expires, mac_given] = parts(header.ok_or(Rejection::Missing)?)?;
    let (kid, sid) = value.strip_prefix("tc1:").and_then(|v| v.split_once(':')).ok_or(Rejection::Malformed)?;
    let sid = URL_SAFE_NO_PAD.decode(sid).ok().and_then(|sid| sid.try_into().ok()).ok_or(Rejection::Malformed)?;
    let key = keys.get(kid).ok_or(Rejection::UnknownKey)?;
    // Compared as text: base64 that decodes to the right bytes but is spelled otherwise is not what we minted.
    if !constant_time_eq(mac(key, &value, &expires).as_bytes(), mac_given.as_bytes()) {
        return Err(Rejection::BadSignature);
    }
    let expires_at_unix_s = parse_http_date(&expires).ok_or(Rejection::Malformed)?;
    if expires_at_unix_s.saturating_add(LEEWAY_S) <= now_unix_s {
        return Err(Rejection::Expired);
    }
    Ok(Verified { sid: Sid(sid), expires_at_unix_s })
}

/// The three decoded parts of a cookie. Source: specs/workbench.md §1.4, the server-side acceptance rule.
fn parts(header: &[u8]) -> Result<[String; 3], Rejection> {
    let text = std::str::from_utf8(header).map_err(|_| Rejection::Malformed)?.trim_matches([' ', '\t']);
    if text.len() > MAX_BYTES || !text.bytes().all(|byte| (0x20..=0x7e).contains(&byte)) {
        return Err(Rejection::Malformed);
    }
    let pair = text.split_once(';').map_or(text, |(pair, _)| pair);
    let triple = match pair.split_once('=') {
        // A `=` after the first `|` is base64 padding, not a name.
        Some((name, triple)) if !name.contains('|') => {
            if name != NAME {
                return Err(Rejection::Malformed);
            }
            triple
        }
        _ => pair,
    };
    let parts: Vec<&str> = triple.split('|').collect();
    let [value, expires, mac] = parts[..] else { return Err(Rejection::Malformed) };
    Ok([decode(value)?, decode(expires)?, decode(mac)?])
}

/// Strict percent-decoding: a malformed escape is an error, where the usual decoders let it pass.
fn decode(part: &str) -> Result<String, Rejection> {
    let mut decoded = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let [byte, tail @ ..] = rest {
        (rest, _) = match (byte, tail) {
            (b'%', [high, low, tail @ ..]) => match (nibble(*high), nibble(*low)) {
                (Some(high), Some(low)) => (tail, decoded.push(high << 4 | low)),
                _ => return Err(Rejection::Malformed),
            },
            (b'%', _) => return Err(Rejection::Malformed),
            (byte, tail) => (tail, decoded.push(*byte)),
        };
    }
    if decoded.is_empty() || decoded.iter().any(|byte| matches!(byte, b'\r' | b'\n' | 0)) {
        return Err(Rejection::Malformed);
    }
    String::from_utf8(decoded).map_err(|_| Rejection::Malformed)
}

fn nibble(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

fn mac(key: &Key, value: &str, expires: &str) -> String {
    let message = ["tokcore/rpc-cookie/v1", value, expires].join("\0");
    STANDARD.encode(hmac_sha256(key.sub_key(Purpose::RpcCookie), message.as_bytes()))
}

fn http_date(unix_s: i64) -> Result<String, tokcore::Error> {
    Timestamp::from_second(unix_s)
        .and_then(|moment| DateTimePrinter::new().timestamp_to_rfc9110_string(&moment))
        .map_err(|_| tokcore::Error::new(tokcore::Kind::InvalidArgument, "a cookie cannot expire in that year"))
}

fn parse_http_date(text: &str) -> Option<i64> {
    DateTimeParser::new().parse_timestamp(text).ok().map(Timestamp::as_second)
}
