//! Who must have issued an ID token, also where one issuer has several names.

use crate::jose::Claims;

/// The issuer by exact text, and what a provider's profile admits beside it.
#[derive(Clone, Copy, Debug)]
pub struct ExpectedIssuer<'a> {
    /// The issuer's identifier as its metadata has it.
    pub text: &'a str,
    /// Other spellings of the same issuer, by profile.
    pub aliases: &'a [String],
    /// A part of `text` that stands for a claim of the token, and that claim's name, such as `{tenantid}` and `tid`: for
    /// issuers whose metadata names no tenant.
    pub placeholder: Option<(&'a str, &'a str)>,
}

impl<'a> ExpectedIssuer<'a> {
    /// This issuer and no other spelling.
    pub const fn exactly(text: &'a str) -> Self {
        Self { text, aliases: &[], placeholder: None }
    }

    /// Whether `issuer` is who must have issued a token with these claims.
    pub(super) fn is(&self, issuer: &str, claims: &Claims) -> bool {
        issuer == self.text || self.aliases.iter().any(|alias| alias == issuer) || self.is_tenant(issuer, claims)
    }

    fn is_tenant(&self, issuer: &str, claims: &Claims) -> bool {
        let Some((placeholder, claim)) = self.placeholder else { return false };
        let Some((before, after)) = self.text.split_once(placeholder) else { return false };
        let tenant = claims.text(claim).filter(|tenant| is_name(tenant));
        tenant
            .is_some_and(|tenant| issuer.strip_prefix(before).and_then(|rest| rest.strip_suffix(after)) == Some(tenant))
    }

    /// Whether the two differ by a slash at the end only, the commonest mistake in a configuration.
    pub(super) fn differs_by_slash(&self, issuer: &str) -> bool {
        issuer != self.text && issuer.trim_end_matches('/') == self.text.trim_end_matches('/')
    }
}

/// What stands for a tenant must not reach over the issuer's other parts.
fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenant_is_what_its_claim_says_and_nothing_more() {
        let issuer = ExpectedIssuer {
            placeholder: Some(("{tenantid}", "tid")),
            ..ExpectedIssuer::exactly("https://login.example/{tenantid}/v2.0")
        };
        let tid = |tenant: &str| Claims::new().with("tid", tenant);
        assert!(issuer.is("https://login.example/72f9-88bf/v2.0", &tid("72f9-88bf")));
        assert!(!issuer.is("https://login.example/72f9-88bf/v2.0", &tid("other")));
        assert!(!issuer.is("https://login.example/72f9-88bf/v2.0", &Claims::new()));
        assert!(!issuer.is("https://login.example/a/../b/v2.0", &tid("a/../b")));
        assert!(!ExpectedIssuer::exactly("https://login.example/x").is("https://login.example/y", &tid("y")));
    }
}
