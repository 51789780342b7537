//! The vectors as types: reading, defaults, names. The schema is described in `tests/vectors/README.md`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::Context as _;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// Folder that holds all vectors.
pub fn folder() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors"))
}

/// Every case of a folder of vectors, defaults and names filled in, files in the order of their names.
pub fn load(area: &str) -> anyhow::Result<Vec<Case>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder().join(area))
        .with_context(|| format!("vectors/{area}"))?
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    let mut cases = Vec::new();
    for file in files {
        let text = std::fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let read = parse(&text).with_context(|| file.display().to_string())?;
        cases.extend(read.into_iter().map(|case| Case { file: stem.clone(), ..case }));
    }
    Ok(cases)
}

fn parse(text: &str) -> anyhow::Result<Vec<Case>> {
    let table: Table = serde_json::from_str(text)?;
    let build = |mut case: Map<String, Value>| {
        let id = case.get("id").map(Value::to_string).unwrap_or_default();
        fill_in(&mut case, &table.defaults);
        let mut case = Value::Object(case);
        replace(&mut case, &table.names);
        let case = serde_json::from_value::<Case>(case).with_context(|| format!("case {id}"))?;
        Ok(Case { secrets: table.secrets.clone(), ..case })
    };
    table.cases.iter().cloned().map(build).collect()
}

/// Members that a case lacks come from the defaults; `env` and `files` are merged, and `null` removes.
fn fill_in(case: &mut Map<String, Value>, defaults: &Map<String, Value>) {
    for (name, value) in defaults {
        match (case.get_mut(name), value) {
            (None, _) => {
                case.insert(name.clone(), value.clone());
            }
            (Some(Value::Object(own)), Value::Object(common)) if name == "env" || name == "files" => {
                for (key, value) in common {
                    own.entry(key.clone()).or_insert_with(|| value.clone());
                }
            }
            _ => {}
        }
    }
    for name in ["env", "files"] {
        if let Some(Value::Object(members)) = case.get_mut(name) {
            members.retain(|_, value| !value.is_null());
        }
    }
}

/// Puts the value of every `${name}` into the texts of `value`, to any depth.
pub fn replace(value: &mut Value, names: &BTreeMap<String, String>) {
    match value {
        Value::String(text) => *text = replace_text(text, names),
        Value::Array(items) => items.iter_mut().for_each(|item| replace(item, names)),
        Value::Object(members) => members.values_mut().for_each(|member| replace(member, names)),
        _ => {}
    }
}

/// Puts the value of every `${name}` into `text`; unknown names stay.
pub fn replace_text(text: &str, names: &BTreeMap<String, String>) -> String {
    let mut text = text.to_owned();
    for (name, value) in names {
        text = text.replace(&format!("${{{name}}}"), value);
    }
    text
}

/// One file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[serde(rename = "about")]
    _about: String,
    #[serde(rename = "source")]
    _source: String,
    #[serde(default)]
    secrets: Vec<String>,
    #[serde(default, rename = "let")]
    names: BTreeMap<String, String>,
    #[serde(default)]
    defaults: Map<String, Value>,
    cases: Vec<Map<String, Value>>,
}

/// One call, its environment, the server's script, and what must come of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// Base path at the server, and name in every report.
    pub id: String,
    /// What the case shows.
    pub why: String,
    /// The whole environment, as far as tokcore reads it.
    pub env: BTreeMap<String, String>,
    /// Files of the case's folder.
    pub files: BTreeMap<String, FileContent>,
    /// Options of the client.
    #[serde(default)]
    pub options: Options,
    /// The call under test.
    pub call: Call,
    /// So many calls, one after the other.
    pub repeat: Option<usize>,
    /// So many calls at once.
    pub threads: Option<usize>,
    /// The client is not kept in a variable.
    #[serde(default)]
    pub temporary: bool,
    /// The server's answers.
    #[serde(default)]
    pub http: Vec<Answer>,
    /// What must come of it.
    pub expect: Expect,
    /// What the replacement of posit-sdk does.
    pub python_shim: Option<Shim>,
    /// What the replacement of rstudioapi does.
    pub r_shim: Option<Shim>,
    /// Texts that may be shown nowhere; they stand in the file's head.
    #[serde(skip)]
    pub secrets: Vec<String>,
    /// Name of the file, without its extension.
    #[serde(skip)]
    pub file: String,
}

/// What stands at a path of the case's folder.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum FileContent {
    /// A file with this text.
    Text(String),
    /// A directory.
    Directory {
        /// Always true.
        directory: bool,
    },
    /// A Unix socket that somebody listens at.
    Socket {
        /// Always true.
        socket: bool,
    },
}

/// Options of the client.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Options {
    /// Limit for a whole exchange.
    pub timeout_ms: Option<u64>,
    /// Limit for connecting.
    pub connect_timeout_ms: Option<u64>,
    /// How long an answer is handed out again.
    pub reuse_ms: Option<u64>,
    /// PEM file of authorities.
    pub ca_file: Option<String>,
    /// Whether certificates are checked.
    pub verify_tls: Option<bool>,
    /// Backend instead of the detected one.
    pub backend: Option<String>,
}

