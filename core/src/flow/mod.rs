//! Interactive sign-in: where the browser comes back to, how the answer is caught, and who is told what meanwhile.
//!
//! The order of a sign-in: [`environment`] looks at the machine, [`choice`] at what was asked for, [`redirect`] settles the
//! redirect URI, [`capture`] decides where the answer is awaited; [`loopback`] listens for it, [`poll`] asks a hosted
//! platform, [`paste`] reads what a person pastes, and [`browser`] starts the browser.

pub mod browser;
pub mod capture;
pub mod choice;
mod code;
mod device;
pub(crate) mod driver;
pub mod environment;
mod expect;
pub(crate) mod login_command;
pub mod loopback;
pub mod paste;
pub mod poll;
mod prompt;
pub mod redirect;
pub(crate) mod remedies;
mod sealed;
mod settle;
mod sign_in;
mod stepped;

pub use capture::{CapturePlan, Channels, Inputs, decide};
pub use choice::{ClientType, FlowChoice, Override, Wishes};
pub use environment::{Environment, EnvironmentClass};
pub use expect::Expectation;
pub use prompt::FlowPrompt;
pub use redirect::{LoopbackHost, Redirect, RedirectSettings};
pub(crate) use sign_in::SignIn;
pub use stepped::{Flow, Step, Submitted};
