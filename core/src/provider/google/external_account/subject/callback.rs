//! A proof of identity from the program itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Proof, SubjectTokens, unusable};
use crate::engine;
use crate::error::Error;
use crate::provider::google::external_account::config::Config;
use crate::secret::Secret;
use crate::transport::BoxFuture;
use crate::world::World;

/// Gives proofs of identity that a pool accepts, in a way of the program's own.
pub trait SubjectTokenSupplier: Send + Sync {
    /// A proof that is valid now for `audience`, of the type that the pool expects.
    ///
    /// Asked anew at each renewal; whoever keeps a proof keeps it himself. Threads: that of the call which wants the token. It
    /// may call tokcore, but not for the token that it is for. Errors: those of the program, which reach its caller as they
    /// are.
    fn subject_token(&self, audience: &str, subject_token_type: &str) -> Result<Secret, Error>;
}

/// Whoever gives them. Its copies share their tokens in memory, and nobody else does: it has a number that nobody else of
/// this process gets, for tokens outlive him, and his address would come again with somebody else's proofs.
#[derive(Clone)]
pub struct Supplier {
    of_program: Arc<dyn SubjectTokenSupplier>,
    number: u64,
}

/// The number that was given last.
static LAST: AtomicU64 = AtomicU64::new(0);

impl<T: SubjectTokenSupplier + 'static> From<Arc<T>> for Supplier {
    fn from(of_program: Arc<T>) -> Self {
        Self { of_program, number: LAST.fetch_add(1, Ordering::Relaxed) + 1 }
    }
}

impl Supplier {
    /// Never 0.
    pub(crate) fn number(&self) -> u64 {
        self.number
    }
}

pub(super) struct Callback {
    supplier: Supplier,
    audience: String,
    subject_token_type: String,
}

impl Callback {
    pub(super) fn new(supplier: Supplier, config: &Config) -> Self {
        Self { supplier, audience: config.audience.clone(), subject_token_type: config.subject_token_type.clone() }
    }

    async fn proof(&self) -> Result<Proof, Error> {
        let program = self.supplier.of_program.clone();
        let (audience, subject_token_type) = (self.audience.clone(), self.subject_token_type.clone());
        let token = engine::by_caller(move || program.subject_token(&audience, &subject_token_type)).await??;
        if token.is_empty() {
            return Err(unusable(format!("{} gave an empty text", self.name())));
        }
        Ok(token.into())
    }
}

impl SubjectTokens for Callback {
    fn name(&self) -> &str {
        "the program's own supplier"
    }

    fn fetch<'a>(&'a self, _world: &'a World) -> BoxFuture<'a, Result<Proof, Error>> {
        Box::pin(self.proof())
    }
}
