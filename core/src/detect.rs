//! Where the program runs: the detection table, first match wins.
//!
//! Pure but for environment variables and small files. Every test made is recorded, so that `doctor` and an error can
//! say why a backend was chosen or declined. Source: specs, rules X01–X12; empty variables count as unset.

use std::path::{Path, PathBuf};

use crate::context::Context;
use crate::credentials::Backend;
use crate::error::{Attempt, Error};
use crate::kinds::Kind;
use crate::options::ClientOptions;
use crate::provider::choice::{Choice, Subject};
use crate::provider::{connect, workbench};

/// What was found, and how.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Detection {
    /// The backend to ask and on whose behalf, or why there is none.
    pub outcome: Result<Choice, Error>,
    /// Number of the rule that decided, such as `X06`.
    pub rule: &'static str,
    /// Every test, in the order it was made.
    pub tests: Vec<Attempt>,
    /// Oddities that did not decide anything but may surprise.
    pub warnings: Vec<String>,
}

/// Walks the table. Effects: `[disk]` reads the cookie file and the content token's file; no network.
pub(crate) fn detect(context: &Context, options: &ClientOptions, with_user_session_token: bool) -> Detection {
    let mut walk = Walk { context, options, with_user_session_token, tests: Vec::new(), warnings: Vec::new() };
    let (rule, outcome) = walk.first_match();
    let Walk { tests, warnings, .. } = walk;
    let outcome = outcome.map_err(|error| error.with_attempts(tests.clone()));
    Detection { outcome, rule, tests, warnings }
}

type Verdict = (&'static str, Result<Choice, Error>);

struct Walk<'a> {
    context: &'a Context,
    options: &'a ClientOptions,
    with_user_session_token: bool,
    tests: Vec<Attempt>,
    warnings: Vec<String>,
}

