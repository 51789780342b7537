//! `tokcore_settings`: named values that describe a client, a token request or a token.

use std::ffi::c_char;

use tokcore::{Error, Setting, Settings};
use zeroize::Zeroizing;

use crate::call;
use crate::error::tokcore_error;
use crate::handle::{self, Handle, Out, Unique};
use crate::settings_objects::Objects;
use crate::status::tokcore_status;
use crate::strings;
use crate::text::tokcore_text;

/// Named values that describe a client, a token request, a token, or what is asked of a chain. Names are checked where the
/// settings are used, so that a misspelt one is an error that suggests the right one. Holds secrets, and zeroes them when
/// freed.
///
/// A dot in a name leads into a table: `token_params.audience`, `claims.sub`. Threads: one at a time.
pub struct tokcore_settings {
    _opaque: (),
}

impl Handle for tokcore_settings {
    type Value = SettingsValue;
    type Ownership = Unique;
    const NAME: &'static str = "settings";
}

/// Named values, and objects under the names of some. A name has one or the other.
#[derive(Clone, Default)]
pub(crate) struct SettingsValue {
    pub(crate) core: Settings,
    pub(crate) objects: Objects,
}

impl SettingsValue {
    fn set(&mut self, name: &str, value: impl Into<Setting>) -> Result<(), Error> {
        self.objects.remove(name);
        self.core.set(name, value)
    }

    fn add(&mut self, name: &str, value: &str) -> Result<(), Error> {
        self.objects.remove(name);
        self.core.add(name, value)
    }
}

/// A copy of what `settings` holds; nothing for NULL.
///
/// Safety: as [`handle::get`].
pub(crate) unsafe fn whole_copy_of(settings: *const tokcore_settings) -> Result<SettingsValue, Error> {
    // SAFETY: the caller's promise.
    let settings = unsafe { handle::get_optional(settings)? };
    Ok(settings.map(|settings| settings.value().clone()).unwrap_or_default())
}

/// As [`whole_copy_of`], for a call that has no use for objects.
///
/// Safety: as [`handle::get`].
pub(crate) unsafe fn copy_of(settings: *const tokcore_settings) -> Result<Settings, Error> {
    // SAFETY: the caller's promise.
    let SettingsValue { core, objects } = unsafe { whole_copy_of(settings)? };
    match objects.keys().next() {
        None => Ok(core),
        Some(name) => Err(strings::invalid(format!("`{name}` is set to an object, which only a chain takes"))),
    }
}

/// Makes settings without any value.
///
/// Ownership: free `*settings` with `tokcore_settings_free`. Threads: any. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_settings_new(
    settings: *mut *mut tokcore_settings,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe { call::giving(settings, "settings", err, || Ok(SettingsValue::default())) }
}

/// Sets `name` to a text, in place of an earlier value.
///
/// Ownership: copied. Errors: `INVALID_ARGUMENT`, also for NULL: see `tokcore_settings_unset`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_settings_set(
    settings: *mut tokcore_settings,
    name: *const c_char,
    value: *const c_char,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_mut(settings, err, |settings| {
            let name = strings::required(name, "name")?;
            settings.set(name, strings::required(value, "value")?)
        })
    }
}

/// Adds a text to the list `name`, such as one of several `scopes`.
///
/// Ownership: copied. Errors: `INVALID_ARGUMENT`, also when `name` has a single value. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_settings_add(
    settings: *mut tokcore_settings,
    name: *const c_char,
    value: *const c_char,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_mut(settings, err, |settings| {
            let name = strings::required(name, "name")?;
            settings.add(name, strings::required(value, "value")?)
        })
    }
}

/// Sets `name` to a whole number, such as a time in the unit that the name ends with.
///
/// Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_settings_set_int(
    settings: *mut tokcore_settings,
    name: *const c_char,
    value: i64,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe { call::method_mut(settings, err, |settings| settings.set(strings::required(name, "name")?, value)) }
}

/// Sets `name` to true or false.
///
/// Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_settings_set_flag(
    settings: *mut tokcore_settings,
    name: *const c_char,
    value: bool,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe { call::method_mut(settings, err, |settings| settings.set(strings::required(name, "name")?, value)) }
}

/// Sets `name` to what a JSON text says, for values with parts, such as `claims`.
///
/// Ownership: copied. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_settings_set_json(
    settings: *mut tokcore_settings,
    name: *const c_char,
    json: *const c_char,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_mut(settings, err, |settings| {
            let name = strings::required(name, "name")?;
            settings.set(name, strings::json::<serde_json::Value>(json, "json")?)
        })
    }
}

/// Takes the value of `name` away, as if it had not been set.
///
/// Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_settings_unset(
    settings: *mut tokcore_settings,
    name: *const c_char,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method_mut(settings, err, |settings| settings.set(strings::required(name, "name")?, Setting::Absent))
    }
}

/// The value of `name`: a text as it is, anything else as JSON. For methods of a chain, which are given settings.
///
/// Shape: `*value` is NULL if it is not set, or set to an object. Ownership: free `*value` with `tokcore_text_free`.
/// Threads: any. Errors: `INVALID_ARGUMENT`. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_settings_get(
    settings: *const tokcore_settings,
    name: *const c_char,
    value: *mut *mut tokcore_text,
    err: *mut *mut tokcore_error,
) -> tokcore_status {
    unsafe {
        call::method(settings, err, |settings| {
            let (name, place) = (strings::required(name, "name")?, Out::new(value, "value")?);
            let text = |setting: &Setting| Zeroizing::new(strings::text(&setting.to_text()));
            let found = settings.core.get(name).map(text);
            place.write(handle::give_optional(found));
            Ok(())
        })
    }
}

/// Frees the settings and zeroes their texts. NULL is fine.
///
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_settings_free(settings: *mut tokcore_settings) {
    unsafe { call::free(settings) }
}
