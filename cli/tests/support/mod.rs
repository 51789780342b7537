//! What the black-box tests share: the real binary in an empty environment, canned servers, and a broker.

#![allow(dead_code)] // each test program uses its part

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

/// Far beyond what anything here takes, and the most that a caller may have to wait.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A secret that must turn up in no output.
pub const CANARY: &str = "canary5ecret";

/// A cookie that every client accepts; its MAC is the canary.
pub fn cookie(year: u32) -> String {
    format!("user-id=someone|Mon%2C%2001%20Jan%20{year}%2000%3A00%3A00%20GMT|{CANARY}")
}

/// What a finished run left.
#[derive(Debug)]
pub struct Run {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Run {
    /// Everything printed, for canaries.
    pub fn all(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        parsed(&self.stdout)
    }

    /// The `error` member of a JSON failure.
    #[track_caller]
    pub fn error(&self) -> Value {
        let failure = parsed(&self.stderr);
        assert_eq!(failure["format"], 1, "{self:?}");
        failure["error"].clone()
    }
}

#[track_caller]
fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The binary, with nothing of this test's environment but `PATH`.
pub fn tokcore(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tokcore"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    command.env_clear().env("PATH", path).env("HOME", home).env("XDG_RUNTIME_DIR", home.join("run"));
    // What is kept is a matter of the tests that say so.
    command.env("TMPDIR", home).env("TOKCORE_STORE", "memory");
    command
}

/// A run with something on its standard input.
pub fn with_input(command: &mut Command, input: &str) -> Run {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run { status: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// Runs it to its end; a run that outlasts the patience is a failure.
#[track_caller]
pub fn run(command: &mut Command) -> Run {
    let begun = Instant::now();
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let (sender, receiver) = mpsc::channel();
    let process = child.id();
    thread::spawn(move || sender.send(child.wait_with_output()));
    let Ok(output) = receiver.recv_timeout(PATIENCE) else {
        let _ = Command::new("kill").args(["-9", &process.to_string()]).status();
        panic!("{command:?} still runs after {:?}", begun.elapsed());
    };
    let output = output.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run { status: output.status.code().unwrap_or(-1), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// A server that gives one answer to whatever comes, until the test ends.
pub fn always(status: &str, content_type: &str, body: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let answer = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    );
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            read_request(&mut stream);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    address
}

fn read_request(stream: &mut impl Read) {
    let mut reader = BufReader::new(stream);
    let (mut line, mut length) = (String::new(), 0);
    while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
        let (name, value) = line.split_once(':').unwrap_or_default();
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().unwrap();
        }
        line.clear();
    }
    let mut body = vec![0; length];
    let _ = reader.read_exact(&mut body);
}

/// One integration, whose provider nobody needs to reach.
pub const CONF: &str = "\
[mail]
name=Team Mail
client-id=mail-client
client-secret=canary5ecret
authorization-url=http://127.0.0.1:9/authorize
token-url=http://127.0.0.1:9/token
scopes=mail.read,offline_access
";

/// The arguments of a broker whose files are all in `home`.
pub fn serve(home: &Path) -> Command {
    let mut command = tokcore(home);
    command.args(["serve", "--listen", "127.0.0.1:0"]);
    for (flag, file) in [
        ("--config", "oauth-clients.conf"),
        ("--database", "tokcore.db"),
        ("--master-key", "master.key"),
        ("--socket", "broker.sock"),
    ] {
        command.arg(flag).arg(home.join(file));
    }
    command
}

/// Starts a broker and waits until it answers.
fn spawn(home: &Path, flags: &[&str]) -> Child {
    let mut command = serve(home);
    command.args(flags).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let stderr = child.stderr.take().unwrap();
    let (sender, ready) = mpsc::channel();
    // Reads on after that, so that the broker never blocks on a full pipe.
    thread::spawn(move || {
        let mut seen = String::new();
        for line in BufReader::new(stderr).lines().map_while(Result::ok) {
            seen = format!("{seen}{line}\n");
            if line.contains("tokcore login") {
                let _ = sender.send(seen.clone());
            }
        }
    });
    let seen =
        ready.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("the broker did not start: {:?}", child.try_wait()));
    assert!(!seen.contains(CANARY), "{seen}");
    child
}

pub fn write_private(path: &Path, content: &str) {
    std::fs::write(path, content).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
}

/// A `tokcore serve` of our own, ended when dropped.
pub struct Broker {
    pub home: TempDir,
    flags: Vec<&'static str>,
    child: Child,
}

impl Broker {
    pub fn start() -> Self {
        let home = TempDir::new().unwrap();
        write_private(&home.path().join("oauth-clients.conf"), CONF);
        Self::start_in(home)
    }

    pub fn start_in(home: TempDir) -> Self {
        Self::start_with(home, &[])
    }

    pub fn start_with(home: TempDir, flags: &[&'static str]) -> Self {
        let child = spawn(home.path(), flags);
        Self { home, flags: flags.to_vec(), child }
    }

    /// `kill -9`, and another broker in its place.
    pub fn crash_and_restart(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        self.child = spawn(self.home.path(), &self.flags);
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.home.path().join(file)
    }

    /// A verb that talks to this broker.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = tokcore(self.home.path());
        command.env("TOKCORE_BROKER", self.path("broker.sock")).args(arguments);
        command
    }

    pub fn signal(&self, name: &str) {
        let number = self.child.id().to_string();
        assert!(Command::new("kill").args([name, &number]).status().unwrap().success());
    }

    /// Waits for its end after a signal.
    pub fn wait(&mut self) -> i32 {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code().unwrap_or(-1);
            }
            assert!(begun.elapsed() < PATIENCE, "the broker does not end");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Broker {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
