//! How often one session may call the broker.

use clap::Args;
use tokcore_broker::limits::{Limits, RPC_PER_SECOND};

/// A limit of the broker, for `serve` and `demo`.
#[derive(Debug, Args)]
pub struct RpcRate {
    /// RPC calls per second that one session may make; three times as many may come at once
    #[arg(
        long,
        value_name = "CALLS",
        env = "TOKCORE_SERVE_RPC_RATE",
        hide_env_values = true,
        default_value_t = RPC_PER_SECOND,
        value_parser = clap::value_parser!(u32).range(1..=1_000_000)
    )]
    rpc_rate: u32,
}

impl RpcRate {
    /// The broker's limits with this one.
    pub fn limits(&self) -> Limits {
        Limits::with_rpc_rate(self.rpc_rate)
    }
}
