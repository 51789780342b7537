//! The redirect URI, and where its answer is awaited.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokcore::Error;
use tokcore::flow::capture::{self, CapturePlan};
use tokcore::flow::environment::Platform;
use tokcore::flow::{ClientType, Environment, LoopbackHost, Override, RedirectSettings, Wishes};

use crate::table::{each, same, same_error};
use crate::{Machine, interactivity, parts};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RedirectCase {
    #[serde(rename = "id")]
    _id: String,
    #[serde(rename = "why")]
    _why: String,
    #[serde(default)]
    env: BTreeMap<String, String>,
    interactivity: Option<String>,
    redirect_uri: Option<String>,
    #[serde(default)]
    ports: Vec<u16>,
    trailing_slash: Option<bool>,
    loopback_host: Option<String>,
    #[serde(default)]
    allow_insecure_http: bool,
    #[serde(default)]
    tls_listener: bool,
    #[serde(default)]
    device_endpoint: bool,
    flow: Option<String>,
    use_oob: Option<bool>,
    gargle_oob_default: Option<bool>,
    httr_oob_default: Option<bool>,
    client: Option<String>,
    expect: Map<String, Value>,
}

impl RedirectCase {
    fn decide(&self) -> Result<CapturePlan, Error> {
        let mut variables = self.env.clone();
        // A desktop, unless the case says otherwise.
        variables.entry("DISPLAY".into()).or_insert(":0".into());
        let context = Machine { variables, ..Machine::default() }.context();
        let environment = Environment::detect_on(Platform::Unix, &context, interactivity(&self.interactivity));
        let chosen = Override::resolve(
            &context,
            &Wishes {
                flow: self.flow.as_deref(),
                use_oob: self.use_oob,
                gargle_oob_default: self.gargle_oob_default,
                httr_oob_default: self.httr_oob_default,
                client: if self.client.as_deref() == Some("web") { ClientType::Web } else { ClientType::Installed },
            },
        )?;
        let host = self.loopback_host.as_ref().map(|host| LoopbackHost::Address(host.parse().expect("an address")));
        let redirect = RedirectSettings {
            uri: self.redirect_uri.as_deref(),
            port_candidates: &self.ports,
            trailing_slash: self.trailing_slash,
            loopback_host: host.unwrap_or_default(),
            allow_insecure_http: self.allow_insecure_http,
        };
        let inputs = capture::Inputs {
            redirect,
            chosen,
            has_device_endpoint: self.device_endpoint,
            tls_listener: self.tls_listener,
        };
        capture::decide(&context, &environment, &inputs)
    }
}

#[test]
fn redirect() {
    each("redirect.json", |case: &RedirectCase| match case.decide() {
        Err(error) => refusal(&error, &case.expect),
        Ok(plan) => planned(&plan, &case.expect),
    });
}

fn refusal(error: &Error, expect: &Map<String, Value>) -> Result<(), String> {
    same_error(error, &json!({ "kind": expect.get("error") }))?;
    let told = format!("{error} {error:?}");
    let listed = |name: &str| expect.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let has = |part: &Value| told.contains(part.as_str().expect("a text"));
    match (listed("says").iter().find(|part| !has(part)), listed("not").iter().find(|part| has(part))) {
        (None, None) => Ok(()),
        (missing, extra) => Err(format!("{told}: lacks {missing:?}, has {extra:?}")),
    }
}

fn planned(plan: &CapturePlan, expect: &Map<String, Value>) -> Result<(), String> {
    let expected = |name: &str, default: Value| expect.get(name).cloned().unwrap_or(default);
    same("error", &Value::Null, &expected("error", Value::Null))?;
    let redirect = plan.redirect.as_ref();
    same("uri", &redirect.map(|redirect| redirect.template()).into(), &expected("uri", Value::Null))?;
    let channels = &plan.channels;
    let watched = [
        ("listener", channels.listener),
        ("paste", channels.paste),
        ("poll", channels.poll.is_some()),
        ("device", channels.device),
    ];
    let watched: Vec<_> = watched.into_iter().filter_map(|(name, on)| on.then_some(name)).collect();
    same("raced", &plan.is_raced().into(), &(watched.len() > 1).into())?;
    same("channels", &watched.into(), &expected("channels", Value::Null))?;
    same("poll", &channels.poll.as_ref().map(|url| url.as_str()).into(), &expected("poll", Value::Null))?;
    if expect.contains_key("flow") {
        same("flow", &plan.flow.name().into(), &expect["flow"])?;
    }
    if let Some(redirect) = redirect {
        let loopback = redirect.loopback();
        let ports = loopback.map_or(&[][..], |loopback| &loopback.ports);
        same("ports", &ports.into(), &expected("ports", json!([])))?;
        same("path", &loopback.map_or("/", |loopback| &loopback.path).into(), &expected("path", "/".into()))?;
        let host = loopback.map_or("localhost".into(), |loopback| match loopback.host {
            LoopbackHost::Localhost => "localhost".into(),
            LoopbackHost::Address(address) => address.to_string(),
        });
        same("host", &host.into(), &expected("host", "localhost".into()))?;
        let on_1411 = redirect.template().replace("<port>", "1411");
        let on_1411 = if ports.is_empty() { on_1411.into() } else { expected("uri_1411", redirect.uri(1411).into()) };
        same("uri on port 1411", &redirect.uri(1411).into(), &on_1411)?;
        same("unbound", &redirect.unbound_uri().into(), &expected("unbound", redirect.unbound_uri().into()))?;
    }
    parts("notices", &plan.notices, &expected("notices", json!([])))?;
    same("explained", &(plan.explanation.len() >= 3).into(), &true.into())
        .or_else(|problem| if plan.channels.device { Ok(()) } else { Err(problem) })
}
