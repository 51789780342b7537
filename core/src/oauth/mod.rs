//! OAuth 2.0 wire logic without I/O.
