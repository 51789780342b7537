//! What the verbs of the credential chain share: what is asked of it, and how what it would do is shown.

mod explained;
mod options;

pub use explained::{Explained, ExplainedJson};
pub use options::ChainOptions;
