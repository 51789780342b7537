//! A file of credentials, whatever its type. Source: specs, credential types.

use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value};
use zeroize::Zeroizing;

use super::external_account::Supplier;
use super::given::Given;
use super::{
    Wish, authorized_user, external_account, external_user, gdch, impersonated_file, impersonation, service_account,
};
use crate::context::Context;
use crate::encrypted;
use crate::error::Error;
use crate::kinds::Kind;
use crate::provider::TokenProvider;
use crate::provider::json::text;
use crate::reason::Reason;
use crate::world::World;

/// A file holds one key at most. Units: bytes.
pub(crate) const FILE_BYTES: usize = 256 * 1024;
/// What messages call JSON that was given itself.
const LITERAL: &str = "the JSON text";

/// The members of a file, by its type.
pub(crate) enum Credentials {
    ServiceAccount(Map<String, Value>),
    AuthorizedUser(Map<String, Value>),
    ExternalAccount(Map<String, Value>),
    ExternalUser(Map<String, Value>),
    Impersonated(Map<String, Value>),
    Gdch(Map<String, Value>),
}

/// What makes credentials of a file's members.
type Make = fn(Map<String, Value>) -> Credentials;

/// Every type by the name that files give it.
const TYPES: [(&str, Make); 6] = [
    (service_account::KIND, Credentials::ServiceAccount),
    (authorized_user::KIND, Credentials::AuthorizedUser),
    (external_account::KIND, Credentials::ExternalAccount),
    (external_user::KIND, Credentials::ExternalUser),
    (impersonation::KIND, Credentials::Impersonated),
    (gdch::KIND, Credentials::Gdch),
];

/// The credentials in a file, or in JSON that was given itself. Never fetched from an address. Effects: `[disk]`.
///
/// Errors: `ConfigInvalid` for a file that cannot be read or is none of credentials, naming what it is instead; with the
/// reason `ClientJsonGivenAsKey` for the file of an OAuth client.
pub(crate) fn read(context: &Context, path_or_json: &str) -> Result<Credentials, Error> {
    let path = match Given::of(context, path_or_json) {
        Given::Json(json) => return of_json(json, LITERAL),
        Given::Address => {
            return Err(invalid("credentials are not fetched from an address")
                .with_hint("download the file yourself and give its path, or give the JSON text"));
        }
        Given::Secret(instead) => {
            return Err(invalid("what was given is neither a path nor a JSON object").with_hint(instead));
        }
        Given::Path(path) => path,
    };
    let bytes = context.files.read(Path::new(&path), FILE_BYTES).map_err(|cause| unreadable(&path, &cause))?;
    let text = Zeroizing::new(bytes);
    let Ok(text) = std::str::from_utf8(&text) else {
        return Err(invalid(format!("{path} is not text")).with_hint(NOT_JSON));
    };
    of_json(text.trim_start_matches('\u{feff}').trim(), &path)
}

impl Credentials {
    /// The type by the name that files give it.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Credentials::ServiceAccount(_) => service_account::KIND,
            Credentials::AuthorizedUser(_) => authorized_user::KIND,
            Credentials::ExternalAccount(_) => external_account::KIND,
            Credentials::ExternalUser(_) => external_user::KIND,
            Credentials::Impersonated(_) => impersonation::KIND,
            Credentials::Gdch(_) => gdch::KIND,
        }
    }

    /// The credential, ready to give tokens; as the service account that the wish wants to impersonate, where it names
    /// one. `source`: where it was found. No network.
    ///
    /// Errors: `ConfigInvalid`, naming what is missing or wrong.
    pub(crate) fn open(self, world: &World, source: &str, wish: &Wish) -> Result<Arc<dyn TokenProvider>, Error> {
        if wish.impersonate.is_none() {
            self.check_wish(wish)?;
        }
        let inner = self.open_itself(world, source, &impersonation::base_wish(wish))?;
        impersonation::as_wished(world, inner, wish)
    }

    /// The same with proofs of identity that the program gives itself. Errors: as [`Credentials::open`]; `InvalidArgument` for
    /// a type that is not proved so.
    pub(crate) fn open_supplied(
        self,
        world: &World,
        source: &str,
        wish: &Wish,
        supplier: Supplier,
    ) -> Result<Arc<dyn TokenProvider>, Error> {
        match self {
            Credentials::ExternalAccount(file) => {
                let wished = impersonation::base_wish(wish);
                let inner = external_account::open_supplied(world, file, source, &wished, supplier)?;
                impersonation::as_wished(world, inner, wish)
            }
            other => {
                let words = format!("proofs of identity are for an external_account, and {source} is {}", other.kind());
                Err(Error::new(Kind::InvalidArgument, words)
                    .with_hint("leave out subject_token, or give the configuration of a pool of identities as `path`"))
            }
        }
    }

    /// Refuses what only the impersonation of an account can give.
    fn check_wish(&self, wish: &Wish) -> Result<(), Error> {
        let impersonates = matches!(self, Credentials::Impersonated(_) | Credentials::ExternalAccount(_));
        let what = match (impersonates, wish.delegates.is_empty(), wish.lifetime) {
            (false, false, _) => "delegates",
            (false, true, Some(_)) => "a lifetime",
            _ => return Ok(()),
        };
        Err(invalid(format!("{what} can be chosen for an impersonated account only, and this is {}", self.kind()))
            .with_hint("name the account to impersonate, or leave it out"))
    }

    fn open_itself(self, world: &World, source: &str, wish: &Wish) -> Result<Arc<dyn TokenProvider>, Error> {
        match self {
            Credentials::ServiceAccount(file) => service_account::open(world, file, source, wish),
            Credentials::AuthorizedUser(file) => authorized_user::open(world, file, source, wish),
            Credentials::ExternalAccount(file) => external_account::open(world, file, source, wish),
            Credentials::ExternalUser(file) => external_user::open(world, file, source, wish),
            Credentials::Impersonated(file) => impersonated_file::open(world, file, source, wish),
            Credentials::Gdch(file) => gdch::open(world, file, source, wish),
        }
    }
}

