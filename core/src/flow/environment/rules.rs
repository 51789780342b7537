//! The table: which variable speaks for which class. Source: specs/google.md §3.6, specs/oauth.md §3.4.

use super::surroundings::{Surroundings, is_true};
use super::{EnvironmentClass, Signal};
use crate::context::Context;

use EnvironmentClass::{Hosted, LocalNoBrowser, TunnelPossible, Unattended};

/// Source of the signal that the host gave.
pub(super) const INTERACTIVITY: &str = "interactivity";

/// When a variable counts.
enum Counts {
    /// Set and not empty.
    Set,
    /// Set, even to nothing.
    EvenEmpty,
    /// Neither empty nor a word for no.
    True,
    /// One of these values.
    As(&'static [&'static str]),
    /// `server`, while this other variable is `1`.
    ServerWith(&'static str),
    /// Set, and nobody can be asked: the variable is also found where people work.
    Alone,
}

use Counts::{Alone, As, EvenEmpty, ServerWith, Set, True};

const VARIABLES: &[(EnvironmentClass, &str, Counts)] = &[
    (Unattended, "CI", True),
    (Unattended, "GITHUB_ACTIONS", True),
    (Unattended, "POSIT_PRODUCT", As(&["CONNECT", "CONNECT_CLOUD"])),
    (Unattended, "RSTUDIO_PRODUCT", As(&["CONNECT"])),
    (Unattended, "SHINY_SERVER_VERSION", Set),
    // People who publish to Connect have it on their laptops.
    (Unattended, "CONNECT_SERVER", Alone),
    (Unattended, "AIRFLOW_CTX_DAG_ID", Alone),
    (Unattended, "CLOUD_RUN_JOB", Alone),
    (Unattended, "KUBERNETES_SERVICE_HOST", Alone),
    (Hosted, "RSTUDIO_PROGRAM_MODE", ServerWith("RSTUDIO")),
    (Hosted, "POSITRON_MODE", ServerWith("POSITRON")),
    (Hosted, "RS_SERVER_URL", EvenEmpty),
    (Hosted, "COLAB_RELEASE_TAG", Set),
    (Hosted, "POSIT_PRODUCT", As(&["WORKBENCH"])),
    (Hosted, "JUPYTERHUB_API_URL", Set),
    (Hosted, "JUPYTERHUB_SERVICE_PREFIX", Set),
    (Hosted, "BINDER_SERVICE_HOST", Set),
    (Hosted, "CODESPACES", True),
    (Hosted, "GITPOD_WORKSPACE_ID", Set),
    (Hosted, "DATABRICKS_RUNTIME_VERSION", Set),
    (Hosted, "KAGGLE_KERNEL_RUN_TYPE", Set),
    (Hosted, "SAGEMAKER_APP_TYPE", Set),
    (Hosted, "SAGEMAKER_INTERNAL_IMAGE_URI", Set),
    (Hosted, "SAGEMAKER_JOB_NAME", Set),
    (Hosted, "CLOUD_SHELL", True),
    (Hosted, "VERTEX_PRODUCT", Set),
    (TunnelPossible, "REMOTE_CONTAINERS", True),
];

/// Every signal of the table, and those that take more than one variable to see.
pub(super) fn signals(context: &Context, surroundings: &Surroundings, can_prompt: bool) -> Vec<Signal> {
    let mut signals = Vec::new();
    let mut add = |class, source, seen: String| signals.push(Signal { class, source, seen });
    if !can_prompt {
        add(Unattended, INTERACTIVITY, "nobody can be asked from here".into());
    }
    for (class, name, counts) in VARIABLES {
        if let Some(seen) = counts.see(context, name, can_prompt) {
            add(*class, name, seen);
        }
    }
    if !surroundings.display && context.set_var("JPY_PARENT_PID").is_some() {
        add(Hosted, "JPY_PARENT_PID", "a notebook without a display".into());
    }
    if let (Some(ssh), false) = (&surroundings.ssh, surroundings.display) {
        add(TunnelPossible, ssh.source, format!("{} is set, and there is no display", ssh.source));
    }
    if surroundings.vscode {
        add(TunnelPossible, "VSCODE_IPC_HOOK_CLI", "VS Code's window is on another machine".into());
    }
    if let Some(mark) = surroundings.container {
        add(TunnelPossible, mark, format!("{mark} is the mark of a container"));
    }
    if !surroundings.display && surroundings.browser_variable.is_none() {
        add(LocalNoBrowser, "DISPLAY", "neither DISPLAY nor WAYLAND_DISPLAY nor BROWSER is set".into());
    }
    signals
}

impl Counts {
    /// What is seen in the variable, when it counts. Values are shown only where the table knows them.
    fn see(&self, context: &Context, name: &str, can_prompt: bool) -> Option<String> {
        let value = context.env.var(name)?;
        let is_set = !value.is_empty();
        let counts = match self {
            Set => is_set,
            EvenEmpty => true,
            True => is_true(Some(value.clone())),
            As(values) => values.contains(&value.as_str()),
            ServerWith(other) => value == "server" && context.env.var(other).as_deref() == Some("1"),
            Alone => is_set && !can_prompt,
        };
        let shown = match self {
            As(_) | ServerWith(_) => format!("{name} is {value}"),
            Set | EvenEmpty | True | Alone => format!("{name} is set"),
        };
        counts.then_some(shown)
    }
}
