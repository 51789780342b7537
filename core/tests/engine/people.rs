//! People who sign in, type, refuse, or do nothing at all.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use tokcore::{Error, Interactivity, Interrupt, Notice, Person, Secret};
use url::Url;

use crate::world::lock;

/// Says when it is enough.
#[derive(Default)]
pub struct Bell(AtomicBool);

impl Bell {
    pub fn ring(&self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

impl Interrupt for Bell {
    fn is_interrupted(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// Somebody who signs in as soon as the page is shown, with a browser of their own.
#[derive(Default)]
pub struct Signer {
    /// Does nothing at the page.
    pub sleeps: bool,
    pub asked: AtomicUsize,
    pub passwords: Mutex<Vec<String>>,
    pub heard: Mutex<Vec<String>>,
}

impl Signer {
    pub fn asleep() -> Self {
        Self { sleeps: true, ..Self::default() }
    }
}

impl Person for Signer {
    fn interactivity(&self) -> Interactivity {
        Interactivity::Yes
    }

    fn tell(&self, notice: &Notice<'_>) {
        lock(&self.heard).push(notice.to_string());
        if let Notice::SignIn { url, .. } = notice {
            self.asked.fetch_add(1, Ordering::SeqCst);
            if !self.sleeps {
                let page: Url = url.parse().expect("a page");
                std::thread::spawn(move || visit(&answer(&page, "code=CODE-canary")));
            }
        }
    }

    fn ask(&self, _: &str, hidden: bool) -> Result<Option<Secret>, Error> {
        assert!(hidden, "a password is not for the screen");
        self.asked.fetch_add(1, Ordering::SeqCst);
        Ok(lock(&self.passwords).pop().map(Secret::new))
    }
}

pub fn parameter(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(known, _)| known == name).map(|(_, value)| value.into_owned())
}

/// Where the provider sends the browser whose person began at `page`.
pub fn answer(page: &Url, parameters: &str) -> Url {
    let redirect = parameter(page, "redirect_uri").expect("a redirect URI");
    let state = parameter(page, "state").expect("a state");
    format!("{redirect}?{parameters}&state={state}").parse().expect("an address")
}

/// One visit of a browser to the listener.
pub fn visit(url: &Url) -> String {
    let (host, port) = (url.host_str().expect("a host"), url.port().expect("a port"));
    let mut stream = TcpStream::connect((host.trim_matches(['[', ']']), port)).expect("the listener is there");
    let target = format!("{}?{}", url.path(), url.query().unwrap_or_default());
    stream.write_all(format!("GET {target} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n").as_bytes()).expect("a socket");
    let mut page = String::new();
    let _ = stream.read_to_string(&mut page);
    page
}
