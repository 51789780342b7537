//! Turns where locks cannot be trusted: a folder with a term. Source: specs/reliability.md §3.3.