/// The call under test.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "method", rename_all = "snake_case", deny_unknown_fields)]
pub enum Call {
    /// Credentials for an integration.
    Credentials {
        /// The integration.
        audience: Option<String>,
        /// Connect's token of the viewer.
        user_session_token: Option<String>,
    },
    /// The list.
    Integrations {},
    /// One of the list.
    Integration {
        /// Its GUID.
        guid: String,
    },
    /// The first of the list that passes a filter.
    FindBy {
        /// Values may be of a wrong type on purpose.
        filter: Map<String, Value>,
    },
    /// The delegated Azure token.
    AzureToken {
        /// What it is for.
        resource: String,
    },
    /// The identity token.
    IdentityToken {},
}

/// One answer of the server.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Answer {
    /// HTTP status; 200 if not given.
    pub status: Option<u16>,
    /// Headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// A body of JSON.
    #[serde(deserialize_with = "even_null")]
    pub json: Option<Value>,
    /// A body of text.
    pub body: Option<String>,
    /// A body of any bytes.
    #[serde(rename = "bodyBase64")]
    pub body_base64: Option<String>,
    /// A long body.
    pub body_repeat: Option<Repeat>,
    /// How the answer is sent, if not properly.
    pub behaviour: Option<Behaviour>,
    /// Files of the case's folder that are replaced before the answer is sent.
    pub writes: BTreeMap<String, String>,
}

/// A text many times over.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repeat {
    /// The text.
    pub text: String,
    /// How many times.
    pub times: usize,
}

/// Ways not to answer.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub enum Behaviour {
    /// Says nothing, and keeps the connection open.
    Hang,
    /// Closes with a TCP reset.
    Reset,
    /// Sends less than promised, and closes.
    Truncate,
    /// Sends less than promised, and keeps the connection open.
    Stall,
}

/// What must come of a case: exactly one of the outcomes, and what the server must have seen.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// Members of the credentials.
    pub ok: Option<Map<String, Value>>,
    /// Members of the items, in order.
    pub integrations: Option<Vec<Map<String, Value>>>,
    /// Members of the item, or null for none.
    #[serde(default, deserialize_with = "even_null")]
    pub integration: Option<Value>,
    /// Name of the item found, per pattern language.
    pub found: Option<BTreeMap<String, Value>>,
    /// What the detection finds.
    pub detection: Option<DetectionExpect>,
    /// A failure.
    pub error: Option<ErrorExpect>,
    /// Number of requests.
    pub requests: Option<usize>,
    /// Paths of the requests, below the base.
    pub paths: Option<Vec<String>>,
    /// The cookie of each request.
    pub cookies: Option<Vec<String>>,
    /// The first request.
    pub request: Option<RequestExpect>,
}

/// What the detection finds.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DetectionExpect {
    /// Name of the backend.
    pub backend: String,
    /// Whose credential it is.
    pub subject: Option<String>,
}

/// A failure.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ErrorExpect {
    /// Name of the kind.
    pub kind: String,
    /// Parts of the message and the server's detail.
    pub message_contains: Vec<String>,
    /// What must not be there.
    pub message_lacks: Vec<String>,
    /// Parts of the hint.
    pub hint_contains: Vec<String>,
    /// Parts of the names of the attempts.
    pub attempts_contain: Vec<String>,
    /// HTTP status.
    pub http_status: Option<u16>,
    /// OAuth error code.
    pub oauth_error: Option<String>,
    /// Pause that the server asks for.
    pub retry_after_ms: Option<u64>,
}

/// A request as the server saw it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RequestExpect {
    /// HTTP method.
    pub method: Option<String>,
    /// Path below the base.
    pub path: Option<String>,
    /// Query without the question mark.
    pub query: Option<String>,
    /// Headers, names in lower case.
    pub headers: BTreeMap<String, String>,
    /// Members of a JSON body.
    pub json: Option<Value>,
    /// Members of a form.
    pub form: BTreeMap<String, String>,
    /// Members that a form must not have.
    pub form_lacks: Vec<String>,
}

/// What a drop-in replacement does.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shim {
    /// `"credentials"` or null.
    #[serde(default, deserialize_with = "even_null")]
    pub returns: Option<Value>,
    /// Class of the Python exception.
    pub raises: Option<String>,
    /// Class that the SDK raises.
    pub sdk_raises: Option<String>,
    /// Parts of the exception's text.
    #[serde(default)]
    pub message_contains: Vec<String>,
    /// Parts of the R error's message.
    pub error: Option<Vec<String>>,
    /// Why tokcore is unlike the SDK here.
    pub differs: Option<String>,
}

/// Tells `null` from a missing member.
fn even_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}
