//! `tokcore_method`: one way to a credential, the program's or tokcore's own.

use std::any::Any;
use std::ffi::{c_char, c_void};
use std::sync::Arc;

use tokcore::{BuiltIn, ChainRequest, CustomMethod, Error, Given, Method};

use crate::answer::{answered, tokcore_answer};
use crate::arrays::elements;
use crate::call;
use crate::error::tokcore_error;
use crate::handle::{self, Handle, Shared};
use crate::settings::{SettingsValue, tokcore_settings};
use crate::status::tokcore_status;
use crate::strings;
use crate::user_data::{UserData, tokcore_destroy};

/// One way to a credential, to be put into a `tokcore_chain` under a name.
///
/// Threads: share it if its function can be called from every thread that asks a chain with it.
pub struct tokcore_method {
    _opaque: (),
}

impl Handle for tokcore_method {
    type Value = Method;
    type Ownership = Shared;
    const NAME: &'static str = "method";
}

/// Asked by `tokcore_chain_fetch`, on its thread, for a credential that fits `wanted`, the settings of that call: gives it
/// with `tokcore_answer_set_token` or `tokcore_answer_set_source` and returns `TOKCORE_STATUS_OK`; gives nothing, with the
/// same status, where it does not apply. Else it returns the kind of its failure, `TOKCORE_STATUS_CANCELLED` when it was
/// interrupted, and says why with `tokcore_answer_set_failure` or `tokcore_answer_set_error`. `wanted` and `answer` are good
/// until it returns. It may call tokcore. It must return: no `longjmp`, no C++ exception.
pub type tokcore_give = Option<
    unsafe extern "C" fn(
        wanted: *const tokcore_settings,
        answer: *mut tokcore_answer,
        user_data: *mut c_void,
    ) -> tokcore_status,
>;

type Give = unsafe extern "C" fn(*const tokcore_settings, *mut tokcore_answer, *mut c_void) -> tokcore_status;

/// The program's own method.
struct Host {
    give: Give,
    options: Vec<String>,
    data: UserData,
}

impl CustomMethod for Host {
    fn options(&self) -> &[String] {
        &self.options
    }

    fn token(&self, _: &ChainRequest, call: &dyn Any) -> Result<Option<Given>, Error> {
        let settings = call.downcast_ref::<SettingsValue>().cloned().unwrap_or_default();
        let wanted = handle::give::<tokcore_settings>(settings);
        // SAFETY: the caller gave both together.
        let answer = answered(|answer| unsafe { (self.give)(wanted, answer, self.data.pointer()) });
        // SAFETY: made above, and the function has returned.
        unsafe { handle::release(wanted) };
        Ok(answer?.given)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }
}

/// Makes a method of the program's own.
///
/// Shape: `options` are the names of `option_count` settings that this method knows, which `tokcore_settings_get` reads; NULL
/// for none. Its own are no mistake then. Those of every chain that it does not name are served for it (`impersonate`), or
/// refused where that cannot be (`subject`). Ownership: copied; free `*method` with `tokcore_method_free`; `destroy` may be
/// NULL, else it is called once: when the method and the last chain with it are freed, or before this function returns if it
/// fails. Threads: any. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_method_new(
    give: tokcore_give,
    options: *const *const c_char,
    option_count: usize,
    destroy: tokcore_destroy,
    user_data: *mut c_void,
    method: *mut *mut tokcore_method,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    // Made first, so that whatever fails below destroys the data.
    let data = UserData::new(user_data, destroy);
    unsafe {
        call::giving(method, "method", err, || {
            let give = give.ok_or_else(|| strings::invalid("`give` is NULL".to_owned()))?;
            let options = elements(options, option_count, "options")?;
            let named = options.into_iter().map(|option| Ok(strings::required(option, "options")?.to_owned()));
            let host = Host { give, options: named.collect::<Result<_, Error>>()?, data };
            Ok(Method::Custom(Arc::new(host)))
        })
    }
}

/// One of tokcore's own methods, such as `credentials_app_default`; the prefix may be left out.
///
/// Ownership: free `*method` with `tokcore_method_free`. Threads: any. Errors: `INVALID_ARGUMENT` naming those that there
/// are. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_method_new_built_in(
    name: *const c_char,
    method: *mut *mut tokcore_method,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::giving(method, "method", err, || {
            let one = BuiltIn::named(strings::required(name, "name")?).ok_or_else(unknown_method)?;
            Ok(Method::BuiltIn(one))
        })
    }
}

fn unknown_method() -> Error {
    let names: Vec<&str> = BuiltIn::ALL.iter().map(|one| one.name()).collect();
    strings::invalid("`name` is none of tokcore's own methods".to_owned())
        .with_hint(format!("they are {}", names.join(", ")))
}

/// One more reference to the same method. NULL for NULL.
///
/// Ownership: free each reference with `tokcore_method_free`. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_method_clone(method: *const tokcore_method) -> *mut tokcore_method {
    unsafe { handle::add_reference(method) }
}

/// Frees one reference; chains keep their own. NULL is fine.
///
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_method_free(method: *mut tokcore_method) {
    unsafe { call::free(method) }
}
