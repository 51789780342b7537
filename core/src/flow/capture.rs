//! The decision how the answer of a sign-in is caught. Source: specs/oauth.md §3.2, §3.4.
//!
//! It is made before anything is opened or bound, and says why: a sign-in that waits for a browser that cannot come back
//! is the first complaint about every client of this kind.

use url::Url;

use super::choice::{FlowChoice, Override};
use super::environment::{Environment, EnvironmentClass};
use super::redirect::{Origin, REDIRECT_VARIABLE, Redirect, RedirectSettings, Target, is_https_or_here};
use super::remedies;
use crate::context::Context;
use crate::error::Error;

/// Where a hosted platform hands out the code that its redirect page received.
pub const CODE_SOURCE_VARIABLE: &str = "HTTR2_OAUTH_CODE_SOURCE_URL";

/// What the decision depends on beside the machine.
#[derive(Clone, Debug, Default)]
pub struct Inputs<'a> {
    /// The redirect URI and what may be filled into it.
    pub redirect: RedirectSettings<'a>,
    /// The flow that somebody asked for.
    pub chosen: Option<Override>,
    /// Whether the server is known to have a device authorization endpoint.
    pub has_device_endpoint: bool,
    /// Whether the listener has a certificate.
    pub tls_listener: bool,
}

/// How the answer is caught.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CapturePlan {
    /// The flow, never [`FlowChoice::Auto`].
    pub flow: FlowChoice,
    /// The redirect URI. Shape: `None` for the device flow only.
    pub redirect: Option<Redirect>,
    /// Where the answer is awaited, all at once.
    pub channels: Channels,
    /// What the person should know before the browser opens, one line each.
    pub notices: Vec<String>,
    /// How the decision came about, one line each.
    pub explanation: Vec<String>,
}

/// The places where an answer may arrive; the first valid one wins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Channels {
    /// The loopback listener.
    pub listener: bool,
    /// A line that the person pastes.
    pub paste: bool,
    /// The code source to ask, which is https or on this machine.
    pub poll: Option<Url>,
    /// The token endpoint, asked with a device code.
    pub device: bool,
}

impl CapturePlan {
    /// Whether more than one channel is watched.
    pub fn is_raced(&self) -> bool {
        let Channels { listener, paste, poll, device } = &self.channels;
        [*listener, *paste, poll.is_some(), *device].into_iter().filter(|watched| *watched).count() > 1
    }
}

/// Decides. No I/O but for environment variables.
///
/// Errors: `ConfigInvalid` for a redirect URI or flow that cannot work here, with what can; `InteractionRequired` when
/// somebody must be asked and nobody can be.
pub fn decide(context: &Context, environment: &Environment, inputs: &Inputs<'_>) -> Result<CapturePlan, Error> {
    let mut decision = Decision {
        context,
        environment,
        inputs,
        notices: environment.warnings.clone(),
        explanation: vec![format!("environment: {}, because {}", environment.class.slug(), environment.reason())],
    };
    match &inputs.chosen {
        Some(chosen) => decision.as_chosen(chosen),
        None => decision.by_itself(),
    }
}

struct Decision<'a> {
    context: &'a Context,
    environment: &'a Environment,
    inputs: &'a Inputs<'a>,
    notices: Vec<String>,
    explanation: Vec<String>,
}

