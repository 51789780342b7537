//! Where the application default credentials are, and whether they were put there on purpose.
