//! What a refused API request asks for: `WWW-Authenticate`. Source: RFC 9110 §11.6.1, RFC 6750 §3, RFC 9449 §7.1, RFC 9470.
