//! Whether an ID token says what it must. Source: OpenID Connect Core §3.1.3.7, §12.2.
