//! Credentials on their way to another machine: sealed with a passphrase.
