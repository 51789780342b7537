//! The class of a machine.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokcore::flow::environment::Platform;
use tokcore::flow::{Environment, browser};

use crate::table::{each, same};
use crate::{Machine, interactivity, parts};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EnvironmentCase {
    #[serde(rename = "id")]
    _id: String,
    #[serde(rename = "why")]
    _why: String,
    platform: Option<String>,
    interactivity: Option<String>,
    #[serde(default)]
    terminal: bool,
    env: BTreeMap<String, String>,
    #[serde(default)]
    files: BTreeMap<String, String>,
    expect: Map<String, Value>,
}

#[test]
fn environment() {
    each("environment.json", |case: &EnvironmentCase| {
        let machine =
            Machine { variables: case.env.clone(), files: case.files.clone(), terminal: case.terminal }.context();
        let platform = match case.platform.as_deref() {
            Some("macos") => Platform::MacOs,
            Some("windows") => Platform::Windows,
            _ => Platform::Unix,
        };
        let got = Environment::detect_on(platform, &machine, interactivity(&case.interactivity));
        let expected = |name: &str, default: Value| case.expect.get(name).cloned().unwrap_or(default);
        same("class", &got.class.slug().into(), &expected("class", Value::Null))?;
        let sources: Vec<_> = got.signals.iter().map(|signal| signal.source).collect();
        same("signals", &sources.into(), &expected("signals", json!([])))?;
        same("httr2", &got.httr2_hosted.into(), &expected("httr2", Value::Null))?;
        same("wsl", &got.is_wsl().into(), &expected("wsl", false.into()))?;
        same("warnings", &got.warnings.len().into(), &expected("warnings", 0.into()))?;
        parts("forwarding", &got.port_forwarding(1410), &expected("forwarding", json!([])))?;
        let why_not: Vec<_> = browser::why_not(&got).into_iter().collect();
        let expected = case.expect.get("browser").map_or(json!([]), |why| json!([why]));
        parts("browser", &why_not, &expected)
    });
}
