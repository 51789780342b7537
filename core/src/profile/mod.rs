//! What providers do differently, as data: `profiles.toml` is the built-in list, users add their own.
//!
//! A profile is chosen by name, or by the host of an endpoint. Nothing is read before somebody asks.

mod builtin;
mod listed;

use once_cell::race::OnceBox;
use serde::Deserialize;
use serde_json::{Map, Value};
use url::Url;

use self::listed::Listed;
use crate::error::Error;
use crate::kinds::Kind;
use crate::oauth::Dialect;

/// A provider's record.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Its name, for settings and diagnostics.
    pub name: String,
    /// How the provider departs from the RFCs.
    pub dialect: Dialect,
    /// The same, as it was written.
    record: Value,
}

/// A list of profiles.
#[derive(Clone, Debug, Default)]
pub struct Profiles {
    version: u64,
    /// In the order in which hosts are looked up.
    profiles: Vec<Listed>,
}

impl Profile {
    /// One from its fields; the hosts among them are the list's. Errors: `ConfigInvalid`, naming the profile.
    fn read(name: &str, mut record: Value) -> Result<Self, Error> {
        if let Some(fields) = record.as_object_mut() {
            fields.remove("hosts");
        }
        Ok(Self { name: name.to_owned(), dialect: dialect(name, record.clone())?, record })
    }

    /// The dialect with these fields in place of the profile's. A `null` takes a field back to the standard.
    ///
    /// Errors: `ConfigInvalid` for a field that does not exist or has an impossible value.
    pub fn with(&self, overrides: &Map<String, Value>) -> Result<Dialect, Error> {
        if overrides.is_empty() {
            return Ok(self.dialect.clone());
        }
        let mut record = self.record.clone();
        merge(&mut record, &Value::Object(overrides.clone()));
        dialect(&self.name, record)
    }

    /// The fields as they were written, for diagnostics.
    pub fn record(&self) -> &Value {
        &self.record
    }

    /// The profile of a provider that follows the standards. Its name is `standard`.
    pub fn standard() -> &'static Self {
        static STANDARD: OnceBox<Profile> = OnceBox::new();
        STANDARD.get_or_init(|| {
            let (name, dialect) = ("standard".into(), Dialect::default());
            Box::new(Profile { name, dialect, record: Value::Object(Map::new()) })
        })
    }
}

impl Profiles {
    /// The list that comes with tokcore.
    pub fn builtin() -> &'static Self {
        static BUILTIN: OnceBox<Profiles> = OnceBox::new();
        BUILTIN.get_or_init(|| Box::new(builtin::list()))
    }

    /// This list and a user's, in TOML or JSON. Where both have a profile, the user's fields replace this list's one by
    /// one; the user's hosts are looked up first.
    ///
    /// Errors: `ConfigInvalid`, naming the profile or the line.
    pub fn and(&self, text: &str) -> Result<Self, Error> {
        let mut records = parse(text)?;
        let version = records.remove("version").and_then(|version| version.as_u64());
        let mut list = Self { version: version.unwrap_or(self.version), profiles: Vec::new() };
        for (name, record) in &records {
            let mut whole = self.listed(name).map_or(Value::Null, Listed::record);
            merge(&mut whole, record);
            list.profiles.push(Listed::read(name, whole)?);
        }
        list.profiles.extend(self.profiles.iter().filter(|listed| !records.contains_key(&*listed.name)).cloned());
        Ok(list)
    }

    /// The version of the built-in data, for diagnostics.
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The names of all profiles.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.profiles.iter().map(|listed| &*listed.name)
    }

    /// The profile of a client: the one of this name, else the one of the first endpoint (or issuer) that has one, else
    /// the standard.
    ///
    /// Errors: `ConfigInvalid` for a name that nobody has.
    pub fn choose<'u>(
        &self,
        name: Option<&str>,
        endpoints: impl IntoIterator<Item = &'u Url>,
    ) -> Result<&Profile, Error> {
        match name {
            Some(name) => self.named(name),
            None => Ok(endpoints.into_iter().find_map(|url| self.of_endpoint(url)).unwrap_or(Profile::standard())),
        }
    }

    /// The profile of this name; `standard` is one, too.
    ///
    /// Errors: `ConfigInvalid`, listing the names that there are.
    pub fn named(&self, name: &str) -> Result<&Profile, Error> {
        if name == Profile::standard().name {
            return Ok(Profile::standard());
        }
        self.listed(name).map(Listed::profile).ok_or_else(|| {
            let names: Vec<&str> = self.names().collect();
            Error::new(Kind::ConfigInvalid, format!("there is no provider profile {name:?}"))
                .with_hint(format!("use one of {}, or add your own", names.join(", ")))
        })
    }

    /// The profile for the provider with this endpoint, if it has one.
    pub fn of_endpoint(&self, endpoint: &Url) -> Option<&Profile> {
        let host = endpoint.host_str()?;
        self.profiles.iter().find(|listed| listed.is_of(host)).map(Listed::profile)
    }

    fn listed(&self, name: &str) -> Option<&Listed> {
        self.profiles.iter().find(|listed| listed.name == name)
    }
}

