//! Google's files as texts, from and to the objects of R that stand for them.

use extendr_api::prelude::*;
use extendr_ffi::SEXP;
use serde_json::{Value, json};
use tokcore::{Error, Kind};

use crate::boundary::answer;
use crate::{arguments, json as objects};

/// The text of a client's file.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_client_json(r#type: SEXP, id: SEXP, secret: SEXP, redirect_uris: SEXP) -> SEXP {
    answer(|| {
        let mut client = json!({
            "client_id": arguments::text("id", id)?,
            "redirect_uris": arguments::texts("redirect_uris", redirect_uris)?,
        });
        if let Some(secret) = arguments::optional_text("secret", secret)? {
            client["client_secret"] = Value::from(secret);
        }
        let mut file = serde_json::Map::new();
        file.insert(arguments::text("type", r#type)?, client);
        Ok(objects::string(&Value::from(file).to_string()))
    })
}

/// The text of a user's file, from what another package's token holds.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_authorized_user_json(id: SEXP, secret: SEXP, refresh_token: SEXP) -> SEXP {
    answer(|| {
        let mut user = json!({
            "type": "authorized_user",
            "client_id": arguments::text("id", id)?,
            "refresh_token": arguments::text("refresh_token", refresh_token)?,
        });
        if let Some(secret) = arguments::optional_text("secret", secret)? {
            user["client_secret"] = Value::from(secret);
        }
        Ok(objects::string(&user.to_string()))
    })
}

/// The members of a JSON object. Shape: a named list; `NULL` for another text.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_r_json_members(text: SEXP) -> SEXP {
    answer(|| {
        let text = arguments::text("text", text)?;
        let no_json = |_| Error::new(Kind::ConfigInvalid, "the text is no JSON");
        match serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(no_json)? {
            Value::Object(members) => objects::object(&members),
            _ => Ok(Robj::default()),
        }
    })
}
