//! `tokcore_token`: an access token of the OAuth engine, as it is held and handed out.

use std::ffi::CString;

use tokcore::{Context, Error, SharedToken, Token};
use zeroize::Zeroizing;

use crate::call;
use crate::error::tokcore_error;
use crate::handle::{self, Handle, Shared};
use crate::settings::{copy_of, tokcore_settings};
use crate::status::tokcore_status;
use crate::strings::{optional_secret, optional_text, secret, text, texts};

/// A token and all that is known about it. Immutable.
pub struct tokcore_token {
    _opaque: (),
}

impl Handle for tokcore_token {
    type Value = TokenValue;
    type Ownership = Shared;
    const NAME: &'static str = "token";
}

/// A token, with its texts as C reads them: made once per token, however often it is handed out.
pub(crate) struct TokenValue {
    pub(crate) token: SharedToken,
    pub(crate) access_token: Zeroizing<CString>,
    pub(crate) authorization: Option<Zeroizing<CString>>,
    pub(crate) refresh_token: Option<Zeroizing<CString>>,
    pub(crate) id_token: Option<Zeroizing<CString>>,
    pub(crate) id_claims: Option<CString>,
    pub(crate) token_type: CString,
    pub(crate) issued_token_type: Option<CString>,
    pub(crate) account: Option<CString>,
    pub(crate) scopes: Vec<CString>,
    /// Name and sentence of each.
    pub(crate) warnings: Vec<(CString, CString)>,
    /// As the answer had them; some are secrets.
    pub(crate) extra: Zeroizing<CString>,
    pub(crate) issuer: Option<CString>,
    pub(crate) token_endpoint: CString,
    pub(crate) client_id: CString,
    pub(crate) grant: CString,
}

impl TokenValue {
    pub(crate) fn new(token: SharedToken) -> Result<Self, Error> {
        let origin = token.origin();
        Ok(Self {
            access_token: secret(token.access_token())?,
            authorization: optional_secret(token.authorization().ok())?,
            refresh_token: optional_secret(token.refresh_token())?,
            id_token: optional_secret(token.id_token())?,
            id_claims: token.id_claims().map(|claims| text(&claims.all.to_json())),
            token_type: text(token.token_type().name()),
            issued_token_type: optional_text(token.issued_token_type()),
            account: optional_text(token.account()),
            scopes: texts(token.scopes()),
            warnings: token
                .warnings()
                .iter()
                .map(|warning| (text(warning.slug()), text(&warning.to_string())))
                .collect(),
            // A map with text keys can always be written.
            extra: Zeroizing::new(text(&Zeroizing::new(serde_json::to_string(token.extra()).unwrap_or_default()))),
            issuer: optional_text(origin.issuer.as_deref()),
            token_endpoint: text(&origin.token_endpoint),
            client_id: text(&origin.client_id),
            grant: text(&origin.grant),
            token,
        })
    }
}

/// A new handle for a token that nobody else hands out.
pub(crate) fn give_token(token: SharedToken) -> Result<*mut tokcore_token, Error> {
    Ok(handle::give::<tokcore_token>(TokenValue::new(token)?))
}

/// A token from elsewhere, such as a file of the program's own, to be given to `tokcore_token_source_adopt`.
///
/// Shape: settings `access_token`, `token_type` (`Bearer`), `expires_in` or `expires_at` in seconds, `refresh_token`,
/// `id_token`, `scope`; all others become members of `tokcore_token_extra_json`. Ownership: `settings` stays yours; free
/// `*token` with `tokcore_token_free`. Threads: any. Errors: `CONFIG_INVALID` without an access token. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_new(
    settings: *const tokcore_settings,
    token: *mut *mut tokcore_token,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::giving(token, "token", err, || {
            let now_unix_s = Context::os().clock.now_unix_ms().div_euclid(1000);
            let token = Token::from_settings(copy_of(settings)?, now_unix_s)?;
            TokenValue::new(token.into())
        })
    }
}

/// One more reference to the same token. NULL for NULL.
///
/// Ownership: free each reference with `tokcore_token_free`. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_clone(token: *const tokcore_token) -> *mut tokcore_token {
    unsafe { handle::add_reference(token) }
}

/// Frees one reference; the last one zeroes the token. A source keeps one reference to what it may hand out again, until
/// it gets another token, forgets, or is freed. NULL is fine.
///
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_token_free(token: *mut tokcore_token) {
    unsafe { call::free(token) }
}
