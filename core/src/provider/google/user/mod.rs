//! Users who sign in: Google's client files, and what its sign-ins need beyond the generic flow.
