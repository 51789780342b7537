//! Names of the status codes.

use std::ffi::c_char;

use tokcore::Kind;

use crate::status::{TOKCORE_STATUS_OK, tokcore_status};

/// A name with its NUL. `the_names_fit` checks the length.
type Name = [u8; 32];

/// The names as C reads them, made when the library is compiled.
#[allow(clippy::indexing_slicing, reason = "evaluated by the compiler, which refuses an index out of range")]
static NAMES: [Name; Kind::ALL.len()] = {
    let mut names = [[0; 32]; Kind::ALL.len()];
    let mut at = 0;
    while at < names.len() {
        let name = Kind::ALL[at].name();
        let (place, _) = names[at].split_at_mut(name.len());
        place.copy_from_slice(name.as_bytes());
        at += 1;
    }
    names
};

/// The name of a status, such as `NotSignedIn`; `Ok` for success, `Unknown` for a code that this library does not know.
///
/// Ownership: static text. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub extern "C" fn tokcore_kind_name(status: tokcore_status) -> *const c_char {
    if status == TOKCORE_STATUS_OK {
        return c"Ok".as_ptr();
    }
    let found = Kind::ALL.iter().zip(&NAMES).find(|(kind, _)| kind.code() == status);
    found.map_or(c"Unknown".as_ptr(), |(_, name)| name.as_ptr().cast())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CStr;

    fn name(status: tokcore_status) -> &'static str {
        unsafe { CStr::from_ptr(tokcore_kind_name(status)) }.to_str().unwrap()
    }

    #[test]
    fn the_names_fit() {
        for kind in Kind::ALL {
            assert!(kind.name().len() < size_of::<Name>(), "{kind:?}");
            assert_eq!(name(kind.code()), kind.name());
        }
        assert_eq!((name(0), name(-7)), ("Ok", "Unknown"));
    }
}
