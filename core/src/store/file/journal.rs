//! What is written down before and during an exchange that must not be lost. Source: specs/reliability.md §3.4.
