//! A request to AWS, signed. Source: AWS Signature Version 4, signing with header fields.

use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use url::Url;
use zeroize::Zeroizing;

use crate::crypto::{hex, hmac_sha256, sha256};
use crate::secret::{self, Secret};

/// RFC 3986's unreserved characters, which AWS leaves as they are.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The same and the slash: how the exchange wants the signed request to be written.
const STATEMENT: &AsciiSet = &UNRESERVED.remove(b'/');
/// The exchange repeats the request with this verb.
const METHOD: &str = "POST";
/// Ties the statement to one pool. The exchange takes it unsigned too; then whoever gets hold of the statement could use it
/// with another pool.
pub(super) const RESOURCE: &str = "x-goog-cloud-target-resource";

/// What a request is signed with.
pub(super) struct Keys {
    pub(super) id: String,
    pub(super) secret: Secret,
    /// Goes with keys that were lent for a time.
    pub(super) session: Option<Secret>,
}

/// What is signed: a request without a body.
pub(super) struct Statement<'a> {
    pub(super) keys: &'a Keys,
    pub(super) region: &'a str,
    /// As it will be sent.
    pub(super) url: &'a str,
    /// Units: seconds since 1970.
    pub(super) at_unix_s: i64,
    pub(super) resource: Option<&'a str>,
}

/// Header fields of a request.
pub(super) type Fields = Vec<(&'static str, Zeroizing<String>)>;

impl Statement<'_> {
    /// The header fields of the request, with its signature. Shape: `None` when the address has no host.
    pub(super) fn sign(&self) -> Option<Fields> {
        let url = Url::parse(self.url).ok()?;
        let host = url.host_str()?;
        let moment = Timestamp::from_second(self.at_unix_s).ok()?.strftime("%Y%m%dT%H%M%SZ").to_string();
        // In the order of their names, as they have to be signed.
        let session = self.keys.session.as_ref().map(|session| ("x-amz-security-token", session.expose()));
        let fields = [Some(("host", host)), Some(("x-amz-date", moment.as_str())), session];
        let resource = self.resource.map(|resource| (RESOURCE, resource));
        let fields: Vec<(&'static str, &str)> = fields.into_iter().chain([resource]).flatten().collect();

        let names = fields.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";");
        let day = &moment[..8];
        let label = host.split('.').next()?;
        let service = label.strip_suffix("-fips").unwrap_or(label);
        let range = format!("{day}/{}/{service}/aws4_request", self.region);
        let request = Zeroizing::new(canonical(&url, &fields, &names));
        let to_sign = format!("AWS4-HMAC-SHA256\n{moment}\n{range}\n{}", hex(&sha256(request.as_bytes())));
        let signature = hex(&hmac_sha256(&*self.key(day, service), to_sign.as_bytes()));
        let authorization = Zeroizing::new(format!(
            "AWS4-HMAC-SHA256 Credential={}/{range}, SignedHeaders={names}, Signature={signature}",
            self.keys.id
        ));
        let signed = fields.into_iter().map(|(name, value)| (name, Zeroizing::new(value.to_owned())));
        Some(std::iter::once(("Authorization", authorization)).chain(signed).collect())
    }

    /// A key that is good for this day, region and service only.
    fn key(&self, day: &str, service: &str) -> Zeroizing<[u8; 32]> {
        let secret = Zeroizing::new(format!("AWS4{}", self.keys.secret.expose()));
        let first = Zeroizing::new(hmac_sha256(secret.as_bytes(), day.as_bytes()));
        [self.region, service, "aws4_request"]
            .into_iter()
            .fold(first, |key, part| Zeroizing::new(hmac_sha256(&*key, part.as_bytes())))
    }
}

/// The request in the one spelling that both sides agree on.
fn canonical(url: &Url, fields: &[(&str, &str)], names: &str) -> String {
    let encode = |text: &str| utf8_percent_encode(text, UNRESERVED).to_string();
    let mut query: Vec<(String, String)> =
        url.query_pairs().map(|(name, value)| (encode(&name), encode(&value))).collect();
    query.sort_unstable();
    let query: Vec<String> = query.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    let headers: String = fields.iter().map(|(name, value)| format!("{name}:{}\n", value.trim())).collect();
    format!("{METHOD}\n{}\n{}\n{headers}\n{names}\n{}", url.path(), query.join("&"), hex(&sha256(b"")))
}

/// The signed request as a text that can be exchanged: JSON in the order of its names, percent-encoded.
pub(super) fn written(url: &str, fields: &Fields) -> Secret {
    #[derive(Serialize)]
    struct Field<'a> {
        key: &'a str,
        value: &'a str,
    }

    #[derive(Serialize)]
    struct Request<'a> {
        headers: Vec<Field<'a>>,
        method: &'a str,
        url: &'a str,
    }

    let headers = fields.iter().map(|(key, value)| Field { key, value }).collect();
    // Texts under names: there is nothing in it that JSON could not say.
    let json = secret::to_json(&Request { headers, method: METHOD, url }).unwrap_or_default();
    Secret::new(percent_encoding::percent_encode(&json, STATEMENT).to_string())
}
