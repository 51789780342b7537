//! Interactive sign-in: where the browser comes back to, how the answer is caught, and who is told what meanwhile.
//!
//! The order of a sign-in: [`environment`] looks at the machine, [`choice`] at what was asked for, [`redirect`] settles the
//! redirect URI, [`capture`] decides where the answer is awaited; [`loopback`] listens for it, [`poll`] asks a hosted
//! platform, [`paste`] reads what a person pastes, and [`browser`] starts the browser.

pub mod browser;
pub mod capture;
pub mod choice;
pub mod environment;
mod expect;
pub mod loopback;
pub mod paste;
pub mod poll;
pub mod redirect;
mod remedies;

pub use capture::{CapturePlan, Channels, decide};
pub use choice::{ClientType, FlowChoice, Override, Wishes};
pub use environment::{Environment, EnvironmentClass, Interactivity};
pub use expect::Expectation;
pub use redirect::{LoopbackHost, Redirect, RedirectSettings};
