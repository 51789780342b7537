//! The chain: ways to a credential, asked in order until one has it. Source: specs, the credential chain.
//!
//! [`Chain`] is the order, a value: every change makes another one. A [`ChainRequest`] says what is wanted. The walk
//! ([`Chain::fetch`]) writes down what each method said, also when one of them had a token.

mod brought;
mod choice;
mod explain;
mod method;
mod methods;
mod order;
mod request;
mod scene;
mod user;
mod verdict;
mod walk;

pub use self::explain::{Explanation, Finding};
pub use self::method::{BuiltIn, CustomMethod, Given, Method};
pub use self::order::Chain;
pub use self::request::{Brought, ChainRequest, Email, OnError, SubjectTokenSupplier, Supplier};
pub use self::verdict::Verdict;
pub use self::walk::Fetched;
