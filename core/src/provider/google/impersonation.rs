//! Taking on a service account's identity: access tokens, ID tokens and signatures by IAM Credentials.
