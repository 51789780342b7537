//! Asking the chain.

use tokcore::{Attempt, Chain, ChainRequest, Error, Fetched, Interrupt, Kind, Terminal, TokenSource};

/// The credential that the chain finds. Effects: `[net]` `[disk]` `[prompt]` `[blocks]`.
///
/// Errors: those of [`Chain::fetch`]; `NotConfigured`, too, from a chain that passes over failures.
pub fn source(chain: &Chain, request: &ChainRequest, interrupt: &dyn Interrupt) -> Result<TokenSource, Error> {
    match chain.fetch(request, &(), &Terminal, interrupt)? {
        Fetched::Source(source) => Ok(source),
        Fetched::Nothing(attempts) => Err(nothing(attempts)),
        // Only methods of a program give such things.
        Fetched::Other(_) => Err(nothing(Vec::new())),
    }
}

fn nothing(attempts: Vec<Attempt>) -> Error {
    Error::new(Kind::NotConfigured, "no method of the chain has a credential")
        .with_hint("`tokcore explain` with the same options shows what is looked for")
        .with_attempts(attempts)
}

/// The failure of a call that names a client of the user's own and asks the chain.
pub fn and_a_client() -> Error {
    Error::new(Kind::InvalidArgument, "a client is named, and options of the chain of credentials are given")
        .with_hint("leave one of them out; the scopes of a client are given with --scope")
}
