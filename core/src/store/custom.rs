//! A shelf that the host brings: a database, a vault, a cookie.
