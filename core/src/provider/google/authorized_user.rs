//! What `gcloud auth application-default login` leaves behind: a user's refresh token with its client.