impl Walk<'_> {
    fn first_match(&mut self) -> Verdict {
        self.explicit()
            .or_else(|| self.connect())
            .or_else(|| self.workbench())
            .or_else(|| self.local_broker())
            .unwrap_or_else(|| self.nothing())
    }

    fn note(&mut self, source: &str, outcome: impl Into<String>) {
        self.tests.push(Attempt::new(source, outcome));
    }

    /// X01: an argument or `TOKCORE_BACKEND` decides alone.
    fn explicit(&mut self) -> Option<Verdict> {
        let named = match self.options.backend {
            Some(backend) => Ok(backend),
            None => {
                let Some(name) = self.context.set_var("TOKCORE_BACKEND") else {
                    self.note("TOKCORE_BACKEND", "not set");
                    return None;
                };
                Backend::from_name(&name).ok_or(name)
            }
        };
        let backend = match named {
            Ok(backend) => backend,
            Err(name) => {
                let names: Vec<_> = Backend::ALL.iter().map(|b| b.name()).collect();
                let error =
                    Error::new(Kind::ConfigInvalid, format!("TOKCORE_BACKEND is {name:?}, which is no backend"))
                        .with_hint(format!("set it to one of: {}", names.join(", ")));
                return Some(("X01", Err(error)));
            }
        };
        self.note("backend", format!("{backend}, as told"));
        let (subject, socket) = match backend {
            Backend::Connect => (self.connect_subject(), None),
            Backend::Workbench => (workbench::cookie::is_present(self.context).then_some(Subject::Cookie), None),
            Backend::LocalBroker => {
                let socket = self.sockets().into_iter().find(|socket| socket.is_there(self.context));
                if socket.is_none() {
                    return Some(("X01", Err(self.no_socket())));
                }
                (Some(Subject::PeerUser), socket.map(|socket| socket.path))
            }
        };
        Some(("X01", Ok(Choice { backend, subject, socket })))
    }

    /// X02–X05: Connect comes first, because a stray `RS_SERVER_ADDRESS` there makes both SDKs think of Workbench.
    fn connect(&mut self) -> Option<Verdict> {
        let product = self.context.set_var("POSIT_PRODUCT");
        let legacy = self.context.set_var("RSTUDIO_PRODUCT");
        self.note("POSIT_PRODUCT", product.as_deref().unwrap_or("not set"));
        self.note("RSTUDIO_PRODUCT", legacy.as_deref().unwrap_or("not set"));
        let cloud = product.as_deref() == Some("CONNECT_CLOUD");
        if !cloud && product.as_deref() != Some("CONNECT") && legacy.as_deref() != Some("CONNECT") {
            return None;
        }
        if product.as_deref() == Some("WORKBENCH") {
            let conflict =
                "POSIT_PRODUCT is WORKBENCH but RSTUDIO_PRODUCT is CONNECT, which only Connect sets: taken for Connect";
            self.warnings.push(conflict.to_owned());
        }
        let Some(subject) = self.connect_subject() else {
            let error = Error::new(Kind::NoSubject, "on Connect, but there is neither a user session token nor a content session token")
                .with_hint("pass the value of the header Posit-Connect-User-Session-Token, or associate an integration with this content");
            return Some((if cloud { "X02" } else { "X05" }, Err(error)));
        };
        let rule = match (cloud, subject) {
            (true, _) => "X02",
            (false, Subject::UserSessionToken) => "X03",
            (false, _) => "X04",
        };
        Some((rule, Ok(Choice { backend: Backend::Connect, subject: Some(subject), socket: None })))
    }

    fn connect_subject(&mut self) -> Option<Subject> {
        if self.with_user_session_token {
            self.note("user session token", "given");
            return Some(Subject::UserSessionToken);
        }
        self.note("user session token", "not given");
        let found = connect::content_token::is_present(self.context);
        self.note("content session token", if found { "found" } else { "not found" });
        found.then_some(Subject::ContentSessionToken)
    }

    /// X06–X09: the protocol of Workbench, spoken by Workbench and by `tokcore serve`.
    fn workbench(&mut self) -> Option<Verdict> {
        let told = self.context.set_var("POSIT_PRODUCT").as_deref() == Some("WORKBENCH");
        let address = self.options.server_address.clone().or_else(|| self.context.set_var("RS_SERVER_ADDRESS"));
        self.note("RS_SERVER_ADDRESS", address.as_deref().map_or("not set", |_| "set"));
        if address.is_none() {
            if !told {
                return None;
            }
            let error = Error::new(Kind::NoAddress, "inside Workbench, but RS_SERVER_ADDRESS is not set")
                .with_hint("ask the administrator to set launcher-sessions-callback-address, then start a new session");
            return Some(("X08", Err(error)));
        }
        if !workbench::cookie::is_present(self.context) {
            self.note("RPC cookie", "not found");
            return Some(("X09", Err(workbench::cookie::missing(self.context))));
        }
        self.note("RPC cookie", "found");
        let choice = Choice { backend: Backend::Workbench, subject: Some(Subject::Cookie), socket: None };
        Some((if told { "X06" } else { "X07" }, Ok(choice)))
    }

    /// X10: a broker of this machine. A socket that was named must be there; one that is only probed may be absent.
    fn local_broker(&mut self) -> Option<Verdict> {
        let named = self.context.set_var("TOKCORE_BROKER").is_some();
        for socket in self.sockets() {
            let found = socket.is_there(self.context);
            self.note(
                "broker socket",
                format!("{}: {}", socket.path.display(), if found { "found" } else { "not there" }),
            );
            if found {
                let subject = Some(Subject::PeerUser);
                let choice = Choice { backend: Backend::LocalBroker, subject, socket: Some(socket.path) };
                return Some(("X10", Ok(choice)));
            }
        }
        named.then(|| ("X10", Err(self.no_socket())))
    }

    fn sockets(&self) -> Vec<Socket> {
        match self.context.set_var("TOKCORE_BROKER") {
            Some(path) => vec![Socket { path: path.into(), owner: None }],
            None => default_sockets(self.context),
        }
    }

    fn no_socket(&self) -> Error {
        let places: Vec<_> = self.sockets().iter().map(|socket| socket.path.display().to_string()).collect();
        Error::new(Kind::Broker, format!("no broker answers at {}", places.join(" or ")))
            .with_hint("start it with `tokcore serve`, or try everything with `tokcore demo`")
    }

    fn nothing(&mut self) -> Verdict {
        let error = Error::new(Kind::NotInSession, "not inside Workbench, Connect or a session of a tokcore broker")
            .with_hint("run the program under `tokcore exec --`, or try `tokcore demo`; `tokcore doctor` shows what was looked at");
        ("X12", Err(error))
    }
}

/// A place where a broker may listen.
struct Socket {
    path: PathBuf,
    /// Who must own its folder: below a folder that everybody can write to, somebody else may have been faster.
    owner: Option<u32>,
}

impl Socket {
    fn is_there(&self, context: &Context) -> bool {
        context.files.is_socket(&self.path, self.owner)
    }
}

/// Where a broker's socket is looked for: the user's own broker first, then the machine's.
fn default_sockets(context: &Context) -> Vec<Socket> {
    let users = match (context.set_var("XDG_RUNTIME_DIR"), context.env.user_id()) {
        (Some(directory), _) => Some(Socket { path: Path::new(&directory).join("tokcore/broker.sock"), owner: None }),
        (None, Some(user)) => {
            let temporary = context.set_var("TMPDIR").unwrap_or_else(|| "/tmp".to_owned());
            let path = Path::new(&temporary).join(format!("tokcore-{user}/broker.sock"));
            Some(Socket { path, owner: Some(user) })
        }
        (None, None) => None,
    };
    let machines = Socket { path: "/run/tokcore/broker.sock".into(), owner: None };
    users.into_iter().chain([machines]).collect()
}
