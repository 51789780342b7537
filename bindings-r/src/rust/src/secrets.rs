//! Encrypted secrets, with gargle's and httr2's functions.

use std::path::PathBuf;

use extendr_api::prelude::*;
use extendr_ffi::SEXP;
use tokcore::secrets::{self, Format, Key};
use tokcore::{Error, Secret};

use crate::boundary::{answer, no_object};
use crate::{arguments, json};

/// A key in any of gargle's forms: the name of a variable, raw bytes, or a string that `I()` marks as the key itself.
fn key(value: SEXP) -> Result<Key, Error> {
    // SAFETY: wraps a live argument of this call.
    let given = unsafe { Robj::from_sexp(value) };
    if let Some(bytes) = given.as_raw_slice() {
        return Key::from_bytes(bytes);
    }
    let text = arguments::text("key", value).map(Secret::new).map_err(|_| {
        secrets::not_a_key().with_hint(
            "give the name of an environment variable that holds the key, a raw vector of 16, 24 or 32 bytes, or the key's \
             text in I(): the variable is the usual one",
        )
    })?;
    if given.inherits("AsIs") { Key::from_text(&text) } else { Key::from_variable(text.expose()) }
}

fn format(value: SEXP) -> Result<Format, Error> {
    Format::from_name(&arguments::text("format", value)?)
}

fn path(value: SEXP) -> Result<PathBuf, Error> {
    arguments::text("path", value).map(PathBuf::from)
}

/// `secret_make_key()`.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_secret_make_key(bytes: SEXP) -> SEXP {
    answer(|| {
        let made = secrets::make_key(arguments::number("bytes", bytes)? as usize)?;
        let mut text = json::string(made.expose());
        text.set_class(["AsIs"]).map_err(no_object)?;
        Ok(text)
    })
}

/// `secret_has_key()`.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_secret_has_key(variable: SEXP) -> SEXP {
    answer(|| Ok(Robj::from(secrets::has_key(&arguments::text("key", variable)?))))
}

/// `secret_encrypt()`.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_secret_encrypt(x: SEXP, with: SEXP, written: SEXP) -> SEXP {
    answer(|| {
        let text = Secret::new(arguments::any_text("x", x)?);
        Ok(json::string(&secrets::encrypt(text.expose().as_bytes(), &key(with)?, format(written)?)?))
    })
}

/// `secret_decrypt()`.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_secret_decrypt(encrypted: SEXP, with: SEXP) -> SEXP {
    answer(|| {
        let text = arguments::any_text("encrypted", encrypted)?;
        Ok(json::string(secrets::decrypt_text(text.as_bytes(), &key(with)?)?.expose()))
    })
}

/// `secret_encrypt_json()`: the encrypted text; written to `file` too, unless that is `NULL`.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_secret_encrypt_json(given: SEXP, file: SEXP, with: SEXP, written: SEXP) -> SEXP {
    answer(|| {
        let encrypted = secrets::encrypt_json(&arguments::secret("json", given)?, &key(with)?, format(written)?)?;
        if let Some(file) = arguments::optional_text("path", file)? {
            secrets::write_encrypted(file.as_ref(), encrypted.clone())?;
        }
        Ok(json::string(&encrypted))
    })
}

/// `secret_decrypt_json()`.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_secret_decrypt_json(file: SEXP, with: SEXP) -> SEXP {
    answer(|| {
        let with = key(with)?;
        Ok(json::string(secrets::decrypt_json(&secrets::read_file(&path(file)?)?, &with)?.expose()))
    })
}

/// `secret_write_rds()`: `bytes` is the object as R compressed it.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_secret_write_rds(bytes: SEXP, file: SEXP, with: SEXP, written: SEXP) -> SEXP {
    answer(|| {
        let encrypted = secrets::encrypt_binary(&arguments::bytes("bytes", bytes)?, &key(with)?, format(written)?)?;
        secrets::write_file(&path(file)?, &encrypted)?;
        Ok(Robj::default())
    })
}

/// `secret_read_rds()`: the object as R compressed it.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_secret_read_rds(file: SEXP, with: SEXP) -> SEXP {
    answer(|| {
        let with = key(with)?;
        Ok(Raw::from_bytes(&secrets::decrypt_bzip2(&secrets::read_file(&path(file)?)?, &with)?).into_robj())
    })
}
