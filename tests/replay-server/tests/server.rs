//! The server itself, looked at with bare sockets.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::time::Duration;

use tokcore_replay_server::{Server, start};

fn ask(server: &Server, request: &str) -> (String, std::io::Result<usize>) {
    let mut stream = TcpStream::connect(server.address().trim_start_matches("http://")).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let end = stream.read_to_end(&mut answer);
    (String::from_utf8_lossy(&answer).into_owned(), end)
}

fn post(path: &str, body: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

#[test]
fn plays_the_script_and_keeps_what_it_was_asked() {
    let server = start().unwrap();
    let (answer, _) = ask(&server, &post("/W01/oauth_token?a=1", "{}"));
    assert!(answer.starts_with("HTTP/1.1 200 ") && answer.contains("access-canary"), "{answer}");
    let seen = server.requests("W01");
    assert_eq!((seen.len(), seen[0].path.as_str(), seen[0].query.as_str()), (1, "/oauth_token", "a=1"));
    assert!(ask(&server, "GET /__log/W01 HTTP/1.1\r\n\r\n").0.contains("\"query\":\"a=1\""));
    assert!(ask(&server, &post("/__reset/W01", "")).0.starts_with("HTTP/1.1 200 "));
    assert!(server.requests("W01").is_empty());
}

#[test]
fn get_with_a_body_is_like_post_and_the_last_answer_repeats() {
    let server = start().unwrap();
    let get = post("/V48/oauth_token", "{}").replace("POST", "GET");
    let folder = std::env::temp_dir().join(format!("replay-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    assert!(server.reset("V48", Some(folder.clone())));
    assert!(ask(&server, &get).0.starts_with("HTTP/1.1 401 "));
    assert!(std::fs::read_to_string(folder.join("rpc_cookie")).unwrap().contains("rewritten-canary"));
    let _ = std::fs::remove_dir_all(folder);
    for _ in 0..2 {
        assert!(ask(&server, &get).0.starts_with("HTTP/1.1 200 "));
    }
}

#[test]
fn keeps_connections_open_between_requests() {
    let server = start().unwrap();
    let twice = post("/W01/oauth_token", "{}").repeat(2);
    assert_eq!(ask(&server, &twice).0.matches("HTTP/1.1 200 ").count(), 2);
}

#[test]
fn misbehaves_as_told() {
    let server = start().unwrap();
    let timed_out =
        |end: &std::io::Result<usize>| end.as_ref().is_err_and(|error| error.kind() == std::io::ErrorKind::WouldBlock);
    let (answer, end) = ask(&server, &post("/W45/oauth_token", "{}"));
    assert!(answer.is_empty() && timed_out(&end), "hang: {answer} {end:?}");
    let (answer, end) = ask(&server, &post("/W44-reset/oauth_token", "{}"));
    assert!(answer.is_empty() && end.is_err() && !timed_out(&end), "reset: {answer} {end:?}");
    let (answer, end) = ask(&server, &post("/W34-cut/oauth_token", "{}"));
    assert!(answer.contains("acc") && end.is_ok(), "truncate: {answer} {end:?}");
    let (answer, end) = ask(&server, &post("/W45-body/oauth_token", "{}"));
    assert!(answer.contains("access_token") && timed_out(&end), "stall: {answer} {end:?}");
}

#[test]
fn unknown_cases_are_404() {
    let server = start().unwrap();
    for path in ["/", "/nothing", "/nothing/oauth_token", "/__log", "/__reset/nothing"] {
        assert!(ask(&server, &post(path, "")).0.starts_with("HTTP/1.1 404 "), "{path}");
    }
}

#[test]
fn the_program_ends_when_its_runner_is_gone() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_tokcore-replay-server"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(program.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("replay-server listening on http://127.0.0.1:"), "{line}");
    drop(program.stdin.take());
    assert!(program.wait().unwrap().success());
}
