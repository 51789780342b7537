//! A signed statement in exchange for a token. Source: RFC 7523 §2.1, §3.
