//! Where the files are, and what the store knows about itself.
