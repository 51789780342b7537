//! Telling the server that a token is no longer wanted. Source: RFC 7009.
