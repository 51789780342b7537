//! Interactive sign-in: where the browser comes back to, how the answer is caught, and who is told what meanwhile.

mod expect;
pub mod loopback;
pub mod poll;

pub use expect::Expectation;
