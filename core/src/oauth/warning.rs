//! Oddities of an answer that do not cost it.

use std::fmt;

/// Something in an answer that is not as its RFC says. The answer is used all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Warning {
    /// No `token_type`; taken for `Bearer`.
    MissingTokenType,
    /// A `token_type` other than `Bearer`.
    UnusualTokenType,
    /// `expires_in` is zero; taken for unknown.
    ZeroExpiresIn,
    /// `expires_in` is negative; taken for unknown.
    NegativeExpiresIn,
    /// `expires_in` is no number; taken for unknown.
    BadExpiresIn,
    /// `expires_in` is beyond 68 years; taken for 68 years.
    ExpiresInClamped,
    /// `refresh_token` is no usable text; taken for absent, so that the old one is kept.
    BadRefreshToken,
    /// `id_token` is no signed token; taken for absent.
    BadIdToken,
    /// Something in `scope` is no scope; left out.
    BadScope,
    /// A member that nobody reads stood there twice; the last one counts.
    DuplicateMember,
    /// A member that nobody reads could not be decoded, or was one too many; left out.
    ExtraDropped,
    /// A text where the metadata should have a list; taken for a list of one.
    LoneText,
    /// A member of the metadata that makes no sense; left out.
    BadMember,
    /// The metadata does not list PKCE's `S256`; it is sent all the same, since unknown parameters are ignored.
    PkceNotListed,
    /// The server is down; an old copy of its metadata is used.
    StaleMetadata,
    /// The device's code came without a readable lifetime; fifteen minutes are assumed.
    AssumedCodeLifetime,
    /// The server keeps asking to poll more slowly, although we wait as long as it said.
    EndlessSlowDown,
    /// An exchange that does not say what it issued. Source: RFC 8693 §2.2.1.
    MissingIssuedTokenType,
    /// An exchange that issued something else than was requested.
    OtherIssuedTokenType,
    /// An ID token alone, accepted because the profile says so.
    IdTokenOnly,
    /// The client has a secret, and a method of authentication that does not use it.
    SecretUnused,
    /// Fewer scopes were granted than requested.
    FewerScopes,
    /// `openid` was requested, and no ID token came.
    MissingIdToken,
    /// A refresh token was requested, and none came.
    MissingRefreshToken,
    /// The new refresh token could not be written to the store: it lives as long as this process.
    RefreshTokenNotPersisted,
}

impl Warning {
    /// Stable name, for vectors, stored records and metric labels.
    pub fn slug(self) -> &'static str {
        match self {
            Warning::MissingTokenType => "missing_token_type",
            Warning::UnusualTokenType => "unusual_token_type",
            Warning::ZeroExpiresIn => "zero_expires_in",
            Warning::NegativeExpiresIn => "negative_expires_in",
            Warning::BadExpiresIn => "bad_expires_in",
            Warning::ExpiresInClamped => "expires_in_clamped",
            Warning::BadRefreshToken => "bad_refresh_token",
            Warning::BadIdToken => "bad_id_token",
            Warning::BadScope => "bad_scope",
            Warning::DuplicateMember => "duplicate_member",
            Warning::ExtraDropped => "extra_dropped",
            Warning::LoneText => "lone_text",
            Warning::BadMember => "bad_member",
            Warning::PkceNotListed => "pkce_not_listed",
            Warning::StaleMetadata => "stale_metadata",
            Warning::AssumedCodeLifetime => "assumed_code_lifetime",
            Warning::EndlessSlowDown => "endless_slow_down",
            Warning::MissingIssuedTokenType => "missing_issued_token_type",
            Warning::OtherIssuedTokenType => "other_issued_token_type",
            Warning::IdTokenOnly => "id_token_only",
            Warning::SecretUnused => "secret_unused",
            Warning::FewerScopes => "fewer_scopes",
            Warning::MissingIdToken => "missing_id_token",
            Warning::MissingRefreshToken => "missing_refresh_token",
            Warning::RefreshTokenNotPersisted => "rt_not_persisted",
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Warning::MissingTokenType => "the provider named no token type; Bearer is assumed",
            Warning::UnusualTokenType => {
                "the provider's token type is not Bearer; programs may be unable to use the token"
            }
            Warning::ZeroExpiresIn => {
                "the provider says that the token lasts zero seconds; its expiry is taken for unknown"
            }
            Warning::NegativeExpiresIn => {
                "the provider sent a negative lifetime; the token's expiry is taken for unknown"
            }
            Warning::BadExpiresIn => {
                "the provider sent an unreadable lifetime; the token's expiry is taken for unknown"
            }
            Warning::ExpiresInClamped => "the provider sent a lifetime beyond 68 years; 68 years are assumed",
            Warning::BadRefreshToken => "the provider sent an unusable refresh token; it is ignored",
            Warning::BadIdToken => "the provider sent an unusable ID token; it is ignored",
            Warning::BadScope => "the provider's list of scopes is partly unreadable",
            Warning::DuplicateMember => "the provider's answer has a member twice",
            Warning::ExtraDropped => "additional members of the provider's answer were left out",
            Warning::LoneText => "the provider's metadata has a text in the place of a list",
            Warning::BadMember => "the provider's metadata is partly unreadable",
            Warning::PkceNotListed => "the provider does not list PKCE with S256; it is used all the same",
            Warning::StaleMetadata => "the provider cannot be reached; an old copy of its metadata is used",
            Warning::AssumedCodeLifetime => {
                "the provider did not say how long the code can be entered; fifteen minutes are assumed"
            }
            Warning::EndlessSlowDown => {
                "the provider keeps asking to poll more slowly: the clock runs fast, or others use the same client"
            }
            Warning::MissingIssuedTokenType => "the provider does not say what type of token it issued",
            Warning::OtherIssuedTokenType => "the provider issued another type of token than was requested",
            Warning::IdTokenOnly => "the provider sent an ID token and no access token",
            Warning::SecretUnused => "the client has a secret that its authentication method does not use",
            Warning::FewerScopes => "the provider granted fewer scopes than were requested",
            Warning::MissingIdToken => "the provider sent no ID token although openid was requested",
            Warning::MissingRefreshToken => "the provider sent no refresh token although one was requested",
            Warning::RefreshTokenNotPersisted => {
                "the new refresh token could not be stored; it is lost when this process ends"
            }
        })
    }
}
