//! Damaged files are put aside, never deleted.
