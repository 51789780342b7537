//! One sealed file: header, facts, secrets. Pure. Source: specs/reliability.md §5.2.