fn parse(text: &str) -> Result<Map<String, Value>, Error> {
    let parsed = match text.trim_start().starts_with('{') {
        true => serde_json::from_str(text).map_err(|cause| cause.to_string()),
        false => toml::from_str(text).map_err(|cause| cause.message().to_owned()),
    };
    parsed.map_err(|cause| {
        Error::new(Kind::ConfigInvalid, format!("the provider profiles cannot be read: {cause}"))
            .with_hint("write them in TOML or JSON, one table per profile")
    })
}

fn dialect(name: &str, record: Value) -> Result<Dialect, Error> {
    Dialect::deserialize(record).map_err(|cause| invalid(name, &cause))
}

fn invalid(name: &str, cause: &serde_json::Error) -> Error {
    Error::new(Kind::ConfigInvalid, format!("the provider profile {name:?} is invalid: {cause}"))
        .with_hint("correct the field; the built-in profiles show every one")
}

/// Puts the fields of `over` into `base`, going into tables; `null` removes.
fn merge(base: &mut Value, over: &Value) {
    let Value::Object(over) = over else { return *base = over.clone() };
    if !base.is_object() {
        *base = Value::Object(Map::new());
    }
    let Value::Object(base) = base else { return };
    for (name, value) in over {
        match value {
            Value::Null => drop(base.remove(name)),
            value => merge(base.entry(name.clone()).or_insert(Value::Null), value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::oauth::ScopeSeparator;

    #[test]
    fn a_host_chooses_and_a_look_alike_does_not() {
        let of = |url: &str| Profiles::builtin().of_endpoint(&url.parse().expect("a URL")).map(|it| it.name.as_str());
        assert_eq!(of("https://github.com/login/oauth/access_token"), Some("github"));
        assert_eq!(of("https://shop.myshopify.com/admin/oauth/access_token"), Some("shopify"));
        assert_eq!(of("https://myshopify.com/"), None);
        assert_eq!(of("https://evilgithub.com/"), None);
        assert_eq!(of("https://github.com.evil.example/"), None);
    }

    #[test]
    fn a_name_counts_more_than_a_host_and_nothing_is_the_standard() {
        let github: Url = "https://github.com/".parse().expect("a URL");
        let other: Url = "https://as.example/".parse().expect("a URL");
        let choose =
            |name, urls: &[&Url]| Profiles::builtin().choose(name, urls.iter().copied()).map(|it| it.name.as_str());
        assert_eq!(choose(None, &[&other, &github]).ok(), Some("github"));
        assert_eq!(choose(Some("google"), &[&github]).ok(), Some("google"));
        assert_eq!(choose(Some("standard"), &[&github]).ok(), Some("standard"));
        assert_eq!(choose(None, &[&other]).ok(), Some("standard"));
        assert!(choose(Some("gitbub"), &[&github]).is_err());
    }

    #[test]
    fn a_users_profile_replaces_field_by_field() {
        let user = r#"{"github": {"request": {"scope_separator": "comma"}, "use": {"bare_401_is_invalid_token": null}},
                       "ours": {"hosts": ["github.com"], "request": {"body": "json"}}}"#;
        let list = Profiles::builtin().and(user).expect("profiles");
        let github = list.named("github").expect("github");
        assert_eq!(github.dialect.request.scope_separator, ScopeSeparator::Comma);
        assert!(!github.dialect.usage.bare_401_is_invalid_token, "null takes it back");
        assert!(github.dialect.revocation.endpoint.is_some(), "the rest stays");
        let of = |url: &str| list.of_endpoint(&url.parse().expect("a URL")).map(|it| it.name.as_str());
        assert_eq!(of("https://accounts.spotify.com/"), Some("spotify"));
    }

    #[test]
    fn a_field_that_does_not_exist_is_refused_by_name() {
        let error = Profiles::builtin().and("[ours]\nrequest.bodi = \"json\"").expect_err("refused");
        assert!(error.message().contains("ours") && error.message().contains("bodi"), "{error}");
        let unknown = Profiles::builtin().named("gitbub").expect_err("refused");
        assert!(unknown.hint().contains("github"), "{}", unknown.hint());
    }
}
