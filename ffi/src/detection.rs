//! `tokcore_detection`: where the program runs, and how that was found out.

use std::ffi::{CString, c_char};
use std::ptr;
use std::sync::Arc;

use tokcore::{Choice, Detection};

use crate::call;
use crate::error::{ErrorValue, tokcore_error};
use crate::handle::{self, Cell, Handle, Shared};
use crate::strings::{optional_text, pointer, text};

/// Where the program runs, and how that was found out. Immutable; holds no secret.
pub struct tokcore_detection {
    _opaque: (),
}

impl Handle for tokcore_detection {
    type Value = DetectionValue;
    type Ownership = Shared;
    const NAME: &'static str = "detection";
}

pub(crate) struct DetectionValue {
    backend: Option<CString>,
    subject: Option<CString>,
    rule: CString,
    error: Option<Arc<Cell<tokcore_error>>>,
    tests: Vec<(CString, CString)>,
    warnings: Vec<CString>,
}

impl DetectionValue {
    pub(crate) fn new(detection: &Detection) -> Self {
        let choice: Option<&Choice> = detection.outcome.as_ref().ok();
        let error = detection.outcome.as_ref().err();
        Self {
            backend: choice.map(|choice| text(choice.backend.name())),
            subject: optional_text(choice.and_then(|choice| choice.subject).map(|subject| subject.name())),
            rule: text(detection.rule),
            error: error.map(|error| Arc::new(Cell::new(ErrorValue::new(error.clone())))),
            tests: detection.tests.iter().map(|test| (text(&test.source), text(&test.outcome))).collect(),
            warnings: detection.warnings.iter().map(|warning| text(warning)).collect(),
        }
    }
}

/// Who is asked for credentials here: `workbench`, `connect` or `broker`; NULL if nobody is.
///
/// Ownership: valid until `detection` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_detection_backend(detection: *const tokcore_detection) -> *const c_char {
    unsafe { call::accessor(detection, ptr::null(), |value| pointer(&value.backend)) }
}

/// On whose behalf, such as `cookie` or `user_session_token`; NULL if that is not known.
///
/// Ownership: valid until `detection` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_detection_subject(detection: *const tokcore_detection) -> *const c_char {
    unsafe { call::accessor(detection, ptr::null(), |value| pointer(&value.subject)) }
}

/// The rule of the detection table that decided, such as `X06`. NULL for NULL.
///
/// Ownership: valid until `detection` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_detection_rule(detection: *const tokcore_detection) -> *const c_char {
    unsafe { call::accessor(detection, ptr::null(), |value| value.rule.as_ptr()) }
}

/// Why nobody can be asked here; NULL if somebody can.
///
/// Ownership: lent, valid until `detection` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_detection_error(detection: *const tokcore_detection) -> *const tokcore_error {
    unsafe { call::accessor(detection, None, |value| value.error.as_ref()) }.map_or(ptr::null(), handle::lend)
}

/// How many tests were made.
///
/// Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_detection_test_count(detection: *const tokcore_detection) -> usize {
    unsafe { call::accessor(detection, 0, |value| value.tests.len()) }
}

/// What a test looked at, in the order of the tests; NULL past the last one.
///
/// Ownership: valid until `detection` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_detection_test_source(
    detection: *const tokcore_detection,
    index: usize,
) -> *const c_char {
    unsafe { call::accessor(detection, None, |value| value.tests.get(index)) }
        .map_or(ptr::null(), |(source, _)| source.as_ptr())
}

/// What that test found; NULL past the last one.
///
/// Ownership: valid until `detection` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_detection_test_outcome(
    detection: *const tokcore_detection,
    index: usize,
) -> *const c_char {
    unsafe { call::accessor(detection, None, |value| value.tests.get(index)) }
        .map_or(ptr::null(), |(_, outcome)| outcome.as_ptr())
}

/// How many oddities were noticed that decided nothing but may surprise.
///
/// Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_detection_warning_count(detection: *const tokcore_detection) -> usize {
    unsafe { call::accessor(detection, 0, |value| value.warnings.len()) }
}

/// One of the oddities, in a sentence; NULL past the last one.
///
/// Ownership: valid until `detection` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_detection_warning(detection: *const tokcore_detection, index: usize) -> *const c_char {
    unsafe { call::accessor(detection, None, |value| value.warnings.get(index)) }
        .map_or(ptr::null(), |warning| warning.as_ptr())
}

/// Frees the detection. NULL is fine.
///
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_detection_free(detection: *mut tokcore_detection) {
    unsafe { call::free(detection) }
}
