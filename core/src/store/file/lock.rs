//! Turns on one machine: a lock file that is never deleted. Source: specs/reliability.md §3.2.