impl Decision<'_> {
    fn as_chosen(&mut self, chosen: &Override) -> Result<CapturePlan, Error> {
        let because = format!("{} asks for it", chosen.source);
        match chosen.choice {
            FlowChoice::Auto => self.by_itself(),
            FlowChoice::Loopback if chosen.is_standing() && self.environment.class == EnvironmentClass::Unattended => {
                Err(remedies::nobody(self.environment))
            }
            FlowChoice::Loopback => self.chosen_loopback(&because),
            FlowChoice::Manual => {
                let redirect = self.redirect()?;
                self.paste(FlowChoice::Manual, redirect, &because)
            }
            FlowChoice::PseudoOob => {
                let redirect = self.redirect()?;
                if redirect.target() != &Target::Page {
                    return Err(remedies::no_page(redirect.as_given()));
                }
                self.paste(FlowChoice::PseudoOob, redirect, &because)
            }
            FlowChoice::Oob => {
                // A redirect URI for other flows is no obstacle: the provider knows this one by itself.
                let given = self.redirect().ok().filter(|redirect| redirect.target() == &Target::OutOfBand);
                self.paste(FlowChoice::Oob, given.unwrap_or_else(Redirect::out_of_band), &because)
            }
            FlowChoice::Poll => {
                let redirect = self.redirect()?;
                let source = self.code_source().ok_or_else(|| remedies::no_code_source(CODE_SOURCE_VARIABLE))?;
                self.poll(redirect, &source, &because)
            }
            FlowChoice::Device if !self.inputs.has_device_endpoint => Err(remedies::no_device_endpoint()),
            FlowChoice::Device => {
                let channels = Channels { device: true, ..Channels::default() };
                Ok(self.plan(FlowChoice::Device, None, channels, &because))
            }
        }
    }

    /// Somebody who asks for the listener may open the address elsewhere: nobody needs to sit at a terminal.
    fn chosen_loopback(&mut self, because: &str) -> Result<CapturePlan, Error> {
        let redirect = self.redirect()?;
        self.check_listener(&redirect)?;
        if let Some(variable) = self.environment.httr2_hosted {
            let notice =
                format!("{variable} says that the browser is on another machine; it must reach a port of this one");
            self.notices.push(notice);
        }
        let channels = Channels { listener: true, ..Channels::default() };
        Ok(self.plan(FlowChoice::Loopback, Some(redirect), channels, because))
    }

    fn by_itself(&mut self) -> Result<CapturePlan, Error> {
        let redirect = self.redirect()?;
        if let Some(source) = self.matching_code_source(&redirect) {
            let because = format!("{REDIRECT_VARIABLE} is the redirect URI, and {CODE_SOURCE_VARIABLE} is set");
            return self.poll(redirect, &source, &because);
        }
        self.tell_about_code_source(&redirect);
        match redirect.target() {
            Target::Loopback(_) => self.loopback(redirect),
            Target::Page => self.paste(FlowChoice::PseudoOob, redirect, "the redirect URI is a web page"),
            Target::OutOfBand => self.paste(FlowChoice::Oob, redirect, "the redirect URI is the out-of-band one"),
            Target::OtherScheme => {
                let because = "the redirect URI has a scheme that only its own program receives";
                self.paste(FlowChoice::Manual, redirect, because)
            }
        }
    }

    fn loopback(&mut self, redirect: Redirect) -> Result<CapturePlan, Error> {
        if self.environment.class == EnvironmentClass::Unattended {
            return Err(remedies::nobody(self.environment));
        }
        if let Some(variable) = self.environment.httr2_hosted {
            let missing = self.missing_hosted_variables();
            return Err(remedies::hosted(variable, &missing, self.inputs.has_device_endpoint));
        }
        self.check_listener(&redirect)?;
        let notice = match self.environment.class {
            EnvironmentClass::Hosted | EnvironmentClass::TunnelPossible => Some(
                "the browser may be on another machine: if it ends on a page that cannot be reached, paste the address of that page here",
            ),
            EnvironmentClass::LocalNoBrowser => Some("no browser can be opened from here: open the address yourself"),
            EnvironmentClass::Unattended | EnvironmentClass::Local => None,
        };
        self.notices.extend(notice.map(str::to_owned));
        let channels = Channels { listener: true, paste: self.environment.can_prompt, ..Channels::default() };
        Ok(self.plan(FlowChoice::Loopback, Some(redirect), channels, "the redirect URI is on this machine"))
    }

    fn check_listener(&self, redirect: &Redirect) -> Result<(), Error> {
        match redirect.loopback() {
            None => Err(remedies::not_loopback(redirect.as_given())),
            Some(loopback) if loopback.tls && !self.inputs.tls_listener => {
                Err(remedies::no_certificate(redirect.as_given()))
            }
            Some(_) => Ok(()),
        }
    }

    fn paste(&mut self, flow: FlowChoice, redirect: Redirect, because: &str) -> Result<CapturePlan, Error> {
        if !self.environment.can_prompt {
            return Err(remedies::nobody(self.environment));
        }
        if redirect.target() == &Target::OutOfBand {
            let notice = "the out-of-band redirect is deprecated and many providers refuse it: use manual, or a page of your own";
            self.notices.push(notice.into());
        }
        let channels = Channels { paste: true, ..Channels::default() };
        Ok(self.plan(flow, Some(redirect), channels, because))
    }

    /// Needs no terminal: the platform that set the variables also shows the address.
    fn poll(&mut self, redirect: Redirect, source: &str, because: &str) -> Result<CapturePlan, Error> {
        let url = Url::parse(source).ok().filter(is_https_or_here);
        let url = url.ok_or_else(|| remedies::bad_code_source(CODE_SOURCE_VARIABLE))?;
        if self.context.set_var(REDIRECT_VARIABLE).as_deref() != Some(redirect.as_given()) {
            let notice =
                format!("the redirect URI is not that of {REDIRECT_VARIABLE}: the code source may never see the code");
            self.notices.push(notice);
        }
        let channels = Channels { poll: Some(url), ..Channels::default() };
        Ok(self.plan(FlowChoice::Poll, Some(redirect), channels, because))
    }

    fn redirect(&mut self) -> Result<Redirect, Error> {
        let redirect = Redirect::resolve(self.context, &self.inputs.redirect)?;
        let origin = match redirect.origin() {
            Origin::Given => "as given".into(),
            Origin::Variable => format!("from {REDIRECT_VARIABLE}"),
            Origin::Default => "the default".into(),
        };
        self.explanation.push(format!("redirect URI: {}, {origin}", redirect.template()));
        Ok(redirect)
    }

    fn code_source(&self) -> Option<String> {
        self.context.set_var(CODE_SOURCE_VARIABLE)
    }

    /// The code source, when the browser is sent back to the page that fills it: exact text, and not this machine.
    fn matching_code_source(&self, redirect: &Redirect) -> Option<String> {
        let matches = self.context.set_var(REDIRECT_VARIABLE).as_deref() == Some(redirect.as_given());
        self.code_source().filter(|_| matches && redirect.loopback().is_none())
    }

    fn missing_hosted_variables(&self) -> Vec<&'static str> {
        let variables = [REDIRECT_VARIABLE, CODE_SOURCE_VARIABLE];
        variables.into_iter().filter(|name| self.context.set_var(name).is_none()).collect()
    }

    /// Why a code source that is set is not asked.
    fn tell_about_code_source(&mut self, redirect: &Redirect) {
        if self.code_source().is_none() {
            return;
        }
        let why = match self.context.set_var(REDIRECT_VARIABLE) {
            None => format!("{REDIRECT_VARIABLE} is not set"),
            Some(page) if page == redirect.as_given() => {
                format!("{REDIRECT_VARIABLE} is this machine, from which no code source learns the code")
            }
            Some(page) if page.trim_end_matches('/') == redirect.as_given().trim_end_matches('/') => {
                format!("the redirect URI differs from {REDIRECT_VARIABLE}, though only by the trailing slash")
            }
            Some(_) => format!("the redirect URI is not that of {REDIRECT_VARIABLE}"),
        };
        self.notices.push(format!("{CODE_SOURCE_VARIABLE} is ignored because {why}"));
    }

    fn plan(&mut self, flow: FlowChoice, redirect: Option<Redirect>, channels: Channels, because: &str) -> CapturePlan {
        self.explanation.push(format!("flow: {}, because {because}", flow.name()));
        let watched = [
            (channels.listener, "the loopback listener"),
            (channels.paste, "a pasted line"),
            (channels.poll.is_some(), "the code source"),
            (channels.device, "the token endpoint"),
        ];
        let watched: Vec<_> = watched.into_iter().filter_map(|(on, name)| on.then_some(name)).collect();
        self.explanation.push(format!("waits for: {}", watched.join(", ")));
        let notices = std::mem::take(&mut self.notices);
        CapturePlan { flow, redirect, channels, notices, explanation: std::mem::take(&mut self.explanation) }
    }
}
