//! One process at a time on one record.
