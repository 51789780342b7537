//! A stored token, beside the least that finding and replacing a file of its length can cost; in turns, so that both meet
//! the same machine.
//!
//! Usage: `store FOLDER CREDENTIALS [PLACE]`. The store is made in `FOLDER`, which should be empty, with so many accounts, a
//! hundred to a client. Replacing costs what the disk of `FOLDER` makes of a sync: nothing, where that is memory. `PLACE`
//! tells the figures of one disk from those of another.

use std::fs::{self, File};
use std::hint::black_box;
use std::io::Write;
use std::path::{Path, PathBuf};

use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use tokcore::{
    ClientSettings, NoInterrupt, Nobody, OAuthClient, Setting, Settings, Store, Token, TokenRequest, TokenSource,
};
use tokcore_bench::{each_ns, emit, sorted};

const TURNS: usize = 31;
const LOOKUPS: usize = 100;
const REPLACEMENTS: usize = 8;
const ACCOUNTS_PER_CLIENT: usize = 100;
const NONCE_BYTES: usize = 24;
const ENDPOINT: &str = "https://as.example/token";
const FAR_UNIX_S: i64 = 4_102_444_800;

fn main() {
    let mut words = std::env::args().skip(1);
    let usage = "usage: store FOLDER CREDENTIALS [PLACE]";
    let folder = PathBuf::from(words.next().expect(usage));
    let count: usize = words.next().and_then(|text| text.parse().ok()).expect(usage);
    let place = words.next().map(|place| format!(" {place}")).unwrap_or_default();
    let store = filled(&folder, count);
    let ours = Ours::new(&store, count / 2, count);
    let limit = Limit::new(&folder);

    let lookup = format!("lookup, {count} stored{place}");
    let (mut read, mut found) = (Vec::new(), Vec::new());
    let (mut renamed, mut adopted) = (Vec::new(), Vec::new());
    for _ in 0..TURNS {
        read.push(mean(&each_ns(LOOKUPS, || limit.read())));
        found.push(mean(&each_ns(LOOKUPS, || ours.look())));
        renamed.push(mean(&each_ns(REPLACEMENTS, || limit.replace())));
        adopted.push(mean(&each_ns(REPLACEMENTS, || ours.replace())));
    }
    emit("open + read + close + AEAD", &lookup, "ns", &sorted(read));
    emit("tokcore", &lookup, "ns", &sorted(found));
    let rewrite = format!("rewrite, {count} stored{place}");
    emit("write + sync + rename + sync", &rewrite, "ns", &sorted(renamed));
    emit("tokcore", &rewrite, "ns", &sorted(adopted));
}

fn mean(figures: &[f64]) -> f64 {
    figures.iter().sum::<f64>() / figures.len() as f64
}

/// A store with `count` accounts.
fn filled(folder: &Path, count: usize) -> Store {
    let path = folder.join("store").display().to_string();
    let store = Store::open(settings(&[("path", &path)])).expect("settings");
    for number in 0..count {
        let mut given = settings(&[
            ("client_id", &client(number)),
            ("token_endpoint", ENDPOINT),
            ("scopes", "read"),
            ("access_token", &"a".repeat(222)),
            ("refresh_token", &"r".repeat(100)),
        ]);
        given.set("expires_at", FAR_UNIX_S).expect("a setting");
        if let Some(account) = account(number, count) {
            given.set("account", account.as_str()).expect("a setting");
        }
        store.adopt(given).expect("it is stored");
    }
    store
}

/// Whoever brings one more account looks through those of its client, so that the first thousands would take minutes.
fn client(number: usize) -> String {
    format!("bench{}", number / ACCOUNTS_PER_CLIENT)
}

/// A sole account needs no name.
fn account(number: usize, count: usize) -> Option<String> {
    (count > 1).then(|| format!("user{number}@example.com"))
}

fn settings(pairs: &[(&str, &str)]) -> Settings {
    pairs.iter().map(|(name, value)| (*name, Setting::from(*value))).collect()
}

/// One of the stored credentials, as a program has it.
struct Ours {
    source: TokenSource,
    token: Token,
}

impl Ours {
    fn new(store: &Store, number: usize, count: usize) -> Self {
        let client = settings(&[("client_id", &client(number)), ("token_endpoint", ENDPOINT)]);
        let client = ClientSettings::from_settings(client);
        let client = OAuthClient::new(client.expect("settings")).expect("a client").with_store(store);
        let mut request = settings(&[("grant", "authorization_code"), ("scopes", "read")]);
        if let Some(account) = account(number, count) {
            request.set("account", account.as_str()).expect("a setting");
        }
        let source = client.source(TokenRequest::from_settings(request).expect("a request")).expect("a source");
        let token = source.token(&Nobody, &NoInterrupt).expect("it is stored");
        Self { source, token: (*token).clone() }
    }

    /// What a process pays that has no token in memory: from the store to a usable token.
    fn look(&self) {
        self.source.forget();
        drop(black_box(self.source.token(&Nobody, &NoInterrupt).expect("it is stored")));
    }

    fn replace(&self) {
        let kept = self.source.adopt(self.token.clone());
        assert!(kept.warnings().is_empty(), "it is stored");
    }
}

/// A sealed file as long as a record, and nothing around it.
struct Limit {
    file: PathBuf,
    new: PathBuf,
    sealed: Vec<u8>,
    cipher: XChaCha20Poly1305,
}

impl Limit {
    fn new(folder: &Path) -> Self {
        let length = fs::metadata(a_record(folder)).expect("a record").len() as usize;
        let cipher = XChaCha20Poly1305::new(&[7; 32].into());
        let nonce = XNonce::default();
        let text = vec![b'x'; length - NONCE_BYTES - 16];
        let sealed = [&nonce[..], &cipher.encrypt(&nonce, &*text).expect("sealed")].concat();
        // With as many neighbours as a record has.
        let file = a_record(folder).with_extension("limit");
        fs::write(&file, &sealed).expect("written");
        Self { new: file.with_extension("new"), file, sealed, cipher }
    }

    fn read(&self) {
        let file = fs::read(&self.file).expect("the file is there");
        let (nonce, text) = file.split_at(NONCE_BYTES);
        black_box(self.cipher.decrypt(XNonce::from_slice(nonce), text).expect("it opens"));
    }

    fn replace(&self) {
        let mut file = File::create(&self.new).expect("created");
        file.write_all(&self.sealed).expect("written");
        file.sync_data().expect("synced");
        fs::rename(&self.new, &self.file).expect("renamed");
        let folder = self.file.parent().expect("a folder");
        File::open(folder).and_then(|folder| folder.sync_all()).expect("synced");
    }
}

/// Any record of the store.
fn a_record(folder: &Path) -> PathBuf {
    let inside = |folder: PathBuf| fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut files = inside(folder.join("store/v1")).flat_map(inside);
    files.find(|file| file.extension().is_some_and(|ending| ending == "tok")).expect("a record")
}
