//! The last signed statement, while it may be made use of again.

use std::sync::Arc;

use arc_swap::ArcSwapOption;

use crate::error::Error;
use crate::jose::Claims;
use crate::oauth::jwt_bearer::BearerAssertion;
use crate::secret::Secret;

/// What was signed last. Takes no lock, so that a forked child may use it too.
#[derive(Default)]
pub(super) struct Statements(ArcSwapOption<Signed>);

struct Signed {
    /// What it says, but for its times.
    claims: Claims,
    header: Claims,
    /// By how much the server's clock was taken to differ: a correction makes another statement. Units: seconds.
    clock_offset_s: i64,
    issued_at_unix_s: i64,
    /// Until then it is used again: with less than half of its life left it might not outlive a slow exchange.
    /// Units: seconds since 1970.
    until_unix_s: i64,
    text: Secret,
}

impl Statements {
    /// `statement`, which says `claims`: the one that was signed before, if it says the same, else one that `sign` makes.
    pub(super) fn get_or_sign(
        &self,
        claims: &Claims,
        statement: &BearerAssertion<'_>,
        clock_offset_s: i64,
        sign: impl FnOnce() -> Result<Secret, Error>,
    ) -> Result<Secret, Error> {
        let timeless = without_times(claims);
        let now_unix_s = statement.now_unix_s;
        if let Some(last) = &*self.0.load()
            && (last.issued_at_unix_s..last.until_unix_s).contains(&now_unix_s)
            && last.clock_offset_s == clock_offset_s
            && last.claims == timeless
            && last.header == *statement.header
        {
            return Ok(last.text.clone());
        }
        let text = sign()?;
        let expiry = claims.get("exp").and_then(serde_json::Value::as_i64).unwrap_or(now_unix_s);
        self.0.store(Some(Arc::new(Signed {
            claims: timeless,
            header: statement.header.clone(),
            clock_offset_s,
            issued_at_unix_s: now_unix_s,
            until_unix_s: now_unix_s.midpoint(expiry),
            text: text.clone(),
        })));
        Ok(text)
    }
}

fn without_times(claims: &Claims) -> Claims {
    claims
        .iter()
        .filter(|(name, _)| !matches!(*name, "iat" | "exp"))
        .map(|(name, value)| (name, value.clone()))
        .collect()
}
