//! Where the key of a store comes from. Source: specs/oauth.md §6.4, specs/reliability.md §5.1.
