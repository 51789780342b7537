//! What the answers of all endpoints have in common: syntax, error, status. Source: specs of each endpoint.
