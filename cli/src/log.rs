//! Log lines of the client's verbs on stderr. The broker has a log of its own.

use std::io;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt;
use tracing_subscriber::prelude::*;

/// Shows what may surprise, as told by tokcore's own crates only: others might quote what is sent.
///
/// `TOKCORE_LOG` (off, error, warn, info, debug, trace) overrides.
pub fn install() {
    let level = std::env::var("TOKCORE_LOG").ok().and_then(|text| text.parse().ok()).unwrap_or(LevelFilter::WARN);
    let targets = ["tokcore", "tokcore_broker", "tokcore_demo"].map(|target| (target, level));
    let lines = fmt::layer().with_writer(io::stderr).with_ansi(false).without_time().with_target(false);
    tracing_subscriber::registry().with(Targets::new().with_targets(targets)).with(lines).init();
}
