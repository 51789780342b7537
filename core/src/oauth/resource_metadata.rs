//! Which servers a resource trusts. Source: RFC 9728.
