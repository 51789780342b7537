//! Google's scopes: short names, order, coverage.
