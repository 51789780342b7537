//! Objects among `tokcore_settings`, for a chain: a token or a source that the program has, and what proves its identity.

use std::collections::BTreeMap;
use std::ffi::{c_char, c_void};
use std::sync::Arc;

use tokcore::{Brought, ChainRequest, Error, Kind, Secret, Setting, SubjectTokenSupplier, Supplier};

use crate::answer::{answered, tokcore_answer};
use crate::call;
use crate::error::tokcore_error;
use crate::handle;
use crate::settings::{SettingsValue, tokcore_settings};
use crate::status::tokcore_status;
use crate::strings::{self, text};
use crate::token::tokcore_token;
use crate::token_source::tokcore_token_source;
use crate::user_data::{UserData, tokcore_destroy};

/// By the names of the settings whose place they take.
pub(crate) type Objects = BTreeMap<&'static str, Object>;

/// What the program gives as it is.
#[derive(Clone)]
pub(crate) enum Object {
    Brought(Brought),
    Supplier(Supplier),
}

impl Object {
    pub(crate) fn put_into(self, request: ChainRequest) -> ChainRequest {
        match self {
            Object::Brought(brought) => request.bringing(brought),
            Object::Supplier(supplier) => request.proved_by(supplier),
        }
    }
}

/// Asked for a proof of identity that a pool accepts: a token of the type `subject_token_type`, a URN, for `audience`.
/// Called whenever the credential is renewed, on the thread that wants its token. Gives the proof with `tokcore_answer_add`
/// and returns `TOKCORE_STATUS_OK`; else it returns the kind of its failure, `TOKCORE_STATUS_CANCELLED` when it was
/// interrupted, and says why with `tokcore_answer_set_failure` or `tokcore_answer_set_error`. The texts and `answer` are good
/// until it returns. It may call tokcore, but not for the token that the proof is for. It must return: no `longjmp`, no C++
/// exception.
pub type tokcore_prove = Option<
    unsafe extern "C" fn(
        audience: *const c_char,
        subject_token_type: *const c_char,
        answer: *mut tokcore_answer,
        user_data: *mut c_void,
    ) -> tokcore_status,
>;

type Prove = unsafe extern "C" fn(*const c_char, *const c_char, *mut tokcore_answer, *mut c_void) -> tokcore_status;

/// The program's own function.
struct Prover {
    prove: Prove,
    data: UserData,
}

impl SubjectTokenSupplier for Prover {
    fn subject_token(&self, audience: &str, subject_token_type: &str) -> Result<Secret, Error> {
        let (audience, kind) = (text(audience), text(subject_token_type));
        // SAFETY: the caller gave both together.
        let prove = |answer| unsafe { (self.prove)(audience.as_ptr(), kind.as_ptr(), answer, self.data.pointer()) };
        match answered(prove)?.texts.as_slice() {
            // The core says that nothing came.
            [] => Ok(Secret::new("")),
            [proof] => Ok(Secret::new(proof.as_str())),
            _ => Err(Error::new(Kind::InvalidState, "the program gave several proofs of identity for one")),
        }
    }
}

impl SettingsValue {
    fn put(&mut self, name: &'static str, object: Object) -> Result<(), Error> {
        self.core.set(name, Setting::Absent)?;
        self.objects.insert(name, object);
        Ok(())
    }
}

/// Sets `token`, for a chain, to a token that the program has: it is used as it is, and cannot be had again.
///
/// Settings with an object are for chains only: other calls refuse them with `INVALID_ARGUMENT`. Ownership: `token` stays
/// yours. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_settings_set_token(
    settings: *mut tokcore_settings,
    token: *const tokcore_token,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_mut(settings, err, |settings| {
            let token = handle::get(token)?.value().token.clone();
            settings.put("token", Object::Brought(Brought::Token(token)))
        })
    }
}

/// Sets `token`, for a chain, to a source that the program has: it is asked again whenever its token runs out.
///
/// Ownership: `source` stays yours. Errors: as `tokcore_settings_set_token`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_settings_set_source(
    settings: *mut tokcore_settings,
    source: *const tokcore_token_source,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_mut(settings, err, |settings| {
            let source = handle::get(source)?.value().core.clone();
            settings.put("token", Object::Brought(Brought::Source(source)))
        })
    }
}

/// Sets `subject_token`, for a chain, to a function that proves the program's identity to the pool of a federated
/// credential (setting `path`), whose file need not say where proofs come from then. Calls with these settings share the
/// tokens that come of its proofs.
///
/// Ownership: `destroy` may be NULL, else it is called once: when the settings, their copies and the last source that was
/// found with them are freed, or before this function returns if it fails. Errors: as `tokcore_settings_set_token`.
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_settings_set_subject_token(
    settings: *mut tokcore_settings,
    prove: tokcore_prove,
    destroy: tokcore_destroy,
    user_data: *mut c_void,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    // Made first, so that whatever fails below destroys the data.
    let data = UserData::new(user_data, destroy);
    unsafe {
        call::method_mut(settings, err, |settings| {
            let prove = prove.ok_or_else(|| strings::invalid("`prove` is NULL".to_owned()))?;
            settings.put("subject_token", Object::Supplier(Arc::new(Prover { prove, data }).into()))
        })
    }
}
