//! Signed tokens: keys, signatures and claims. Source: RFC 7515, 7517, 7518, 7519, 7638, 8037.
