//! What the verbs of the credential chain share: what is asked of it, and how what it would do is shown.

mod asked;
mod explained;
mod file;
mod options;
mod user;

pub use asked::{and_a_client, source};
pub use explained::{Explained, ExplainedJson};
pub use options::ChainOptions;
pub use user::{UserOptions, of_user};
