//! What the bench programs share: the session they run in, timing, and one JSON line per figure.

use std::path::PathBuf;
use std::time::Instant;

/// Where `get_credentials` would go, from the variables of a session: `run.py` sets them, and so does `tokcore demo`.
#[derive(Clone, Debug)]
pub struct Session {
    /// `http://127.0.0.1:PORT`.
    pub server: String,
    /// The RPC cookie.
    pub cookie: String,
    /// The integration that every contestant asks for.
    pub guid: String,
}

impl Session {
    /// The session of this process; panics when it is in none.
    pub fn from_env() -> Self {
        let variable = |name: &str| std::env::var(name).unwrap_or_else(|_| panic!("{name} is not set: no session"));
        let cookie = std::env::var("RS_SESSION_RPC_COOKIE").unwrap_or_else(|_| {
            let file = PathBuf::from(variable("PWB_SESSION_RUNTIME_DIR")).join("rpc_cookie");
            std::fs::read_to_string(file).expect("the session's cookie can be read").trim().to_owned()
        });
        Self { server: variable("RS_SERVER_ADDRESS"), guid: variable("TOKCORE_DEMO_GUID"), cookie }
    }

    /// `ADDRESS:PORT` of the server.
    pub fn host(&self) -> &str {
        self.server.trim_start_matches("http://").trim_end_matches('/')
    }

    /// The call as it goes over the wire.
    pub fn request(&self) -> Vec<u8> {
        let body = format!(r#"{{"kwparams":{{"uuid":"{}"}},"method":"/oauth_token"}}"#, self.guid);
        let head = format!(
            "POST /oauth_token HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n\
             X-RS-Session-Server-RPC-Cookie: {}\r\nContent-Length: {}\r\n\r\n",
            self.host(),
            self.cookie,
            body.len()
        );
        (head + &body).into_bytes()
    }
}

/// The answer that the static server gives to every call.
pub fn answer() -> String {
    format!(r#"{{"access_token":"ya29.{}","expiry":"2099-01-01T00:00:00Z"}}"#, "0123456789".repeat(21))
}

/// The answer that the static server gives where tokens are asked for.
pub fn token_answer() -> String {
    format!(r#"{{"access_token":"ya29.{}","token_type":"Bearer","expires_in":3600}}"#, "0123456789".repeat(21))
}

/// Duration of every single call, sorted. Units: nanoseconds.
pub fn each_ns(calls: usize, mut call: impl FnMut()) -> Vec<f64> {
    for _ in 0..20 {
        call();
    }
    sorted((0..calls).map(|_| elapsed_ns(&mut call)).collect())
}

/// Mean duration of a call in each of 31 batches, sorted: for calls too short to be timed alone. Units: nanoseconds.
pub fn batches_ns(calls_per_batch: usize, mut call: impl FnMut()) -> Vec<f64> {
    let mut batch = || (0..calls_per_batch).for_each(|_| call());
    batch();
    sorted((0..31).map(|_| elapsed_ns(&mut batch) / calls_per_batch as f64).collect())
}

/// Prints one figure as a JSON line.
pub fn emit(contestant: &str, metric: &str, unit: &str, sorted: &[f64]) {
    let at = |share: f64| sorted[((sorted.len() - 1) as f64 * share) as usize];
    let line = serde_json::json!({
        "contestant": contestant, "metric": metric, "unit": unit,
        "median": at(0.5), "p10": at(0.1), "p90": at(0.9), "p99": at(0.99), "n": sorted.len(),
    });
    println!("{line}");
}

/// In ascending order, as [`emit`] wants them.
pub fn sorted(mut figures: Vec<f64>) -> Vec<f64> {
    figures.sort_by(f64::total_cmp);
    figures
}

fn elapsed_ns(call: &mut impl FnMut()) -> f64 {
    let begun = Instant::now();
    call();
    begun.elapsed().as_nanos() as f64
}
