//! The context that has nothing.

use std::io;
use std::path::Path;
use std::sync::Arc;

use super::{Browser, Clock, Context, Env, Files, Program, Programs, Rng, Running};
use crate::error::Error;
use crate::kinds::Kind;
use crate::transport::{BoxFuture, HttpRequest, HttpResponse, HttpSend};

pub(super) fn context() -> Context {
    let refuse = Arc::new(Refuse);
    Context {
        env: refuse.clone(),
        files: refuse.clone(),
        http: refuse.clone(),
        clock: refuse.clone(),
        rng: refuse.clone(),
        browser: refuse.clone(),
        programs: refuse,
    }
}

struct Refuse;

impl Env for Refuse {
    fn var(&self, _name: &str) -> Option<String> {
        None
    }
}

impl Files for Refuse {
    fn read(&self, _path: &Path, _limit: usize) -> io::Result<Vec<u8>> {
        Err(io::Error::new(io::ErrorKind::NotFound, "this context has no files"))
    }

    fn is_file(&self, _path: &Path) -> bool {
        false
    }

    fn is_socket(&self, _path: &Path, _owner: Option<u32>) -> bool {
        false
    }
}

impl HttpSend for Refuse {
    fn send(&self, _request: HttpRequest) -> BoxFuture<'_, Result<HttpResponse, Error>> {
        Box::pin(async { Err(Error::new(Kind::Transport, "this context has no network")) })
    }
}

impl Clock for Refuse {
    fn now_unix_ms(&self) -> i64 {
        0
    }
}

impl Rng for Refuse {
    fn fill(&self, _out: &mut [u8]) -> Result<(), Error> {
        Err(Error::new(Kind::Internal, "this context has no randomness"))
    }
}

impl Browser for Refuse {
    fn open(&self, _url: &str) -> io::Result<()> {
        Err(no_browser())
    }

    fn run(&self, _program: &str, _arguments: &[String]) -> io::Result<()> {
        Err(no_browser())
    }
}

impl Programs for Refuse {
    fn start(&self, _program: &Program) -> io::Result<Box<dyn Running>> {
        Err(io::Error::new(io::ErrorKind::NotFound, "this context has no programs"))
    }
}

fn no_browser() -> io::Error {
    io::Error::new(io::ErrorKind::NotFound, "this context has no browser")
}
