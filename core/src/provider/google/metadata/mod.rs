//! The metadata server of Google's machines.
