//! The file with a client that Google's console gives. Source: specs, client JSON.

use std::path::Path;

use serde_json::{Map, Value};

use crate::context::Context;
use crate::error::Error;
use crate::flow::ClientType;
use crate::kinds::Kind;
use crate::provider::google::given::Given;
use crate::provider::json;
use crate::reason::Reason;
use crate::secret::Secret;

/// It holds a dozen short texts.
const MAX_BYTES: usize = 64 * 1024;
const FROM_CONSOLE: &str =
    "download the client's file from the Google Cloud console, under Credentials, OAuth 2.0 Client IDs";

/// What stands in a client's file and counts. Its addresses do not: whoever wrote the file would choose where secrets go.
pub(super) struct ClientFile {
    pub(super) kind: ClientType,
    pub(super) id: String,
    pub(super) secret: Option<Secret>,
    pub(super) project_id: Option<String>,
    pub(super) redirect_uris: Vec<String>,
}

/// The client in the file at `given`, or in `given` itself where that is JSON. Effects: `[disk]`.
///
/// Errors: `ConfigInvalid`, naming what is wrong; with the reason `key_given_as_client_json` for a key.
pub(super) fn read(context: &Context, given: &str) -> Result<ClientFile, Error> {
    let path = match Given::of(context, given) {
        Given::Json(text) => return parse("the client", text.as_bytes()),
        Given::Address => {
            return Err(
                broken("the client", "is an address, and addresses are not fetched").with_hint("save it as a file")
            );
        }
        Given::Secret(instead) => {
            return Err(broken("the client", "is neither a path nor a JSON object").with_hint(instead));
        }
        Given::Path(path) => path,
    };
    let who = format!("client file {path}");
    let bytes = context.files.read(Path::new(&path), MAX_BYTES);
    let bytes = bytes.map_err(|cause| broken(&who, &format!("cannot be read: {cause}")).with_hint(FROM_CONSOLE))?;
    parse(&who, &zeroize::Zeroizing::new(bytes))
}

fn parse(who: &str, bytes: &[u8]) -> Result<ClientFile, Error> {
    let mut file = match json::value(who, bytes) {
        Ok(Value::Object(file)) => file,
        _ => return Err(broken(who, "is no JSON object").with_hint(FROM_CONSOLE)),
    };
    if let Some(kind) = json::text(&file, "type") {
        return Err(key_given(who, kind));
    }
    if file.contains_key("web") && file.contains_key("installed") {
        tracing::info!("{who} has an installed and a web client: the web client is used");
    }
    let (kind, client) = match (file.remove("web"), file.remove("installed")) {
        (Some(client), _) => (ClientType::Web, client),
        (None, Some(client)) => (ClientType::Installed, client),
        (None, None) => {
            return Err(broken(who, "has neither `installed` nor `web` at its top").with_hint(FROM_CONSOLE));
        }
    };
    match client {
        Value::Object(client) => of_console(who, kind, client),
        _ => Err(broken(who, "holds no client where one should be").with_hint(FROM_CONSOLE)),
    }
}

fn of_console(who: &str, kind: ClientType, mut client: Map<String, Value>) -> Result<ClientFile, Error> {
    let Some(id) = json::filled(&client, "client_id").map(str::to_owned) else {
        return Err(broken(who, "lacks client_id").with_hint(FROM_CONSOLE));
    };
    let is_odd = client.get("client_secret").is_some_and(|secret| !secret.is_string() && !secret.is_null());
    if is_odd {
        return Err(broken(who, "has a client_secret that is no text").with_hint(FROM_CONSOLE));
    }
    let secret = json::take_secret(&mut client, "client_secret");
    let uris = client.get("redirect_uris").and_then(Value::as_array).into_iter().flatten();
    let file = ClientFile {
        kind,
        id,
        secret,
        project_id: json::filled(&client, "project_id").map(str::to_owned),
        redirect_uris: uris.filter_map(Value::as_str).map(str::to_owned).collect(),
    };
    file.checked(who)
}

impl ClientFile {
    /// Errors: `ConfigInvalid` for what a web client needs and lacks. A program on somebody's machine has no secret worth the
    /// name.
    pub(super) fn checked(self, who: &str) -> Result<Self, Error> {
        if self.kind == ClientType::Web && self.secret.is_none() {
            return Err(broken(who, "is a web client without client_secret").with_hint(FROM_CONSOLE));
        }
        if self.kind == ClientType::Web && self.redirect_uris.is_empty() {
            return Err(broken(who, "is a web client without redirect URIs").with_hint(
                "register in the console the https page that shows the code, or http://localhost:1410/, and download the \
                 file again",
            ));
        }
        Ok(self)
    }

    /// What people see who have not named it: what of the id differs from other clients'.
    pub(super) fn name(&self) -> String {
        self.id.split('.').next().unwrap_or_default().to_owned()
    }
}

/// A file of credentials says its type; a client's does not.
fn key_given(who: &str, kind: &str) -> Error {
    let what = match kind {
        "service_account" => "is the key of a service account, and no client".to_owned(),
        kind => format!("is a credential of the type {kind:?}, and no client"),
    };
    broken(who, &what).with_reason(Reason::KeyGivenAsClientJson).with_hint(format!(
        "give it as the credential itself; a client, with which people sign in, is another file: {FROM_CONSOLE}"
    ))
}

fn broken(who: &str, what: &str) -> Error {
    Error::new(Kind::ConfigInvalid, format!("{who} {what}"))
}
