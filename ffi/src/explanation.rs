//! `tokcore_explanation`: what a chain would do.

use std::ffi::{CString, c_char};
use std::ptr;
use std::sync::Arc;

use tokcore::{About, Explanation, Finding};

use crate::call;
use crate::fields::{about_fields, tokcore_fields};
use crate::handle::{self, Cell, Handle, Shared};
use crate::strings::{optional_text, pointer, text};

/// What a chain would do, method by method. Immutable; holds no secret.
pub struct tokcore_explanation {
    _opaque: (),
}

impl Handle for tokcore_explanation {
    type Value = ExplanationValue;
    type Ownership = Shared;
    const NAME: &'static str = "explanation";
}

pub(crate) struct ExplanationValue {
    findings: Vec<FindingValue>,
    first: i64,
    verdict: CString,
    verdict_words: CString,
}

/// What one method would say.
struct FindingValue {
    method: CString,
    code: CString,
    words: CString,
    about: Option<Arc<Cell<tokcore_fields>>>,
    hint: Option<CString>,
}

impl ExplanationValue {
    pub(crate) fn new(explanation: &Explanation) -> Self {
        let first = explanation.first().map(|found| &found.method);
        let at = explanation.findings.iter().position(|finding| Some(&finding.method) == first);
        Self {
            findings: explanation.findings.iter().map(FindingValue::new).collect(),
            first: at.and_then(|at| i64::try_from(at).ok()).unwrap_or(-1),
            verdict: text(explanation.verdict.slug()),
            verdict_words: text(&explanation.verdict.words()),
        }
    }
}

impl FindingValue {
    fn new(finding: &Finding) -> Self {
        let shaped = |about: &About| Arc::new(Cell::new(about_fields(about)));
        Self {
            method: text(&finding.method),
            code: text(&finding.code),
            words: text(&finding.words),
            about: finding.about.as_ref().map(shaped),
            hint: optional_text(finding.hint.as_deref()),
        }
    }
}

/// How many methods would be asked.
///
/// Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_explanation_count(explanation: *const tokcore_explanation) -> usize {
    unsafe { call::accessor(explanation, 0, |value| value.findings.len()) }
}

/// Which method would be the first to have a credential, unless an earlier one failed. Whether its server gives a token is
/// not known.
///
/// Shape: its index; -1 if none would have one. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_explanation_first(explanation: *const tokcore_explanation) -> i64 {
    unsafe { call::accessor(explanation, -1, |value| value.first) }
}

/// What it all comes to, as a stable word: `found`; `sign_in_needed`, a person would be asked; `custom`, a method of the
/// program decides; `stops`, the chain would end with the error of a method; `not_asked`, only the network could tell;
/// `nothing`.
///
/// Ownership: valid until `explanation` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_explanation_verdict(explanation: *const tokcore_explanation) -> *const c_char {
    unsafe { call::accessor(explanation, ptr::null(), |value| value.verdict.as_ptr()) }
}

/// The same in words, which name the method.
///
/// Ownership: valid until `explanation` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_explanation_verdict_words(explanation: *const tokcore_explanation) -> *const c_char {
    unsafe { call::accessor(explanation, ptr::null(), |value| value.verdict_words.as_ptr()) }
}

/// The name of a method, in the order in which they would be asked; NULL past the last one.
///
/// Ownership: valid until `explanation` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_explanation_method(
    explanation: *const tokcore_explanation,
    index: usize,
) -> *const c_char {
    unsafe { told(explanation, index, |finding| finding.method.as_ptr()) }
}

/// What it would say, as a stable word: `found`, `not_applicable`, `skipped`, `not_asked`, `custom` for a method of the
/// program, or the name of the reason or kind of its failure; NULL past the last one.
///
/// Ownership: valid until `explanation` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_explanation_code(
    explanation: *const tokcore_explanation,
    index: usize,
) -> *const c_char {
    unsafe { told(explanation, index, |finding| finding.code.as_ptr()) }
}

/// The same in words; NULL past the last one.
///
/// Ownership: valid until `explanation` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_explanation_words(
    explanation: *const tokcore_explanation,
    index: usize,
) -> *const c_char {
    unsafe { told(explanation, index, |finding| finding.words.as_ptr()) }
}

/// What helps, where something is wrong; NULL if nothing is, and past the last one.
///
/// Ownership: valid until `explanation` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_explanation_hint(
    explanation: *const tokcore_explanation,
    index: usize,
) -> *const c_char {
    unsafe { told(explanation, index, |finding| pointer(&finding.hint)) }
}

/// What is known of the credential that it found, as `tokcore_token_source_about` tells it; NULL if it found none, and past
/// the last one.
///
/// Ownership: lent, valid until `explanation` is freed. Threads: any. Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_explanation_about(
    explanation: *const tokcore_explanation,
    index: usize,
) -> *const tokcore_fields {
    unsafe { told(explanation, index, |finding| finding.about.as_ref().map_or(ptr::null(), handle::lend)) }
}

/// Frees the explanation. NULL is fine.
///
/// Since: 0.1.0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tokcore_explanation_free(explanation: *mut tokcore_explanation) {
    unsafe { call::free(explanation) }
}

/// What one method would say; NULL past the last one.
///
/// Safety: as [`call::accessor`].
unsafe fn told<T>(
    explanation: *const tokcore_explanation,
    index: usize,
    tell: impl FnOnce(&FindingValue) -> *const T,
) -> *const T {
    // SAFETY: the caller's promise.
    unsafe { call::accessor(explanation, ptr::null(), |value| value.findings.get(index).map_or(ptr::null(), tell)) }
}
