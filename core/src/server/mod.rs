//! The authorization server as tokcore reaches it: its endpoints, and how a request to one of them is sent, repeated
//! and given up. What the requests and answers say is the business of [`crate::oauth`].
