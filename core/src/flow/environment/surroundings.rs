//! The facts about a machine that more than one rule asks for.

use std::net::IpAddr;
use std::path::Path;

use crate::context::Context;

/// Operating systems that differ in where their browser is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Platform {
    /// Linux and the BSDs: a browser needs a display server.
    Unix,
    /// macOS.
    MacOs,
    /// Windows.
    Windows,
}

impl Platform {
    /// The one that this was built for.
    pub const HERE: Platform = if cfg!(windows) {
        Platform::Windows
    } else if cfg!(target_vendor = "apple") {
        Platform::MacOs
    } else {
        Platform::Unix
    };
}

#[derive(Clone, Debug)]
pub(in crate::flow) struct Surroundings {
    /// Whether a window can be shown here.
    pub display: bool,
    pub wsl: bool,
    /// How this is known to be a container.
    pub container: Option<&'static str>,
    pub ssh: Option<Ssh>,
    /// VS Code's server runs here, and its window somewhere else; it forwards ports and opens URLs over there.
    pub vscode: bool,
    /// The person's own choice of browser.
    pub browser_variable: Option<String>,
}

/// How the person reaches this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::flow) struct Ssh {
    /// The variable that told.
    pub source: &'static str,
    /// Name here, where it is one that can stand in a command line.
    pub user: Option<String>,
    /// The address and port that the person's client connected to.
    pub server: Option<(IpAddr, u16)>,
}

impl Surroundings {
    pub(super) fn look(platform: Platform, context: &Context) -> Self {
        let is_set = |name: &str| context.set_var(name).is_some();
        let container = container(context);
        let wsl = platform == Platform::Unix && container.is_none() && is_wsl(context);
        Self {
            display: platform != Platform::Unix || wsl || is_set("DISPLAY") || is_set("WAYLAND_DISPLAY"),
            wsl,
            container,
            ssh: ssh(context),
            vscode: is_set("VSCODE_IPC_HOOK_CLI"),
            browser_variable: context.set_var("BROWSER"),
        }
    }
}

/// Build servers write `true` or `1`; who writes `false` means it.
pub(super) fn is_true(value: Option<String>) -> bool {
    value.is_some_and(|value| !matches!(value.to_ascii_lowercase().as_str(), "" | "0" | "false" | "no" | "off"))
}

/// Enough for the few lines of these files.
const MARK_BYTES: usize = 64 * 1024;

fn container(context: &Context) -> Option<&'static str> {
    const MARKS: [&str; 2] = ["/.dockerenv", "/run/.containerenv"];
    if let Some(mark) = MARKS.into_iter().find(|mark| context.files.is_file(Path::new(mark))) {
        return Some(mark);
    }
    // Flatpak and Snap set it too, but share the person's desktop and loopback.
    if context.set_var("container").is_some_and(|kind| ["docker", "oci", "podman", "lxc"].contains(&kind.as_str())) {
        return Some("container");
    }
    let groups = read(context, "/proc/1/cgroup");
    ["docker", "kubepods", "containerd", "libpod", "lxc"].iter().any(|name| groups.contains(name)).then_some("cgroup")
}

fn is_wsl(context: &Context) -> bool {
    context.set_var("WSL_DISTRO_NAME").is_some()
        || read(context, "/proc/sys/kernel/osrelease").to_ascii_lowercase().contains("microsoft")
}

/// A file of the kernel; one that cannot be read says nothing.
fn read(context: &Context, path: &str) -> String {
    let bytes = context.files.read(Path::new(path), MARK_BYTES).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn ssh(context: &Context) -> Option<Ssh> {
    const SOURCES: [&str; 3] = ["SSH_CONNECTION", "SSH_TTY", "SSH_CLIENT"];
    let source = SOURCES.into_iter().find(|name| context.set_var(name).is_some())?;
    // Client address, client port, server address, server port.
    let connection = context.set_var("SSH_CONNECTION").unwrap_or_default();
    let mut words = connection.split_ascii_whitespace().skip(2);
    let server =
        words.next().and_then(|address| address.parse().ok()).zip(words.next().and_then(|port| port.parse().ok()));
    let plain = |name: &String| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    let user = ["USER", "LOGNAME"].iter().find_map(|name| context.set_var(name)).filter(plain);
    Some(Ssh { source, user, server })
}
