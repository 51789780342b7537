//! Signing in on another device. Source: RFC 8628.
