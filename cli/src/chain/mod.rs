//! What the verbs of the credential chain share: what is asked of it, and how what it would do is shown.

mod asked;
mod explained;
mod options;

pub use asked::{and_a_client, source};
pub use explained::{Explained, ExplainedJson};
pub use options::ChainOptions;
