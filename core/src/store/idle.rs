//! What nobody uses any more. Pure. Source: specs/oauth.md §6.5.
