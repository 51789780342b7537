//! Proof that the sender of a token holds its key. Source: RFC 9449.
