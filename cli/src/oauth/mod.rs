//! What the verbs of the OAuth engine share: which client, which token, where secrets come from, how Ctrl-C ends it.

mod client;
mod given;
mod interrupt;
mod request;
pub mod secrets;
mod setting;
mod shared;
mod shown;

pub use client::ClientOptions;
pub use given::{GivenTokens, Hint};
pub use interrupt::Signals;
pub use request::RequestOptions;
pub use shared::SharedOptions;
pub use shown::{Facts, distance, in_words, left_in_words};
