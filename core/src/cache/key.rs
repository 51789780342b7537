//! The key of a credential: the same in every language, versioned for good. Source: specs of the flows, cache key.

use crate::crypto;

/// Longer than most canonical texts.
const USUAL_BYTES: usize = 512;

/// What makes two requests want the same credential. `None` is distinct from an empty text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct KeyFields<'a> {
    pub(crate) issuer: Option<&'a str>,
    pub(crate) token_endpoint: Option<&'a str>,
    pub(crate) client_id: Option<&'a str>,
    pub(crate) auth_method: Option<&'a str>,
    pub(crate) grant: Option<&'a str>,
    pub(crate) scopes: &'a [String],
    pub(crate) resource: &'a [String],
    pub(crate) audience: &'a [String],
    pub(crate) subject: Option<&'a str>,
    pub(crate) redirect_kind: Option<&'a str>,
    pub(crate) dpop_jkt: Option<&'a str>,
    pub(crate) partition: Option<&'a str>,
    pub(crate) cache_key: Option<&'a str>,
}

/// The key itself: SHA-256 over the canonical text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CredentialKey(pub(crate) [u8; 32]);

impl CredentialKey {
    /// As files and reports name it.
    pub(crate) fn hex(&self) -> String {
        crypto::hex(&self.0)
    }
}

impl KeyFields<'_> {
    /// Every field with its lengths, so that no two sets of fields give the same text.
    pub(crate) fn key(&self) -> CredentialKey {
        let mut text = String::from("tokcore-cache-key-v1\n");
        text.reserve(USUAL_BYTES);
        let mut field = |name: &str, value: Option<&str>| {
            push_counted(&mut text, name);
            text.push('=');
            match value {
                Some(value) => push_counted(&mut text, value),
                None => text.push('-'),
            }
            text.push('\n');
        };
        let (scope, resource, audience) = (sorted(self.scopes), sorted(self.resource), sorted(self.audience));
        field("issuer", self.issuer);
        field("token_endpoint", self.token_endpoint);
        field("client_id", self.client_id);
        field("auth_method", self.auth_method);
        field("grant", self.grant);
        field("scope", scope.as_deref());
        field("resource", resource.as_deref());
        field("audience", audience.as_deref());
        field("subject", self.subject);
        field("redirect_kind", self.redirect_kind);
        field("dpop_jkt", self.dpop_jkt);
        field("partition", self.partition);
        field("cache_key", self.cache_key);
        CredentialKey(crypto::sha256(text.as_bytes()))
    }
}

/// `part` with its length before it. Not by formatting, which would take longer than the hash.
fn push_counted(text: &mut String, part: &str) {
    push_number(text, part.len());
    text.push(':');
    text.push_str(part);
}

fn push_number(text: &mut String, number: usize) {
    if number >= 10 {
        push_number(text, number / 10);
    }
    text.push(char::from(b'0' + (number % 10) as u8));
}

/// Each text once, in the order of their bytes, with one space between; `None` when there are none.
fn sorted(texts: &[String]) -> Option<String> {
    let mut texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    texts.sort_unstable();
    texts.dedup();
    (!texts.is_empty()).then(|| texts.join(" "))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Deserialize)]
    struct Table {
        cases: Vec<Case>,
    }

    #[derive(Deserialize)]
    struct Case {
        id: String,
        fields: Fields,
        key: Option<String>,
        differs_from: Option<Fields>,
    }

    #[derive(Default, Deserialize)]
    #[serde(deny_unknown_fields, default)]
    struct Fields {
        issuer: Option<String>,
        token_endpoint: Option<String>,
        client_id: Option<String>,
        auth_method: Option<String>,
        grant: Option<String>,
        scopes: Vec<String>,
        subject: Option<String>,
        redirect_kind: Option<String>,
        partition: Option<String>,
        cache_key: Option<String>,
    }

    impl Fields {
        fn key(&self) -> String {
            let fields = KeyFields {
                issuer: self.issuer.as_deref(),
                token_endpoint: self.token_endpoint.as_deref(),
                client_id: self.client_id.as_deref(),
                auth_method: self.auth_method.as_deref(),
                grant: self.grant.as_deref(),
                scopes: &self.scopes,
                subject: self.subject.as_deref(),
                redirect_kind: self.redirect_kind.as_deref(),
                partition: self.partition.as_deref(),
                cache_key: self.cache_key.as_deref(),
                ..KeyFields::default()
            };
            fields.key().hex()
        }
    }

    #[test]
    fn keys_are_as_the_table_says() {
        let table = crate::table::read_from("oauth", "keys.json");
        let table: Table = serde_json::from_value(table).expect("a table");
        for case in table.cases {
            assert!(case.key.is_none_or(|key| key == case.fields.key()), "{}", case.id);
            assert!(case.differs_from.is_none_or(|other| other.key() != case.fields.key()), "{}", case.id);
        }
    }
}
