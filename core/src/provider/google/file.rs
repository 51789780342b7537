//! A file of credentials, whatever its type.
