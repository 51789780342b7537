//! What the verbs that work on stored credentials share: which store, which credentials, how they are shown.

mod chosen;
mod filter;
mod key;
mod listed;
mod passphrase;
mod table;

pub use chosen::StoreOption;
pub use filter::FilterOptions;
pub use key::check_key;
pub use listed::{Listed, name_of, place};
pub use passphrase::PassphraseOptions;
pub use table::{of_entries, short};
