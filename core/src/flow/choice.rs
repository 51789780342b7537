//! The one option that decides by hand how an answer is caught, and the older switches that mean the same.
//! Source: specs/google.md §3.3–§3.5.

use crate::context::Context;
use crate::error::Error;
use crate::kinds::Kind;

/// The same option, for programs that one cannot change.
pub const FLOW_VARIABLE: &str = "TOKCORE_FLOW";

/// How the answer of a sign-in is caught.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum FlowChoice {
    /// Whatever fits the machine and the redirect URI.
    #[default]
    Auto,
    /// A listener on this machine.
    Loopback,
    /// The person pastes the address that the browser ended on, or the code. Nothing listens.
    Manual,
    /// The code is fetched from the hosted platform that the browser is sent back to.
    Poll,
    /// A web page of the client shows the code, and the person pastes it.
    PseudoOob,
    /// The provider shows the code, and the person pastes it. Most providers have given this up.
    Oob,
    /// The person enters a short code in a browser on any device.
    Device,
}

impl FlowChoice {
    /// Every choice.
    pub const ALL: [FlowChoice; 7] = [
        FlowChoice::Auto,
        FlowChoice::Loopback,
        FlowChoice::Manual,
        FlowChoice::Poll,
        FlowChoice::PseudoOob,
        FlowChoice::Oob,
        FlowChoice::Device,
    ];

    /// Stable name.
    pub const fn name(self) -> &'static str {
        match self {
            FlowChoice::Auto => "auto",
            FlowChoice::Loopback => "loopback",
            FlowChoice::Manual => "manual",
            FlowChoice::Poll => "poll",
            FlowChoice::PseudoOob => "pseudo_oob",
            FlowChoice::Oob => "oob",
            FlowChoice::Device => "device",
        }
    }

    /// The choice of this name; `paste` is another name of `manual`.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "paste" => Some(FlowChoice::Manual),
            _ => Self::ALL.into_iter().find(|choice| choice.name() == name),
        }
    }
}

/// How a client is registered, which decides where a pasted code comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientType {
    /// A program on the person's machine.
    #[default]
    Installed,
    /// A web application, whose page shows the code.
    Web,
}

/// A choice that somebody made, and who.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    /// The choice; never [`FlowChoice::Auto`].
    pub choice: FlowChoice,
    /// Where it was made, for people: an argument, a variable or an option.
    pub source: &'static str,
}

/// Everything that may name a flow. Skins fill in what their users gave.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wishes<'a> {
    /// The argument `flow`; `auto` says nothing.
    pub flow: Option<&'a str>,
    /// The argument `use_oob`.
    pub use_oob: Option<bool>,
    /// R's option `gargle_oob_default`.
    pub gargle_oob_default: Option<bool>,
    /// R's option `httr_oob_default`.
    pub httr_oob_default: Option<bool>,
    /// How the client is registered.
    pub client: ClientType,
}

impl Override {
    /// The first wish in this order: `flow`, `use_oob`, [`FLOW_VARIABLE`], the two options.
    ///
    /// Errors: `InvalidArgument` or `ConfigInvalid` for a name that is no flow, with the names that are.
    pub fn resolve(context: &Context, wishes: &Wishes<'_>) -> Result<Option<Self>, Error> {
        if let Some(chosen) = named(wishes.flow, "flow", Kind::InvalidArgument)? {
            return Ok(Some(chosen));
        }
        let argument = Self::from_use_oob(wishes.use_oob, None, None, wishes.client);
        if argument.is_some() {
            return Ok(argument);
        }
        let variable = context.set_var(FLOW_VARIABLE);
        if let Some(chosen) = named(variable.as_deref(), FLOW_VARIABLE, Kind::ConfigInvalid)? {
            return Ok(Some(chosen));
        }
        Ok(Self::from_use_oob(None, wishes.gargle_oob_default, wishes.httr_oob_default, wishes.client))
    }

    /// What gargle's and httr's switch means: true asks for a code to be pasted, false for a listener, also where the
    /// machine would have a code pasted. An option that nobody has set is `None`: httr sets its own to false by itself.
    pub fn from_use_oob(
        use_oob: Option<bool>,
        gargle_oob_default: Option<bool>,
        httr_oob_default: Option<bool>,
        client: ClientType,
    ) -> Option<Self> {
        let pasted = match client {
            ClientType::Installed => FlowChoice::Manual,
            ClientType::Web => FlowChoice::PseudoOob,
        };
        let switches =
            [("use_oob", use_oob), ("gargle_oob_default", gargle_oob_default), ("httr_oob_default", httr_oob_default)];
        let (source, is_pasted) = switches.into_iter().find_map(|(source, switch)| Some((source, switch?)))?;
        Some(Self { choice: if is_pasted { pasted } else { FlowChoice::Loopback }, source })
    }

    /// Whether it was made once and for all, and not for this sign-in: it decides how somebody signs in, and not that
    /// somebody is there.
    pub(crate) fn is_standing(&self) -> bool {
        matches!(self.source, "gargle_oob_default" | "httr_oob_default")
    }
}

fn named(name: Option<&str>, source: &'static str, kind: Kind) -> Result<Option<Override>, Error> {
    let Some(name) = name else { return Ok(None) };
    match FlowChoice::from_name(name) {
        Some(FlowChoice::Auto) => Ok(None),
        Some(choice) => Ok(Some(Override { choice, source })),
        None => Err(Error::new(kind, format!("{source} is {name:?}, which is no flow"))
            .with_hint(format!("use one of: {}", FlowChoice::ALL.map(FlowChoice::name).join(", ")))),
    }
}
