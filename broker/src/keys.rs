//! The master key, its sub-keys, and the ring that holds several of them while one replaces another.
//!
//! Key file: one key per line, `<base64>` or `<kid>:<base64>`; `#` begins a comment. The first key is the active one,
//! which signs and encrypts; the others still verify and decrypt. A line without a kid is `k1`.
//! Source: specs/workbench.md §4.9, §4.11.

use std::fmt;
use std::io;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokcore::crypto::sealed::sub_key;
use tokcore::crypto::{fill_random, hmac_sha256};
use zeroize::Zeroizing;

use crate::error::Error;
use crate::{files, hex};

/// Name of a key that the file does not name.
pub const DEFAULT_KID: &str = "k1";

/// Far more than a ring of keys needs; a larger file is not a key file.
const MAX_FILE_BYTES: usize = 16 * 1024;

/// Fewer different byte values than this is a placeholder, not a key.
const MIN_DISTINCT_BYTES: usize = 8;

/// What a sub-key is for. One key per use: a forged cookie never opens a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Encrypts cells of the database.
    DbToken,
    /// Signs RPC cookies.
    RpcCookie,
    /// Signs what belongs to a web session.
    WebSession,
    /// Binds a flow's state to the browser that began it.
    FlowState,
    /// Proves that a database and a key belong together.
    KeyCheck,
}

impl Purpose {
    const ALL: [Self; 5] = [Self::DbToken, Self::RpcCookie, Self::WebSession, Self::FlowState, Self::KeyCheck];

    fn info(self) -> &'static [u8] {
        match self {
            Self::DbToken => b"tokcore/v1/db-token",
            Self::RpcCookie => b"tokcore/v1/rpc-cookie",
            Self::WebSession => b"tokcore/v1/web-session",
            Self::FlowState => b"tokcore/v1/flow-state",
            Self::KeyCheck => b"tokcore/v1/key-check",
        }
    }
}

/// One master key, present only as the sub-keys derived from it.
pub struct Key {
    kid: String,
    sub_keys: [Zeroizing<[u8; 32]>; 5],
}

impl Key {
    /// Derives the sub-keys of `master`.
    ///
    /// Errors: a reason in words when the name or the bytes are no good for a key.
    pub fn new(kid: &str, master: &[u8]) -> Result<Self, &'static str> {
        if kid.is_empty() || kid.len() > 16 || !kid.bytes().all(|b| b.is_ascii_alphanumeric()) {
            return Err("a key's name has 1 to 16 letters and digits");
        }
        if master.len() < 32 {
            return Err("a key has at least 32 bytes");
        }
        let mut seen = [false; 256];
        master.iter().for_each(|&byte| seen[usize::from(byte)] = true);
        if seen.iter().filter(|&&seen| seen).count() < MIN_DISTINCT_BYTES {
            return Err("the key repeats the same few bytes");
        }
        let sub_keys = Purpose::ALL.map(|purpose| sub_key(master, &[0; 32], purpose.info()));
        Ok(Self { kid: kid.to_owned(), sub_keys })
    }

    /// The key's name in cookies and cells.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The 32-byte key for one purpose.
    pub fn sub_key(&self, purpose: Purpose) -> &[u8; 32] {
        &self.sub_keys[purpose as usize]
    }

    /// A public name for the key's *value*: two installations cloned from one image show the same one.
    ///
    /// Shape: 64 hexadecimal digits, safe to print and to store; people compare the first twelve.
    pub fn id(&self) -> String {
        hex::encode(&hmac_sha256(self.sub_key(Purpose::KeyCheck), b"tokcore key check"))
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("kid", &self.kid).finish_non_exhaustive()
    }
}

/// Keys in use: the first is active, the others are kept for what was written before.
#[derive(Debug)]
pub struct KeyRing(Vec<Key>);

impl KeyRing {
    /// A ring of one key.
    pub fn single(key: Key) -> Self {
        Self(vec![key])
    }

    /// Reads the key file. Effects: `[disk]`.
    ///
    /// Shape: `None` when there is no file. Errors: [`Error::Key`] for a file that others may read, or that holds no
    /// good key.
    pub fn load(path: &Path) -> Result<Option<Self>, Error> {
        let flawed = |Flaw { problem, next }| Error::Key { path: path.to_owned(), problem, next };
        let io = |source| Error::Io { action: "read", path: path.to_owned(), source };
        let Some(opened) = files::open(path).map_err(io)? else { return Ok(None) };
        judge(opened.facts, path).map_err(flawed)?;
        let content = opened.read(MAX_FILE_BYTES).map_err(io)?;
        parse(&content).map(Some).map_err(flawed)
    }

