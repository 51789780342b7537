//! An API key in place of a token.
