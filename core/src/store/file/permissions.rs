//! Who may read the store, checked before it is trusted. Source: specs/reliability.md §5.3.
