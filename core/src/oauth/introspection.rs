//! Asking the server about a token. Source: RFC 7662.