/// The credentials in a JSON object. `source` is what messages call it.
fn of_json(json: &str, source: &str) -> Result<Credentials, Error> {
    if encrypted::looks_encrypted(json) {
        return Err(invalid(format!("{source} is encrypted, and no key is given for it"))
            .with_reason(Reason::SecretKeyMissing)
            .with_hint(
                "give the file as `path` and the name of the variable that holds its key as `key`, which are --path and \
                 --key-env at the shell",
            ));
    }
    let object = serde_json::from_str::<Map<String, Value>>(json).map_err(|cause| {
        // serde's own text may quote the content, so only the position is given.
        invalid(format!("{source} is not a JSON object (line {}, column {})", cause.line(), cause.column()))
            .with_hint(NOT_JSON)
    })?;
    of_object(object, source)
}

/// The credentials that these members are. Errors: as [`read`].
pub(super) fn of_object(object: Map<String, Value>, source: &str) -> Result<Credentials, Error> {
    let named = text(&object, "type").map(str::to_owned);
    match named {
        Some(named) => match TYPES.iter().find(|(name, _)| *name == named) {
            Some((_, make)) => Ok(make(object)),
            None => {
                let named: String = named.chars().take(40).collect();
                Err(invalid(format!("{source} has the unknown type {named:?}")).with_hint(valid_types()))
            }
        },
        None if object.contains_key("installed") || object.contains_key("web") => Err(invalid(format!(
            "{source} is an OAuth client and no credential"
        ))
        .with_reason(Reason::ClientJsonGivenAsKey)
        .with_hint(
            "an OAuth client only lets a person sign in: give it as the client (auth_configure() of an R package, \
                     `client` elsewhere), or give a service account's key here",
        )),
        None => Err(invalid(format!("{source} has no type")).with_hint(valid_types())),
    }
}

/// The text members `names`, which a file cannot do without, taken out of it.
///
/// Errors: `ConfigInvalid`, naming all that are missing.
pub(super) fn required<const N: usize>(
    file: &mut Map<String, Value>,
    names: [&'static str; N],
    kind: &str,
    source: &str,
) -> Result<[crate::Secret; N], Error> {
    let found = names.map(|name| crate::provider::json::take_secret(file, name));
    let missing: Vec<&str> =
        names.into_iter().zip(&found).filter(|(_, value)| value.is_none()).map(|(n, _)| n).collect();
    match missing.is_empty() {
        true => Ok(found.map(|value| value.unwrap_or_else(|| crate::Secret::new("")))),
        false => Err(invalid(format!("{source} lacks {}, without which it is no {kind}", missing.join(", ")))
            .with_hint("get the file anew from where it came from; a part of one is of no use")),
    }
}

const NOT_JSON: &str = "give a JSON file of credentials as Google gives it; a damaged copy is best downloaded anew";

fn valid_types() -> String {
    let names: Vec<&str> = TYPES.iter().map(|(name, _)| *name).collect();
    format!("its `type` has to be one of {}", names.join(", "))
}

fn unreadable(path: &str, cause: &std::io::Error) -> Error {
    let message = match cause.kind() {
        std::io::ErrorKind::NotFound => format!("there is no file {path}"),
        _ => format!("{path} cannot be read: {cause}"),
    };
    invalid(message).with_hint("give the path of a file of credentials, or its JSON text")
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(Kind::ConfigInvalid, message)
}
