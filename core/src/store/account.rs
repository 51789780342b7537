//! Which stored account is meant. Pure. Source: specs/google.md §3.8.
