//! Sending the authorization request ahead. Source: RFC 9126.
