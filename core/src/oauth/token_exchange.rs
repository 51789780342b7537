//! One token for another. Source: RFC 8693.
