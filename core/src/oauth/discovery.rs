//! Where a server publishes its endpoints, and what it says there. Source: RFC 8414, OpenID Connect Discovery 1.0 §4.
