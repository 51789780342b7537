//! What every call returns. The constants of the kinds are written into the header from `core/src/kinds.rs`.

/// What a call returns: `TOKCORE_STATUS_OK`, or the kind of its failure.
///
/// A later version may return kinds that this header does not list: treat them as failures.
pub type tokcore_status = i32;

/// cbindgen:ignore
/// The header defines it together with the kinds.
pub(crate) const TOKCORE_STATUS_OK: tokcore_status = 0;
