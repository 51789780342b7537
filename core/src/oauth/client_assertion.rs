//! A client that proves itself with a signed token instead of a secret. Source: RFC 7523 §2.2, OpenID Connect Core §9.
