//! Stores: what is in one, what leaves it, and what comes from elsewhere.

use extendr_api::prelude::*;
use extendr_ffi::SEXP;
use serde_json::Value;
use tokcore::{Error, Kind, Logout, Selection, Store};

use super::client::request;
use super::custom::HostStore;
use super::handle;
use super::settings::settings;
use super::source::source;
use crate::boundary::answer;
use crate::interrupt::User;
use crate::{arguments, json, values};

/// The store behind a `tok_store()`.
pub fn store(value: SEXP) -> Result<Store, Error> {
    handle::get::<Store>("store", "tok_store()", value).map(|store| Store::clone(&store))
}

fn object(store: Store) -> Result<Robj, Error> {
    handle::make(store, "tokcore_store")
}

/// `tok_store(path, key)`.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_store(given: SEXP) -> SEXP {
    answer(|| object(Store::open(settings("store", given)?)?))
}

/// `tok_store(custom = ...)`: the callbacks are known to R by their number.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_store_custom(number: SEXP) -> SEXP {
    answer(|| object(Store::custom(HostStore::new(arguments::text("number", number)?))))
}

/// The client with its credentials in this store.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_client_in_store(client: SEXP, place: SEXP) -> SEXP {
    answer(|| handle::make(handle::client(client)?.with_store(&store(place)?), "tokcore_oauth_client"))
}

/// The store of a client.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_client_store(client: SEXP) -> SEXP {
    answer(|| object(handle::client(client)?.store()))
}

/// `tok_store_list()`: one list of members for each credential.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_store_list(place: SEXP, filter: SEXP) -> SEXP {
    answer(|| {
        let entries = store(place)?.list(&selection(filter)?)?;
        let members = entries.iter().map(|entry| parsed(&entry.to_json())).collect::<Result<Vec<_>, _>>()?;
        json::value(&Value::Array(members))
    })
}

fn parsed(text: &str) -> Result<Value, Error> {
    serde_json::from_str(text).map_err(|_| Error::new(Kind::Internal, "an entry is no JSON"))
}

/// `tok_store_remove(key)`.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_store_remove(place: SEXP, key: SEXP) -> SEXP {
    answer(|| {
        store(place)?.remove(&arguments::text("key", key)?, &User)?;
        Ok(Robj::default())
    })
}

/// `tok_store_remove()` with a filter: how many are gone.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_store_clear(place: SEXP, filter: SEXP) -> SEXP {
    answer(|| Ok(count(store(place)?.clear(&selection(filter)?, &User)?)))
}

/// `tok_store_prune()`: how many are gone.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_store_prune(place: SEXP, max_idle_days: SEXP) -> SEXP {
    answer(|| {
        let days = arguments::number("max_idle_days", max_idle_days)?;
        // Longer than any file is old stands for never.
        let days = if days >= 0.0 { days.min(f64::from(u32::MAX)) as u32 } else { return Err(negative()) };
        Ok(count(store(place)?.prune(Some(days), &User)?))
    })
}

fn negative() -> Error {
    Error::new(Kind::InvalidArgument, "max_idle_days must not be negative")
}

/// Counts are doubles in R.
fn count(number: usize) -> Robj {
    Robj::from(number as f64)
}

/// Which credentials are meant: a named list of texts.
fn selection(value: SEXP) -> Result<Selection, Error> {
    // SAFETY: wraps a live argument of this call.
    let value = unsafe { Robj::from_sexp(value) };
    let mut meant = Selection::default();
    for (name, value) in value.as_list().iter().flat_map(List::iter) {
        // SAFETY: a member of a live argument.
        let text = arguments::text(name, unsafe { value.get() })?;
        let member = match name {
            "account" => &mut meant.account,
            "client_id" => &mut meant.client_id,
            "issuer" => &mut meant.issuer,
            "scope" => &mut meant.scope,
            _ => return Err(Error::new(Kind::InvalidArgument, format!("nothing is chosen by {name}"))),
        };
        *member = Some(text);
    }
    Ok(meant)
}

/// `tok_store_default()`.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_store_default(place: SEXP, key: SEXP) -> SEXP {
    answer(|| {
        store(place)?.set_default_account(&arguments::text("key", key)?, &User)?;
        Ok(Robj::default())
    })
}

/// `tok_store_export()`: a raw vector.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_store_export(place: SEXP, filter: SEXP, passphrase: SEXP) -> SEXP {
    answer(|| {
        let passphrase = arguments::secret("passphrase", passphrase)?;
        Ok(Raw::from_bytes(&store(place)?.export(&selection(filter)?, &passphrase)?).into_robj())
    })
}

/// Whether a passphrase is needed to take in this file.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_store_is_sealed(bytes: SEXP) -> SEXP {
    answer(|| Ok(Robj::from(Store::is_sealed(&arguments::bytes("bytes", bytes)?))))
}

/// `tok_store_import()`: keys, accounts and outcomes.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_store_import(place: SEXP, bytes: SEXP, passphrase: SEXP, scopes: SEXP) -> SEXP {
    answer(|| {
        let (bytes, scopes) = (arguments::bytes("bytes", bytes)?, arguments::texts("scopes", scopes)?);
        let passphrase = arguments::optional_secret("passphrase", passphrase)?;
        let imported = store(place)?.import(&bytes, passphrase.as_ref(), &scopes, &User)?;
        let keys: Vec<&str> = imported.iter().map(|(entry, _)| entry.key.as_str()).collect();
        let accounts: Vec<Option<String>> = imported.iter().map(|(entry, _)| entry.account.clone()).collect();
        let outcomes: Vec<&str> = imported.iter().map(|(_, arrival)| arrival.slug()).collect();
        values::named_list(vec![
            ("key", Robj::from(keys)),
            ("account", Robj::from(accounts)),
            ("outcome", Robj::from(outcomes)),
        ])
    })
}

/// A grant from elsewhere: the key under which it is kept from now on.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_store_adopt(place: SEXP, grant: SEXP) -> SEXP {
    answer(|| Ok(json::string(&store(place)?.adopt(settings("grant", grant)?)?)))
}

/// Where and how credentials are kept: names and values.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_store_report(place: SEXP, probe: SEXP) -> SEXP {
    answer(|| {
        let (names, texts): (Vec<_>, Vec<_>) =
            store(place)?.report(arguments::flag("probe", probe)?)?.into_iter().unzip();
        values::named_list(vec![("name", Robj::from(names)), ("value", Robj::from(texts))])
    })
}

/// `tok_logout()`: whether there was something, and what the server said.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_logout(client: SEXP, wanted: SEXP, revoke: SEXP) -> SEXP {
    answer(|| told(handle::client(client)?.logout(request(wanted)?, arguments::flag("revoke", revoke)?, &User)?))
}

/// The same for a source.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_source_logout(at: SEXP, revoke: SEXP) -> SEXP {
    answer(|| told(source(at)?.logout(arguments::flag("revoke", revoke)?, &User)?))
}

fn told(logout: Logout) -> Result<Robj, Error> {
    let revocation = logout.revocation.as_ref();
    let why = revocation.and_then(|revocation| revocation.error()).map(ToString::to_string);
    values::named_list(vec![
        ("found", Robj::from(logout.found)),
        ("outcome", values::optional(revocation.map(|revocation| revocation.slug()))),
        ("problem", values::optional(why.as_deref())),
    ])
}