    /// Makes a key, writes it to a new file with mode 0600, and reads it back. Effects: `[disk]`.
    ///
    /// When two brokers start at once, both end up with the key of the faster one.
    pub fn create(path: &Path) -> Result<Self, Error> {
        let mut master = Zeroizing::new([0; 32]);
        fill_random(&mut *master)?;
        let text = Zeroizing::new(format!("{DEFAULT_KID}:{}\n", STANDARD.encode(master.as_slice())));
        match files::create_private(path, text.as_bytes()) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(source) => return Err(Error::Io { action: "create", path: path.to_owned(), source }),
        }
        Self::load(path)?.ok_or_else(|| Error::Key {
            path: path.to_owned(),
            problem: "vanished while it was created".into(),
            next: "see who else works on that directory, then start again".into(),
        })
    }

    /// The key that signs and encrypts.
    pub fn active(&self) -> &Key {
        // Every constructor puts at least one key in.
        &self.0[0]
    }

    /// The key of this name.
    pub fn get(&self, kid: &str) -> Option<&Key> {
        self.0.iter().find(|key| key.kid == kid)
    }

    /// All keys, the active one first.
    pub fn iter(&self) -> impl Iterator<Item = &Key> {
        self.0.iter()
    }
}

/// Why a key file cannot be used, and what to do about it.
#[derive(Debug)]
struct Flaw {
    problem: String,
    next: String,
}

impl Flaw {
    fn new(problem: impl Into<String>, next: impl Into<String>) -> Self {
        Self { problem: problem.into(), next: next.into() }
    }
}

/// Nobody but the owner may touch a key file: unlike the configuration there is no mode that lets this pass.
fn judge(facts: files::Facts, path: &Path) -> Result<(), Flaw> {
    let own = rustix::process::geteuid().as_raw();
    let path = path.display();
    if !facts.regular || facts.symlink {
        Err(Flaw::new("is not a regular file", "put the key file itself there, not a link"))
    } else if facts.uid != own && facts.uid != 0 {
        Err(Flaw::new(
            format!("belongs to user {}", facts.uid),
            format!("`chown {own} {path}`, if you trust that user"),
        ))
    } else if facts.mode & 0o077 != 0 {
        let problem = format!("has mode {:04o}, so others may read it", facts.mode);
        Err(Flaw::new(problem, format!("`chmod 600 {path}`; if somebody read it, change the key")))
    } else {
        Ok(())
    }
}

/// How to make the content of a line.
const MAKE_ONE: &str = "make a key with `openssl rand -base64 32`";

fn parse(content: &[u8]) -> Result<KeyRing, Flaw> {
    let text = std::str::from_utf8(content).map_err(|_| Flaw::new("is not text", MAKE_ONE))?;
    let mut keys: Vec<Key> = Vec::new();
    for (number, line) in text.lines().enumerate().map(|(index, line)| (index + 1, line.trim())) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let at = |reason: &str| Flaw::new(format!("line {number}: {reason}"), MAKE_ONE);
        let (kid, encoded) = line.split_once(':').unwrap_or((DEFAULT_KID, line));
        let master = Zeroizing::new(STANDARD.decode(encoded.trim()).map_err(|_| at("not base64"))?);
        let key = Key::new(kid.trim(), &master).map_err(at)?;
        if keys.iter().any(|other| other.kid == key.kid) {
            let problem = format!("line {number}: a second key named {}", key.kid);
            return Err(Flaw::new(problem, "give each key its own name"));
        }
        keys.push(key);
    }
    if keys.is_empty() {
        return Err(Flaw::new("holds no key", MAKE_ONE));
    }
    Ok(KeyRing(keys))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn created_key_is_read_back_and_differs_between_installations() {
        let dir = tempfile::tempdir().unwrap();
        let (a, b) = (dir.path().join("a.key"), dir.path().join("b.key"));
        let ids = [KeyRing::create(&a).unwrap(), KeyRing::create(&b).unwrap()].map(|ring| ring.active().id());
        assert_ne!(ids[0], ids[1]);
        assert_eq!(KeyRing::load(&a).unwrap().unwrap().active().id(), ids[0]);
        assert_eq!(KeyRing::create(&a).unwrap().active().id(), ids[0], "an existing key is never replaced");
    }

    #[test]
    fn readable_by_others_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("master.key");
        KeyRing::create(&path).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let error = KeyRing::load(&path).unwrap_err();
        assert!(error.to_string().contains("0640") && error.hint().starts_with("`chmod 600 /"), "{error:?}");
    }

    #[test]
    fn placeholder_and_short_keys_are_refused() {
        let b64 = |bytes: &[u8]| STANDARD.encode(bytes);
        assert!(parse(b64(&[7; 64]).as_bytes()).unwrap_err().problem.contains("repeats"));
        assert!(parse(b64(&[1, 2, 3, 4, 5, 6, 7, 8, 9]).as_bytes()).unwrap_err().problem.contains("32 bytes"));
        assert!(parse(b"not base64!").unwrap_err().problem.contains("base64"));
        assert!(parse(b"# nothing\n").unwrap_err().problem.contains("no key"));
    }

    #[test]
    fn first_key_is_active_and_names_are_unique() {
        let master: Vec<u8> = (0..32).collect();
        let line = STANDARD.encode(&master);
        let ring = parse(format!("# rotated\nk2:{line}\nk1:{line}\n").as_bytes()).unwrap();
        assert_eq!(ring.active().kid(), "k2");
        assert!(ring.get("k1").is_some() && ring.get("k3").is_none());
        assert!(parse(format!("{line}\nk1:{line}\n").as_bytes()).unwrap_err().problem.contains("second key"));
        assert!(!format!("{ring:?}").contains(&line));
    }
}
