//! The world of one case: its folder, its environment, and the call.

use std::collections::BTreeMap;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::sync::{Arc, Barrier};
use std::time::Duration;

use serde_json::{Map, Value};
use tempfile::TempDir;
use tokcore::context::Env;
use tokcore::{
    AzureToken, Backend, Client, ClientOptions, Context, CredentialsRequest, Detection, Error, Filter, IdentityToken,
    Integration, NoInterrupt, Secret, SharedCredentials,
};
use tokcore_replay_server::Server;
use tokcore_replay_server::vectors::{Call, Case, FileContent, replace_text};

pub struct World<'a> {
    case: &'a Case,
    places: BTreeMap<String, String>,
    /// Removed with the world.
    _folder: TempDir,
    /// Closed with the world.
    _sockets: Vec<UnixListener>,
}

impl<'a> World<'a> {
    pub fn new(server: &Server, case: &'a Case) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        assert!(server.reset(&case.id, Some(folder.path().to_owned())));
        let mut places = server.places(&case.id);
        places.insert("dir".into(), folder.path().display().to_string());
        places.insert("ca".into(), server.authority().to_owned());
        places.insert("other_ca".into(), server.stranger().to_owned());
        let mut sockets = Vec::new();
        for (name, content) in &case.files {
            let path = folder.path().join(name);
            match content {
                FileContent::Text(text) => std::fs::write(path, replace_text(text, &places)).expect("file"),
                FileContent::Directory { .. } => std::fs::create_dir(path).expect("directory"),
                FileContent::Socket { .. } => sockets.push(UnixListener::bind(path).expect("socket")),
            }
        }
        World { case, places, _folder: folder, _sockets: sockets }
    }

    pub fn context(&self) -> Context {
        let resolve = |(name, value): (&String, &String)| (name.clone(), replace_text(value, &self.places));
        Context { env: Arc::new(Variables(self.case.env.iter().map(resolve).collect())), ..Context::os() }
    }

    pub fn options(&self) -> ClientOptions {
        let mut options = ClientOptions::default();
        let given = &self.case.options;
        if let Some(milliseconds) = given.timeout_ms {
            options.timeout = Duration::from_millis(milliseconds);
        }
        if let Some(milliseconds) = given.connect_timeout_ms {
            options.connect_timeout = Duration::from_millis(milliseconds);
        }
        if let Some(milliseconds) = given.reuse_ms {
            options.reuse = Duration::from_millis(milliseconds);
        }
        if let Some(verify) = given.verify_tls {
            options.verify_tls = verify;
        }
        options.ca = given.ca_file.as_deref().map(|path| PathBuf::from(replace_text(path, &self.places)));
        options.backend = given.backend.as_deref().map(|name| Backend::from_name(name).expect("backend"));
        options
    }
}

struct Variables(BTreeMap<String, String>);

impl Env for Variables {
    fn var(&self, name: &str) -> Option<String> {
        self.0.get(name).cloned()
    }
}

/// What a call gave, and what the detection says beside it.
#[derive(Debug)]
pub struct Outcome {
    pub detection: Option<Detection>,
    pub result: Result<Given, Error>,
}

#[derive(Debug)]
pub enum Given {
    Nothing,
    Credentials(SharedCredentials),
    Integrations(Vec<Integration>),
    Integration(Option<Integration>),
    Azure(AzureToken),
    Identity(IdentityToken),
    /// The call cannot even be written in a language that checks types: there is nothing to compare.
    NotExpressible,
}

/// Makes the case's call, as often as it says.
pub fn call(client: &Client, case: &Case) -> Vec<Outcome> {
    if let Some(threads) = case.threads {
        let start = Barrier::new(threads);
        return std::thread::scope(|scope| {
            let one = || scope.spawn(|| (start.wait(), once(client, case)).1);
            let running: Vec<_> = (0..threads).map(|_| one()).collect();
            running.into_iter().map(|thread| thread.join().expect("caller")).collect()
        });
    }
    if case.temporary {
        return vec![once(&client.clone(), case)];
    }
    (0..case.repeat.unwrap_or(1)).map(|_| once(client, case)).collect()
}

fn once(client: &Client, case: &Case) -> Outcome {
    if case.expect.detection.is_some() {
        let user = matches!(&case.call, Call::Credentials { user_session_token: Some(_), .. });
        return Outcome { detection: Some(client.detect(user)), result: Ok(Given::Nothing) };
    }
    let result = match &case.call {
        Call::Credentials { audience, user_session_token } => {
            let request = CredentialsRequest {
                audience: audience.clone(),
                user_session_token: user_session_token.clone().map(Secret::new),
                ..CredentialsRequest::default()
            };
            client.credentials(&request, &NoInterrupt).map(Given::Credentials)
        }
        Call::Integrations {} => client.integrations(&NoInterrupt).map(Given::Integrations),
        Call::Integration { guid } => client.integration(guid, &NoInterrupt).map(Given::Integration),
        Call::FindBy { filter } => match exact(filter) {
            Some(filter) => client.find_by(&filter, |_| true, &NoInterrupt).map(Given::Integration),
            None => Ok(Given::NotExpressible),
        },
        Call::AzureToken { resource } => client.azure_token(resource, &NoInterrupt).map(Given::Azure),
        Call::IdentityToken {} => client.identity_token(&NoInterrupt).map(Given::Identity),
    };
    Outcome { detection: None, result }
}

/// The filter of the core. `None` when a value has a type that the core cannot be given.
fn exact(filter: &Map<String, Value>) -> Option<Filter> {
    let text = |name: &str| filter.get(name).map(|value| value.as_str().map(str::to_owned));
    Some(Filter {
        name: flip(text("name"))?,
        display_name: flip(text("display_name"))?,
        guid: flip(text("guid"))?,
        authenticated: flip(filter.get("authenticated").map(Value::as_bool))?,
    })
}

/// Absent is fine, present with a wrong type is not.
fn flip<T>(value: Option<Option<T>>) -> Option<Option<T>> {
    match value {
        None => Some(None),
        Some(None) => None,
        Some(some) => Some(some),
    }
}
