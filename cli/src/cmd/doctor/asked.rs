//! Which credential the chain would use, where scopes are named.

use tokcore::{Chain, Error, Terminal};

use super::Lines;
use crate::chain::{ChainOptions, Explained};
use crate::oauth::SharedOptions;
use crate::store::StoreOption;

/// Looks. Shape: `None` where nobody asks. Effects: `[disk]`; with `probe` also `[net]`.
///
/// Errors: those of options that make no sense.
pub fn look(options: &ChainOptions, store: &StoreOption, probe: bool) -> Result<Option<Explained>, Error> {
    if !options.are_given() {
        return Ok(None);
    }
    let chain = Chain::default();
    let request = options.request(&SharedOptions::default(), store, &chain)?;
    Ok(Some(Explained(chain.explain(&request, &Terminal, probe)?)))
}

/// Names and values: the verdict, then what each method would say.
pub fn lines(chain: &Explained) -> Lines<'_> {
    let each = chain.lines().into_iter().filter(|(name, _)| *name != "answer");
    let each = each.map(|(name, words)| match name {
        "" => ("", format!("  {words}")),
        "next" => ("  next", words),
        name => ("  asks", format!("{name}: {words}")),
    });
    std::iter::once(("chain", chain.verdict())).chain(each).collect()
}
