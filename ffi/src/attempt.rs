//! What each asked source said, as C reads it: of errors, and of sources that a chain found.

use std::ffi::CString;

use tokcore::Attempt;

use crate::strings::text;

/// One source that was asked, and what came of it.
pub(crate) struct AttemptValue {
    pub(crate) source: CString,
    pub(crate) outcome: CString,
    pub(crate) code: Option<CString>,
    pub(crate) elapsed_ms: i64,
}

impl AttemptValue {
    pub(crate) fn all(attempts: &[Attempt]) -> Vec<Self> {
        attempts.iter().map(Self::new).collect()
    }

    fn new(attempt: &Attempt) -> Self {
        Self {
            source: text(&attempt.source),
            outcome: text(&attempt.outcome),
            code: (!attempt.code.is_empty()).then(|| text(&attempt.code)),
            elapsed_ms: attempt.elapsed_ms.map_or(-1, |elapsed_ms| i64::try_from(elapsed_ms).unwrap_or(i64::MAX)),
        }
    }
}
