//! What tells beforehand whether a metadata server is there: variables, and what the machine says it is. No network.

use std::path::Path;

use super::host;
use crate::context::Context;

/// Says that nobody shall look.
const OFF_VARIABLE: &str = "NO_GCE_CHECK";
/// Set by Google's runtimes without machines: Cloud Run, its jobs, Cloud Functions.
const RUNTIMES: [&str; 4] = ["K_SERVICE", "K_CONFIGURATION", "CLOUD_RUN_JOB", "FUNCTION_TARGET"];
/// Set in every cluster, whoever runs it.
const CLUSTER: &str = "KUBERNETES_SERVICE_HOST";
/// Where Linux tells what the machine was sold as.
const PRODUCT_FILE: &str = "/sys/class/dmi/id/product_name";
/// A product name is a few words.
const PRODUCT_BYTES: usize = 4096;

/// What tells beforehand whether a metadata server is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Signs {
    /// Nobody shall look: this variable says so.
    Forbidden(&'static str),
    /// This variable says where it is.
    Named(&'static str),
    /// A runtime that has one, by the variable that it sets.
    Runtime(&'static str),
    /// A machine of Google's.
    Machine,
    /// A cluster, which may be Google's.
    Cluster,
    /// A machine of somebody else's, by its product name.
    Elsewhere(String),
    /// Nothing tells.
    Silent,
}

impl Signs {
    /// Reads them. Effects: `[disk]`.
    pub(crate) fn read(context: &Context) -> Self {
        let is_set = |name: &&str| context.set_var(name).is_some();
        if context.set_var(OFF_VARIABLE).as_deref() == Some("true") {
            return Signs::Forbidden(OFF_VARIABLE);
        }
        if let Some(variable) = host::named(context) {
            return Signs::Named(variable);
        }
        if let Some(variable) = RUNTIMES.into_iter().find(|name| is_set(name)) {
            return Signs::Runtime(variable);
        }
        match product(context) {
            Some(product) if product.starts_with("Google") => Signs::Machine,
            _ if is_set(&CLUSTER) => Signs::Cluster,
            Some(product) if !is_set(&host::ADDRESS_VARIABLE) => Signs::Elsewhere(product),
            _ => Signs::Silent,
        }
    }

    /// Whether the server must be there, so that it is worth waiting for.
    pub(super) fn is_certain(&self) -> bool {
        matches!(self, Signs::Named(_) | Signs::Runtime(_) | Signs::Machine)
    }
}

/// What the machine was sold as. Shape: `None` where nothing tells.
fn product(context: &Context) -> Option<String> {
    let text = context.files.read(Path::new(PRODUCT_FILE), PRODUCT_BYTES).ok()?;
    let text = String::from_utf8_lossy(&text);
    let line: String = text.trim().chars().filter(|letter| !letter.is_control()).take(64).collect();
    (!line.is_empty()).then_some(line)
}

/// Whether the scopes that are asked for are the ones that come, also where a variable names the server. A machine's own were
/// chosen with the machine.
pub(super) fn scopes_are_free(context: &Context) -> bool {
    RUNTIMES.into_iter().any(|name| context.set_var(name).is_some())
}
