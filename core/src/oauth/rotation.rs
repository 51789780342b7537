//! What a server does with a refresh token that was used. Source: RFC 9700 §4.14; specs/reliability.md §3.4.

use serde::{Deserialize, Serialize};

/// What a lost answer to a refresh means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rotation {
    /// The token stays the same: nothing is lost.
    Static,
    /// A new one comes, and the old one stays valid: nothing is lost.
    Keep,
    /// A new one comes, and the old one is accepted for a little longer. Units: seconds.
    Grace(u32),
    /// A new one comes, and using the old one again ends the whole grant.
    Strict,
    /// Not known; treated as [`Rotation::Strict`].
    #[default]
    Unknown,
}

impl Rotation {
    /// Whether a refresh whose answer was lost may be sent again without a thought.
    pub fn is_repeatable(self) -> bool {
        matches!(self, Rotation::Static | Rotation::Keep)
    }
}
