//! Refresh tokens that a server has declared dead: none of them is ever sent again.

use arc_swap::ArcSwap;

use crate::crypto;
use crate::secret::Secret;

/// A credential dies seldom; older graves belong to tokens that nobody holds any more.
const MAX_GRAVES: usize = 16;

/// Dead refresh tokens, by their hash. Takes no lock, so that a forked child knows them too.
#[derive(Default)]
pub(crate) struct Graves(ArcSwap<Vec<[u8; 32]>>);

impl Graves {
    /// Whether the server has declared this token dead.
    pub(crate) fn hold(&self, refresh_token: &Secret) -> bool {
        let dead = self.0.load();
        !dead.is_empty() && dead.contains(&hash(refresh_token))
    }

    /// Remembers that the server has declared this token dead.
    pub(crate) fn bury(&self, refresh_token: &Secret) {
        self.bury_hash(hash(refresh_token));
    }

    /// The same for tokens that another process has seen die, as records name them.
    pub(crate) fn bury_named(&self, names: &[String]) {
        for hash in names.iter().filter_map(|name| crypto::from_hex(name)?.try_into().ok()) {
            if !self.0.load().contains(&hash) {
                self.bury_hash(hash);
            }
        }
    }

    fn bury_hash(&self, hash: [u8; 32]) {
        self.0.rcu(|dead| {
            let kept = dead.len().saturating_sub(MAX_GRAVES - 1);
            let mut dead = dead[kept..].to_vec();
            dead.push(hash);
            dead
        });
    }
}

/// What records call a dead token.
pub(crate) fn name(refresh_token: &Secret) -> String {
    crypto::hex(&hash(refresh_token))
}

fn hash(refresh_token: &Secret) -> [u8; 32] {
    crypto::sha256(refresh_token.expose().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dead_stay_dead_and_are_not_many() {
        let graves = Graves::default();
        for number in 0..40 {
            graves.bury(&Secret::new(format!("RT{number}")));
        }
        assert!(graves.hold(&Secret::new("RT39")) && graves.hold(&Secret::new("RT24")));
        assert!(!graves.hold(&Secret::new("RT40")));
        assert_eq!(graves.0.load().len(), MAX_GRAVES);
    }
}
