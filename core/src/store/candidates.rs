//! Which stored grants cover a request, when there is none under its own key. Pure. Source: specs/google.md §4.9.
